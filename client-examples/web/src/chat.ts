// Everything that goes on for one who is signed in.
import type { ApolloClient } from '@apollo/client';
import { v7 as uuid } from 'uuid';
import {
  DeleteDocument,
  EditDocument,
  LookOnDocument,
  MarkReadDocument,
  OneSaidDocument,
  PersonFragmentDoc,
  PinDocument,
  ReactDocument,
  RoomFragmentDoc,
  SendDocument,
  StretchDocument,
  TakeBackDocument,
  UnpinDocument,
} from './api/generated/graphql';
import { api } from './api/client';
import { isGone } from './api/problems';
import type { Me, Room, Said, Shown } from './api/said';
import type { Attached } from './conversation/attached';
import { History, type Page, type Window } from './conversation/history';
import { Outbox, type Outgoing } from './conversation/outbox';
import { Reading } from './conversation/reading';
import { connection } from './live/connection';
import { Feed, type Hearer } from './live/feed';
import { following } from './live/following';
import { Presence } from './live/presence';
import type { Sessions } from './session/session';
import { kept, store } from './store';

/** So many conversations are held at once; the one looked at longest ago goes first. */
const HELD = 6;
/** In milliseconds. */
const LOOKING_AGAIN = 30_000;

/** The client, which is there before anybody is signed in. */
export function connected(sessions: Sessions) {
  const line = connection();
  let chat: Chat | null = null;
  const client = api(sessions, line, () => chat!.feed.afresh());
  sessions.use(client);
  const end = () => {
    chat?.end();
    chat = null;
  };
  // At once, before anything else is done about it.
  sessions.now.listen(() => sessions.signedIn() || end());
  return {
    client,
    line,
    begin: (me: Me) => (chat = new Chat(client, line, sessions, me)),
    end,
  };
}

export interface Heard {
  readonly channelId: string;
  readonly messages: readonly Said[];
}

export type Connected = ReturnType<typeof connected>;

export class Chat {
  readonly feed: Feed;
  readonly outbox: Outbox;
  readonly reading: Reading;
  readonly presence: Presence;
  /** What has just been said in the conversation that is looked at, for those who cannot see it. */
  readonly heard = store<Heard | null>(null);
  /** Where something that was said before is not as it was. */
  readonly altered = store<{ readonly channelId: string } | null>(null);
  /** Where a file is not what it was. */
  readonly filed = store<{ readonly channelId: string } | null>(null);
  /** Changes whenever a report is filed or handled. */
  readonly reports = store<object | null>(null);
  /** Where something is new about a call; null: perhaps anywhere. */
  readonly called = store<{ readonly channelId: string | null; readonly ended?: boolean }>({ channelId: null });
  /** In which conversations one was called in vain, the latest last. */
  readonly missed = store<readonly string[]>([]);
  private readonly callers = new Map<string, string | undefined>();
  /** How many take part in the calls under way, by channel. */
  readonly calls = store<ReadonlyMap<string, number>>(new Map());
  /** What is to be sent with the next message, in each conversation. */
  readonly attached = store<readonly Attached[]>([]);
  /** Who else may have something that is not sent. */
  readonly leftovers = new Set<() => number>();
  private readonly histories = new Map<string, History>();
  private lookedAt: string | null = null;
  /** Whom the cache knows, and keeps up to date. */
  private readonly met = new Set<string>();
  private readonly stop: () => void;
  private readonly hearer: Hearer = {
    said: (channelId, messages) => {
      this.said(channelId, messages);
      this.heard.set({ channelId, messages });
    },
    changed: (channelId, messages) => this.changed(channelId, messages),
    filed: (channelId, id, file) => {
      this.histories.get(channelId)?.filed(id, file);
      this.filed.set({ channelId });
    },
    deleted: (channelId, id) => {
      this.histories.get(channelId)?.deleted(id);
      this.altered.set({ channelId });
    },
    purged: (channelId) => {
      void this.histories.get(channelId)?.latest();
      this.altered.set({ channelId });
    },
    reported: () => this.reports.set({}),
    called: (channelId, what, callerId) => {
      if (what === 'CallInvited') this.callers.set(channelId, callerId);
      const caller = this.callers.get(channelId);
      if (what === 'CallMissed' && caller && caller !== this.me.id) {
        this.missed.set([...this.missed.get().filter((id) => id !== channelId), channelId]);
      }
      this.called.set({ channelId, ended: what === 'CallEnded' });
    },
    reacted: (channelId, id) => void this.look(channelId, id),
    left: (channelId) => void this.histories.delete(channelId),
    renewed: () => {
      this.met.clear();
      this.called.set({ channelId: null });
      for (const history of this.histories.values()) void history.latest();
    },
  };

