// The calls in one's channels: which there are, and which ring.
import { ActiveCallsDocument, CallInDocument, DeclineCallDocument, type InCallFragment } from '../api/apart/generated/graphql';
import { isPassing, problemOf } from '../api/problems';
import type { Chat } from '../chat';
import { store } from '../store';

/** In milliseconds: how often a call that changes all the time is asked for. */
const SOON = 2_000;
/** And for how long one rings at the most. */
const RINGS = 50_000;

/** A call that rings, and in which channel. */
export type Rings = readonly [channelId: string, call: InCallFragment];

export class Active {
  /** By channel. */
  readonly now = store<ReadonlyMap<string, InCallFragment>>(new Map());
  private declined: string | undefined;
  /** Those that ring, and those that have for long enough, also where nobody tells that they are over. */
  private readonly rings = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly rung = new Set<string>();
  private readonly asked = new Map<string, { again: boolean }>();
  private begun = false;
  private deaf = () => {};

  constructor(private readonly chat: Chat) {}

  begin(): void {
    this.begun = true;
    const { called } = this.chat;
    this.deaf = called.listen(() => {
      const { channelId, ended } = called.get();
      if (channelId && ended) this.over(channelId);
      void (channelId ? this.look(channelId) : this.load());
    });
    void this.load();
  }

  end(): void {
    this.begun = false;
    this.deaf();
    for (const timer of this.rings.values()) clearTimeout(timer);
  }

  /** Those that ring for this person, who has not answered on any device. */
  ringing(): readonly Rings[] {
    const me = this.chat.me.id;
    return [...this.now.get()].filter(
      ([, { id, ringingUntil, startedBy, participants }]) =>
        ringingUntil &&
        id !== this.declined &&
        !this.rung.has(id) &&
        startedBy?.id !== me &&
        !participants.some(({ user }) => user.id === me),
    );
  }

  async decline(channelId: string): Promise<void> {
    this.declined = this.now.get().get(channelId)?.id;
    this.set(this.now.get());
    const mutation = { mutation: DeclineCallDocument, variables: { channelId } } as const;
    await this.chat.client.mutate({ ...mutation, fetchPolicy: 'no-cache' }).catch(() => {});
    await this.look(channelId);
  }

  private async load(): Promise<void> {
    const { client } = this.chat;
    try {
      const { data } = await client.query({ query: ActiveCallsDocument, fetchPolicy: 'no-cache' });
      if (data?.activeCalls) this.set(new Map(data.activeCalls.map((call) => [call.channel.id, call])));
    } catch {
      setTimeout(() => this.begun && void this.load(), SOON);
    }
  }

  /** Asks for the call in a channel: at once, and then once for all that happens meanwhile. */
  private async look(channelId: string): Promise<void> {
    const under = this.asked.get(channelId);
    if (under) {
      under.again = true;
      return;
    }
    const mine = { again: false };
    this.asked.set(channelId, mine);
    try {
      const { data } = await this.chat.client.query({
        query: CallInDocument,
        variables: { channelId },
        fetchPolicy: 'no-cache',
      });
      const next = new Map(this.now.get());
      if (data?.channel?.call) next.set(channelId, data.channel.call);
      else next.delete(channelId);
      this.set(next);
    } catch (error) {
      mine.again = isPassing(problemOf(error));
    }
    setTimeout(() => {
      this.asked.delete(channelId);
      if (mine.again && this.chat.here()) void this.look(channelId);
    }, SOON);
  }

  /** A call is over: whatever is still asked about it. */
  private over(channelId: string): void {
    const others = new Map(this.now.get());
    if (others.delete(channelId)) this.set(others);
  }

  private set(active: ReadonlyMap<string, InCallFragment>): void {
    const there = new Set([...active.values()].map(({ id }) => id));
    for (const [id, timer] of this.rings) {
      if (there.has(id)) continue;
      clearTimeout(timer);
      this.rings.delete(id);
      this.rung.delete(id);
    }
    for (const { id, ringingUntil } of active.values()) {
      if (!ringingUntil || this.rings.has(id)) continue;
      const over = () => {
        this.rung.add(id);
        this.now.set(new Map(this.now.get()));
      };
      this.rings.set(id, setTimeout(over, RINGS));
    }
    this.now.set(new Map(active));
    this.chat.calls.set(new Map([...active].map(([id, { participants }]) => [id, participants.length])));
  }
}
