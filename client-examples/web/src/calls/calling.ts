// The call that one is in, from this page: what others hear and see of one, and what comes of it.
import { problemOf, type Problem } from '../api/problems';
import type { Chat } from '../chat';
import { store } from '../store';
import { Active, type Rings } from './active';
import { Call } from './call';
import { chosen, INPUTS, isInsecure, open, type Input } from './devices';
import type { Kind, Tracks } from './leg';
import { callsOf } from './server';

/** The call that one is in, from this page. */
export interface Going {
  readonly channelId: string;
  readonly call: Call;
  readonly tracks: Tracks;
  readonly joined: boolean;
}

/** What one should be told of. */
export type Trouble =
  | { readonly what: 'problem'; readonly problem: Problem }
  | { readonly what: 'microphone' | 'camera' | 'screen' | 'insecure' | 'full' | 'over' }
  | { readonly what: 'noAnswer'; readonly channelId: string };

const KIND_OF = { microphone: 'audio', camera: 'camera' } as const;
const known = new WeakMap<Chat, Calling>();

export function callingOf(chat: Chat): Calling {
  const there = known.get(chat) ?? new Calling(chat);
  known.set(chat, there);
  return there;
}

export class Calling {
  readonly active: Active;
  readonly going = store<Going | null>(null);
  readonly trouble = store<Trouble | null>(null);
  private deaf = () => {};

  constructor(private readonly chat: Chat) {
    this.active = new Active(chat);
  }

  begin(): void {
    this.active.begin();
    this.deaf = chosen.listen(() => void this.reopen());
  }

  end(): void {
    this.active.end();
    this.deaf();
    void this.leave();
  }

  /** Those that ring for this person, who has not answered them here or elsewhere. */
  ringing(): readonly Rings[] {
    return this.active.ringing().filter(([channelId]) => channelId !== this.going.get()?.channelId);
  }

  /** Says what went wrong. */
  tell(error: unknown): void {
    this.trouble.set({ what: 'problem', problem: problemOf(error) });
  }

  /** Takes part in the call of a channel, which begins if there is none; with an id, in that one only. */
  async join(channelId: string, seen = false, callId?: string): Promise<void> {
    void this.leave();
    this.trouble.set(null);
    this.chat.missed.set(this.chat.missed.get().filter((id) => id !== channelId));
    const call: Call = new Call(
      callsOf(this.chat),
      channelId,
      () => this.change(call, {}),
      () => this.ended(call),
    );
    this.going.set({ channelId, call, tracks: {}, joined: false });
    if (isInsecure()) this.trouble.set({ what: 'insecure' });
    const wanted: readonly Input[] = isInsecure() ? [] : seen ? INPUTS : ['microphone'];
    for (const kind of wanted) await this.opened(call, kind);
    const going = this.of(call);
    if (!going) return;
    // It may be over while one was asked for the microphone.
    if (callId && this.active.now.get().get(channelId)?.id !== callId) return this.ended(call);
    try {
      await call.join(going.tracks);
      this.change(call, { joined: true });
      await this.show(call); // what was turned on or off meanwhile
    } catch (error) {
      if (this.of(call)) this.ended(call);
      const problem = problemOf(error);
      this.trouble.set(problem.code === 'QUOTA_EXCEEDED' ? { what: 'full' } : { what: 'problem', problem });
    }
  }

  async leave(): Promise<void> {
    const going = this.going.get();
    if (!going) return;
    this.going.set(null);
    this.stop(going.tracks);
    await going.call.leave().catch(() => {}); // the server sees that nobody is here
  }

  /** Whether others hear one. */
  async mute(muted: boolean): Promise<void> {
    const going = this.going.get();
    if (!going) return;
    const { audio } = going.tracks;
    if (audio) audio.enabled = !muted;
    else if (!muted) await this.opened(going.call, 'microphone');
    await this.show(going.call);
  }

  async film(on: boolean): Promise<void> {
    const going = this.going.get();
    if (!going) return;
    if (on) await this.opened(going.call, 'camera');
    else this.put(going.call, 'camera', null);
    await this.show(going.call);
  }

  async share(on: boolean): Promise<void> {
    const going = this.going.get();
    if (!going) return;
    if (on) {
      try {
        const media = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } });
        this.put(going.call, 'screen', media.getVideoTracks()[0]!);
      } catch (error) {
        // Who thinks better of it does so without a word.
        if ((error as DOMException).name !== 'NotAllowedError') this.trouble.set({ what: 'screen' });
        return;
      }
    } else this.put(going.call, 'screen', null);
    await this.show(going.call);
  }

  private of(call: Call): Going | null {
    const going = this.going.get();
    return going?.call === call ? going : null;
  }

  private change(call: Call, changes: Partial<Going>): void {
    const going = this.of(call);
    if (going) this.going.set({ ...going, ...changes });
  }

  private async show(call: Call): Promise<void> {
    const going = this.of(call);
    this.change(call, {});
    if (going?.joined) await call.show(going.tracks).catch(() => {});
  }

  private async opened(call: Call, kind: Input): Promise<void> {
    if (isInsecure()) return this.trouble.set({ what: 'insecure' });
    try {
      this.put(call, KIND_OF[kind], await open(kind));
    } catch {
      this.trouble.set({ what: kind });
    }
  }

  /** Has a track in the place of the one before, which ends. */
  private put(call: Call, kind: Kind, track: MediaStreamTrack | null): void {
    const going = this.of(call);
    if (!going) return track?.stop();
    going.tracks[kind]?.stop();
    if (track) {
      // Unplugged, or ended by the browser's own button.
      track.onended = () => {
        if (this.of(call)?.tracks[kind] !== track) return;
        this.put(call, kind, null);
        void this.show(call);
      };
    }
    this.change(call, { tracks: { ...going.tracks, [kind]: track } });
  }

  /** Others were chosen. */
  private async reopen(): Promise<void> {
    const call = this.going.get()?.call;
    if (!call) return;
    const live = (kind: Input) => this.of(call)?.tracks[KIND_OF[kind]];
    for (const kind of INPUTS) {
      const before = live(kind);
      const device = chosen.get()[kind];
      if (!before || !device || before.getSettings().deviceId === device) continue;
      const track = await open(kind).catch(() => null);
      // It may have been turned off while the other was opened.
      if (!track || live(kind) !== before) track?.stop();
      else {
        track.enabled = before.enabled;
        this.put(call, KIND_OF[kind], track);
      }
    }
    await this.show(call);
  }

  /** The call has come to its end, without one's own doing. */
  private ended(call: Call): void {
    const going = this.of(call);
    if (!going) return;
    this.going.set(null);
    this.stop(going.tracks);
    const rang = going.joined && call.now?.ringingUntil;
    this.trouble.set(rang ? { what: 'noAnswer', channelId: going.channelId } : { what: 'over' });
  }

  private stop(tracks: Tracks): void {
    for (const track of Object.values(tracks)) track?.stop();
  }
}