  constructor(
    readonly client: ApolloClient,
    readonly line: Connected['line'],
    private readonly sessions: Sessions,
    readonly me: Me,
  ) {
    this.feed = new Feed(client, line, me, this.hearer, () => sessions.signedIn());
    this.reading = new Reading((channelId, cursor) =>
      client.mutate({
        mutation: MarkReadDocument,
        variables: { channelId, cursor },
        // Also where the page is about to go.
        context: { fetchOptions: { keepalive: true } },
      }),
    );
    this.outbox = new Outbox(
      `outbox.${me.id}`,
      (message) => this.send(message),
      (channelId, message) => this.said(channelId, [message]),
    );
    const tell = () => void this.reading.now();
    addEventListener('pagehide', tell);
    const deaf = line.onMade(() => void this.catchUp());
    this.stop = () => {
      removeEventListener('pagehide', tell);
      deaf();
    };
    this.presence = new Presence(client, line, () => this.here());
    void this.feed.begin();
    this.presence.begin();
  }

  /** Whether this goes on. */
  here(): boolean {
    return this.sessions.signedInAs(this.me.id);
  }

  end(): void {
    this.stop();
    this.feed.end();
    this.presence.end();
    this.outbox.close();
    this.reading.close();
    void this.client.cache.reset();
  }

  /** The messages of a channel; what is held of it stays, and is kept up, while one looks at others. */
  history(channelId: string): History {
    const held = this.histories.get(channelId) ?? this.opened(channelId);
    this.histories.delete(channelId);
    this.histories.set(channelId, held);
    for (const oldest of [...this.histories.keys()].slice(0, -HELD)) this.histories.delete(oldest);
    return held;
  }

  /** One begins to look at a channel, until the function is called. */
  lookAt(channelId: string): () => void {
    this.lookedAt = channelId;
    return () => {
      this.lookedAt = null;
      // Nobody keeps it up any more.
      if (!this.room(channelId)?.membership) this.histories.delete(channelId);
    };
  }

  /** How much has been written and not sent, here and in other tabs. */
  get left(): number {
    const elsewhere = [...this.leftovers].map((count) => count()).reduce((sum, more) => sum + more, 0);
    return this.outbox.left + kept.below(`draft.${this.me.id}`).length + elsewhere;
  }

  write(channelId: string, body: string, replyTo?: Said['replyTo'], files: readonly Shown[] = []): void {
    this.outbox.add({ id: uuid(), channelId, body, replyTo, files, createdAt: new Date().toISOString() });
  }

  /** Has one of one's own messages say something else. */
  async edit(channelId: string, id: string, body: string): Promise<void> {
    const { data } = await this.client.mutate({
      mutation: EditDocument,
      variables: { input: { id, body } },
      fetchPolicy: 'no-cache',
    });
    this.changed(channelId, [data!.editMessage!]);
  }

  async remove(channelId: string, id: string): Promise<void> {
    const { data } = await this.client.mutate({
      mutation: DeleteDocument,
      variables: { id },
      fetchPolicy: 'no-cache',
    });
    this.changed(channelId, [data!.deleteMessage!]);
  }

  /** Puts an emoji beside a message, or takes it back. */
  async react(channelId: string, message: Said, emoji: string): Promise<void> {
    const there = message.myReactions?.includes(emoji);
    const how = { variables: { messageId: message.id, emoji }, fetchPolicy: 'no-cache' } as const;
    const changed = there
      ? (await this.client.mutate({ ...how, mutation: TakeBackDocument })).data!.removeReaction!
      : (await this.client.mutate({ ...how, mutation: ReactDocument })).data!.addReaction!;
    this.changed(channelId, [changed]);
  }

  async pin(channelId: string, message: Said): Promise<void> {
    const how = { variables: { messageId: message.id }, fetchPolicy: 'no-cache' } as const;
    const changed = message.pinnedAt
      ? (await this.client.mutate({ ...how, mutation: UnpinDocument })).data!.unpinMessage!
      : (await this.client.mutate({ ...how, mutation: PinDocument })).data!.pinMessage!;
    this.changed(channelId, [changed]);
  }

