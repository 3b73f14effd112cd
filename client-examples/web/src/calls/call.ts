// A call: every participant is connected to every other, six of them at the most: docs/calls.md.
import { v4 } from 'uuid';
import type { Said, Signal, Signals } from '../direct/link';
import { Leg, type Participant, type Tracks } from './leg';

/** So many signals of those are kept who are not known to take part. */
const EARLY = 200;

export interface Media {
  readonly muted: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
}

export type Attendee = Participant & Media;

export interface CallNow {
  readonly id: string;
  /** In the order in which they came. */
  readonly participants: readonly Attendee[];
}

/** What the server is needed for. */
export interface Calls extends Omit<Signals, 'send'> {
  send(said: Said & { callId: string }): Promise<void>;
  join(channelId: string, peer: string): Promise<CallNow>;
  leave(channelId: string, peer: string): Promise<void>;
  setMedia(channelId: string, peer: string, media: Partial<Media>): Promise<void>;
  /** Calls `told` with the call as it is, and at each change; null where there is none. */
  watch(channelId: string, told: (call: CallNow | null) => void): () => void;
}

export class Call {
  readonly peer = v4();
  /** As the server has it. */
  now: CallNow | null = null;
  readonly legs = new Map<string, Leg>();
  private tracks: Tracks = {};
  private over = false;
  /** What came before it was known who takes part. */
  private readonly early: Signal[] = [];
  private iceServers: RTCIceServer[] = [];
  private readonly endings: (() => void)[] = [];

  /** `changed` is called when there is something new to show, `ended` when one is not in it any more. */
  constructor(
    private readonly calls: Calls,
    readonly channelId: string,
    private readonly changed: () => void = () => {},
    private readonly ended: () => void = () => {},
  ) {}

  /** Takes part, with these tracks to begin with. Rejects where one may not. */
  async join(tracks: Tracks): Promise<void> {
    this.tracks = tracks;
    this.endings.push(this.calls.listen(this.peer, (signal) => this.hear(signal)));
    try {
      this.iceServers = await this.calls.iceServers();
      const call = await this.calls.join(this.channelId, this.peer);
      if (this.over) return;
      this.note(call);
      for (const there of before(call, this.peer)) this.leg(there).begin();
      for (const signal of this.early.splice(0)) this.hear(signal);
    } catch (error) {
      this.end();
      throw error;
    }
    this.endings.push(this.calls.watch(this.channelId, (call) => this.note(call)));
    await this.tellMedia();
  }

  /** Lets the others hear and see these from now on. */
  async show(tracks: Tracks): Promise<void> {
    this.tracks = tracks;
    for (const leg of this.legs.values()) leg.show(tracks);
    await this.tellMedia();
  }

  /** Takes part no more. */
  async leave(): Promise<void> {
    this.end();
    await this.calls.leave(this.channelId, this.peer);
  }

  private async tellMedia(): Promise<void> {
    const { audio, camera, screen } = this.tracks;
    const media = { muted: !audio?.enabled, camera: !!camera, screen: !!screen };
    await this.calls.setMedia(this.channelId, this.peer, media);
  }

  private note(call: CallNow | null): void {
    if (this.over) return;
    this.now = call;
    const there = new Set(call?.participants.map(({ peer }) => peer));
    if (!there.has(this.peer)) {
      this.end();
      return;
    }
    for (const [peer, leg] of this.legs) {
      if (there.has(peer)) continue;
      leg.close();
      this.legs.delete(peer);
    }
    this.changed();
    // Whoever has offered before it was told that they take part.
    for (const signal of this.early.splice(0)) this.hear(signal);
  }

  private hear(signal: Signal): void {
    if (this.over || (this.now && signal.callId !== this.now.id)) return;
    const other = this.now?.participants.find(
      ({ peer, user }) => peer === signal.fromPeer && user === signal.fromUser,
    );
    if (other) this.leg(other).hear(signal.kind, signal.payload);
    else if (this.early.length < EARLY) this.early.push(signal);
  }

  private leg(other: Participant): Leg {
    const known = this.legs.get(other.peer);
    if (known) return known;
    const send = (said: Pick<Said, 'toUser' | 'toPeer' | 'kind' | 'payload'>) =>
      this.calls.send({ fromPeer: this.peer, callId: this.now!.id, ...said });
    const leg = new Leg(other, this.peer, this.iceServers, this.tracks, send, this.changed);
    this.legs.set(other.peer, leg);
    return leg;
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    for (const end of this.endings.splice(0)) end();
    for (const leg of this.legs.values()) leg.close();
    this.legs.clear();
    this.ended();
  }
}

/** Those who came before a peer. */
function before({ participants }: CallNow, peer: string): readonly Participant[] {
  return participants.slice(0, participants.findIndex((one) => one.peer === peer));
}
