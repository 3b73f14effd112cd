// A call: every participant is connected to every other, six of them at the most: docs/calls.md.
import { v4 } from 'uuid';
import type { Person } from '../api/said';
import type { Signal, Signals } from '../direct/signals';
import { Leg, type Participant, type Tracks } from './leg';

/** So many signals of a peer are kept, and for so many milliseconds, that is not known to take part. */
const EARLY = 50;
const SOON = 15_000;

export interface Media {
  readonly muted: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
}

export type Attendee = Participant & Media & { readonly person?: Person };

export interface CallNow {
  readonly id: string;
  /** In the order in which they came. */
  readonly participants: readonly Attendee[];
  /** Until when it rings with the other of two. */
  readonly ringingUntil?: string | null;
}

/** What the server is needed for. */
export interface Calls extends Signals {
  join(channelId: string, peer: string): Promise<CallNow>;
  leave(channelId: string, peer: string): Promise<void>;
  setMedia(channelId: string, peer: string, media: Partial<Media>): Promise<void>;
  /** Calls `told` with the call as it is, and at each change; null where there is none. */
  watch(channelId: string, told: (call: CallNow | null) => void): () => void;
}

export class Call {
  peer = v4();
  /** As the server has it. */
  now: CallNow | null = null;
  readonly legs = new Map<string, Leg>();
  private tracks: Tracks = {};
  private over = false;
  /** What came before it was known who takes part. */
  private early: { readonly signal: Signal; readonly at: number }[] = [];
  private joining = false;
  private unlisten: () => void = () => {};
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
    try {
      await this.enter();
    } catch (error) {
      this.end();
      throw error;
    }
    if (this.over) return;
    this.endings.push(this.calls.watch(this.channelId, (call) => this.note(call)));
    await this.tellMedia().catch(() => {}); // and again with what is changed next
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

  private async enter(): Promise<void> {
    this.joining = true;
    this.unlisten = this.calls.listen(this.peer, (signal) => this.hear(signal));
    const call = await this.calls.join(this.channelId, this.peer);
    this.joining = false;
    if (this.over) {
      await this.calls.leave(this.channelId, this.peer); // it was left meanwhile
      return;
    }
    this.note(call);
    for (const there of before(call, this.peer)) this.leg(there).begin();
  }

  private async tellMedia(): Promise<void> {
    const { audio, camera, screen } = this.tracks;
    const media = { muted: !audio?.enabled, camera: !!camera, screen: !!screen };
    await this.calls.setMedia(this.channelId, this.peer, media);
  }

  private note(call: CallNow | null): void {
    if (this.over || this.joining) return;
    const there = new Set(call?.participants.map(({ peer }) => peer));
    if (!there.has(this.peer)) {
      // Taken out while the server was out of reach: the others may still be there.
      if (call && call.id === this.now?.id) void this.reenter();
      else this.end();
      return;
    }
    this.now = call;
    for (const [peer, leg] of this.legs) {
      if (there.has(peer)) continue;
      leg.close();
      this.legs.delete(peer);
    }
    this.changed();
    // Whoever has offered before it was told that they take part.
    for (const { signal, at } of this.early.splice(0)) this.hear(signal, at);
  }

  /** Comes in as a peer that nobody has met. */
  private async reenter(): Promise<void> {
    this.clear();
    this.peer = v4();
    try {
      await this.enter();
      await this.tellMedia();
    } catch {
      this.end();
    }
  }

  private hear(signal: Signal, at = performance.now()): void {
    if (this.over || (this.now && signal.callId !== this.now.id)) return;
    const { fromPeer, fromUser } = signal;
    const other = this.now?.participants.find(({ peer, user }) => peer === fromPeer && user === fromUser);
    if (other) this.leg(other).hear(signal.kind, signal.payload);
    else this.keep(signal, at);
  }

  private keep(signal: Signal, at: number): void {
    this.early = this.early.filter((one) => one.at > performance.now() - SOON);
    const theirs = this.early.filter((one) => one.signal.fromPeer === signal.fromPeer);
    if (theirs.length < EARLY) this.early.push({ signal, at });
  }

  private leg(other: Participant): Leg {
    const known = this.legs.get(other.peer);
    if (known) return known;
    const me = { fromPeer: this.peer, callId: this.now!.id };
    const leg = new Leg(other, me, this.calls, this.tracks, this.changed);
    this.legs.set(other.peer, leg);
    return leg;
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    for (const end of this.endings.splice(0)) end();
    this.clear();
    this.ended();
  }

  private clear(): void {
    this.unlisten();
    this.early = [];
    for (const leg of this.legs.values()) leg.close();
    this.legs.clear();
  }
}

/** Those who came before a peer. */
function before({ participants }: CallNow, peer: string): readonly Participant[] {
  return participants.slice(0, participants.findIndex((one) => one.peer === peer));
}