  /** Up to here, and here and everywhere else at once as far as this page is concerned. */
  markRead(room: Room): void {
    const { lastMessage, membership } = room;
    if (!lastMessage || !membership || membership.lastReadNumber >= lastMessage.number) return;
    this.reading.known(room.id, membership.lastReadNumber);
    this.reading.upTo(room.id, lastMessage);
    // What comes after the last that there is was purged.
    this.feed.read(room.id, lastMessage.cursor, lastMessage.number, room.lastNumber - lastMessage.number);
  }

  /**
   * Follows a PUBLIC channel that one is no member of, until the function is called; from a cursor
   * on that is from before its history was read.
   */
  lookOn(channelId: string, since: string | null): () => void {
    const recheck = () => void this.feed.recheck(channelId);
    const timer = setInterval(recheck, LOOKING_AGAIN);
    let after = since;
    const unfollow = following({
      begin: () =>
        this.client.subscribe({
          query: LookOnDocument,
          variables: { channelId, after },
          fetchPolicy: 'no-cache',
        }),
      next: ({ messageAdded }) => {
        after = messageAdded.cursor;
        this.hearer.said(channelId, [messageAdded]);
      },
      worthwhile: (problem) => {
        if (problem && isGone(problem)) recheck();
        return this.sessions.signedIn() && !(problem && isGone(problem));
      },
      connection: this.line,
    });
    return () => {
      clearInterval(timer);
      unfollow();
    };
  }

  /** What is known of a channel without asking. */
  room(channelId: string): Room | null {
    return this.client.cache.readFragment<Room>({
      id: `Channel:${channelId}`,
      fragment: RoomFragmentDoc,
      fragmentName: 'Room',
    });
  }

  private changed(channelId: string, messages: readonly Said[]): void {
    this.histories.get(channelId)?.changed(messages);
    this.altered.set({ channelId });
  }

  /** Asks what is one's own about a message. */
  private async look(channelId: string, id: string): Promise<void> {
    if (!this.histories.has(channelId)) return;
    const { data } = await this.client
      .query({ query: OneSaidDocument, variables: { id }, fetchPolicy: 'no-cache' })
      .catch(() => ({ data: null }));
    if (data?.message) this.changed(channelId, [data.message]);
  }

  private said(channelId: string, messages: readonly Said[]): void {
    this.outbox.arrived(messages);
    this.meet(messages);
    const history = this.histories.get(channelId);
    history?.arrived(messages);
    if (channelId !== this.lookedAt) history?.trim(Infinity);
  }

  /** The line stands again. Meanwhile, somebody else may have signed in. */
  private async catchUp(): Promise<void> {
    await this.sessions.renew().catch(() => {});
    this.outbox.hurry();
    void this.reading.now();
    for (const history of this.histories.values()) void history.again();
  }

  private async send({ id, channelId, body, replyTo, files }: Outgoing): Promise<Said> {
    // Never under the name of somebody who has signed in elsewhere.
    if (this.line.line.get() !== 'open') await this.sessions.renew();
    if (!this.sessions.signedInAs(this.me.id)) throw new TypeError('Somebody else is signed in.');
    const { data } = await this.client.mutate({
      mutation: SendDocument,
      variables: {
        input: { id, channelId, body, replyToId: replyTo?.id, fileIds: files?.map((file) => file.id) },
      },
      fetchPolicy: 'no-cache',
    });
    return data!.sendMessage!;
  }

  /** Whoever has said something is known from then on, and under their latest name. */
  private meet(messages: readonly Said[]): void {
    const authors = new Map(messages.map(({ author }) => [author?.id, author]));
    for (const id of this.met) authors.delete(id);
    const { cache } = this.client;
    if (!authors.size) return;
    cache.batch({
      update: () => {
        for (const data of authors.values()) {
          if (data) {
            this.met.add(data.id);
            cache.writeFragment({ fragment: PersonFragmentDoc, fragmentName: 'Person', data });
          }
        }
      },
    });
  }

  private opened(channelId: string): History {
    const history = new History((window) => this.stretch(channelId, window));
    void history.latest();
    return history;
  }

  private async stretch(channelId: string, window: Window): Promise<Page> {
    const { data } = await this.client.query({
      query: StretchDocument,
      variables: { channelId, ...window },
      fetchPolicy: 'no-cache',
    });
    const { nodes, pageInfo } = data!.messages!;
    this.meet(nodes);
    return { messages: nodes, hasPrevious: pageInfo.hasPreviousPage, hasNext: pageInfo.hasNextPage };
  }
}
