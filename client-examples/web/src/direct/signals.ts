// What two peers say to each other through the server, until they are connected: docs/calls.md.
import { v7 } from 'uuid';
import type { Person } from '../api/said';

export type SignalKind = 'OFFER' | 'ANSWER' | 'CANDIDATE' | 'BYE';

export interface Signal {
  readonly kind: SignalKind;
  readonly fromUser: string;
  readonly person?: Person;
  readonly fromPeer: string;
  readonly callId: string | null;
  readonly payload: unknown;
}

export interface Said {
  readonly fromPeer: string;
  readonly toUser: string;
  readonly toPeer?: string;
  readonly callId?: string;
  readonly kind: SignalKind;
  readonly payload: unknown;
}

/** What the server is needed for. */
export interface Signals {
  /** Sends a signal; with the same id it is sent once. Rejects with Refused where it is not to be sent. */
  send(said: Said & { readonly id: string }): Promise<void>;
  /** Calls `hear` with each signal to a peer, in order; returns what ends that. */
  listen(peer: string, hear: (signal: Signal) => void): () => void;
  iceServers(): Promise<RTCIceServer[]>;
}

/** The server does not want it, and would not another time. */
export class Refused extends Error {}

/** In milliseconds: after how long what was not sent is tried again. */
const AGAIN = [250, 1_000, 2_000, 4_000];

/** Says one thing after the other, each of them again if it was lost on the way to the server. */
export class Voice {
  private turn: Promise<void> = Promise.resolve();
  private silent = false;

  constructor(private readonly signals: Pick<Signals, 'send'>) {}

  /** Rejects where the server does not want it, or cannot be reached for long. */
  say(said: Said): Promise<void> {
    const id = v7();
    const done = this.turn.then(() => this.send({ ...said, id }));
    this.turn = done.catch(() => {});
    return done;
  }

  /** Says no more, not even what waits. */
  end(): void {
    this.silent = true;
  }

  private async send(said: Said & { id: string }): Promise<void> {
    for (const pause of [...AGAIN, undefined]) {
      if (this.silent) return;
      try {
        return await this.signals.send(said);
      } catch (error) {
        if (error instanceof Refused || pause === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}
