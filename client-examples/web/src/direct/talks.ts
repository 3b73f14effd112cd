// With whom one is connected directly, and who would like to be.
import { v4 } from 'uuid';
import type { Person } from '../api/said';
import { signalsOf } from '../calls/server';
import type { Chat } from '../chat';
import { openDirect } from '../house/deeds';
import { store } from '../store';
import { Incoming } from './files';
import { reasonOf } from './link';
import { type Signal, Voice } from './signals';
import { Talk } from './talk';

/** In milliseconds: so long an offer is kept. */
const KEPT = 60_000;
/** So many may ask at once. */
const ASKING = 3;

const known = new WeakMap<Chat, Talks>();

export function talksOf(chat: Chat): Talks {
  const there = known.get(chat) ?? new Talks(chat);
  known.set(chat, there);
  return there;
}

export class Talks {
  /** By the id of the other. */
  readonly open = store<ReadonlyMap<string, Talk>>(new Map());
  readonly asking = store<readonly Person[]>([]);
  /** Of whose one sees what is said and sent. */
  readonly shown = store<string | null>(null);
  /** Who was told no: they may ask again once this page has begun anew. */
  private readonly declined = new Set<string>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly incoming = new Incoming();
  private readonly peer = v4();
  /** How much is not sent. */
  private readonly left = () => [...this.open.get().values()].reduce((sum, talk) => sum + talk.left, 0);
  private unlisten = () => {};

  constructor(private readonly chat: Chat) {}

  /** Listens to who would like to talk directly. */
  begin(): void {
    this.unlisten = signalsOf(this.chat).listen(this.peer, (signal) => this.hear(signal));
    this.chat.leftovers.add(this.left);
  }

  end(): void {
    this.unlisten();
    this.chat.leftovers.delete(this.left);
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const talk of this.open.get().values()) void talk.end();
    this.open.set(new Map());
    this.asking.set([]);
  }

  /** Begins to connect to somebody; gives their conversation. */
  async with(userId: string): Promise<Talk> {
    const channelId = await openDirect(this.chat, userId);
    if (!this.chat.here()) throw new TypeError('Nobody is signed in.');
    this.declined.delete(userId);
    this.forget(userId);
    const there = this.open.get().get(userId) ?? new Talk(this.chat, userId, channelId, this.incoming);
    this.open.set(new Map(this.open.get()).set(userId, there));
    there.again();
    return there;
  }

  decline(userId: string): void {
    this.declined.add(userId);
    this.forget(userId);
    const said = { fromPeer: this.peer, toUser: userId, kind: 'BYE', payload: { reason: 'declined' } } as const;
    void new Voice(signalsOf(this.chat)).say(said).catch(() => {});
  }

  async close(userId: string): Promise<void> {
    const talk = this.open.get().get(userId);
    const others = new Map(this.open.get());
    others.delete(userId);
    this.open.set(others);
    await talk?.end();
  }

  private hear({ kind, callId, fromUser, person, payload }: Signal): void {
    if (callId || !person || fromUser === this.chat.me.id) return;
    // They went away, or another device of one's own was quicker.
    if (kind === 'BYE' && ['leaving', 'answered'].includes(String(reasonOf(payload)))) this.forget(fromUser);
    if (kind !== 'OFFER' || this.declined.has(fromUser) || this.open.get().has(fromUser)) return;
    const asking = this.asking.get();
    const there = asking.some(({ id }) => id === fromUser);
    if (!there && asking.length >= ASKING) return;
    // Whoever is there stays in their place.
    if (!there) this.asking.set([...asking, person]);
    clearTimeout(this.timers.get(fromUser));
    this.timers.set(fromUser, setTimeout(() => this.forget(fromUser), KEPT));
  }

  private forget(userId: string): void {
    clearTimeout(this.timers.get(userId));
    this.asking.set(this.asking.get().filter(({ id }) => id !== userId));
  }
}
