// The feed: everything is loaded once, and then kept by the events that follow, in their order.
import type { ApolloClient, Reference } from '@apollo/client';
import {
  FeedDocument,
  OneRoomDocument,
  PersonFragmentDoc,
  RoomFragmentDoc,
  RoomsDocument,
  StartDocument,
} from '../api/generated/graphql';
import { isGone, problemOf, type Problem } from '../api/problems';
import type { Happening, Latest, Me, Room, Said, Shown } from '../api/said';
import { store } from '../store';
import type { Connection } from './connection';
import { following } from './following';

export interface Hearer {
  /** New messages of one channel, in their order. */
  said(channelId: string, messages: readonly Said[]): void;
  /** Messages that say something else, or have something else beside them. */
  changed(channelId: string, messages: readonly Said[]): void;
  /** A file is not what it was; null: it is gone. */
  filed(channelId: string, id: string, file: Shown | null): void;
  /** A message is gone but for its place. */
  deleted(channelId: string, id: string): void;
  /** Messages of a channel are gone for good, and it is not known which. */
  purged(channelId: string): void;
  /** Reports were filed or handled, which those who keep order look at. */
  reported(): void;
  /** Something is new about the call in a channel: what, and who calls if somebody does. */
  called(channelId: string, what: Happening['__typename'], callerId: string | undefined): void;
  /** One has reacted to a message, perhaps elsewhere. */
  reacted(channelId: string, id: string): void;
  /** A channel is not one's own any more. */
  left(channelId: string): void;
  /** Nothing that is known holds any more: everything has been loaded afresh. */
  renewed(): void;
}

export type Loading = 'loading' | 'ready' | Problem;

const PAGE = 100;
/** In milliseconds: what comes within is shown together. */
const TOGETHER = 100;
/** In milliseconds, too: counts of members of a large channel change all the time. */
const SOON = 2_000;
const LATEST = 60_000;

export class Feed {
  readonly loading = store<Loading>('loading');
  private readonly waiting: Happening[] = [];
  private readonly outdated = new Map<string, { due: number; timer: ReturnType<typeof setTimeout> }>();
  /** Of channels that we have just been let into, what came before the channel itself. */
  private readonly early = new Map<string, Latest>();
  private unfollow = () => {};
  private cursor: string | null = null;
  /** Counts what is asked and what is left, to tell what came first. */
  private moment = 0;
  private readonly dismissed = new Map<string, number>();
  private flushing = false;
  private flushed = -Infinity;
  private over = false;

  constructor(
    private readonly client: ApolloClient,
    private readonly connection: Connection,
    private readonly me: Me,
    private readonly hearer: Hearer,
    private readonly signedIn: () => boolean,
  ) {}

  readonly begin = async (): Promise<void> => {
    try {
      await this.client.cache.reset();
      this.cursor = await this.load();
    } catch (error) {
      if (!this.over) this.loading.set(problemOf(error));
      return;
    }
    if (this.over) return;
    this.loading.set('ready');
    this.follow();
  };

  /** Up to where everything has been heard of. */
  get position(): string | null {
    return this.cursor;
  }

  end(): void {
    this.over = true;
    this.unfollow();
    for (const { timer } of this.outdated.values()) clearTimeout(timer);
  }

  /** What is followed is from another life of the database, or too far behind. */
  async afresh(): Promise<string> {
    this.waiting.length = 0;
    await this.client.cache.reset();
    this.cursor = await this.load();
    this.hearer.renewed();
    return this.cursor;
  }

  /** Takes a channel into the list that was just made, joined or opened. */
  admit(room: Room): void {
    if (this.over) return;
    const early = this.early.get(room.id);
    this.early.delete(room.id);
    const { cache } = this.client;
    cache.writeFragment({ fragment: RoomFragmentDoc, fragmentName: 'Room', data: room });
    if (early) {
      this.last(room.id, early);
      if (early.author?.id === this.me.id) this.read(room.id, early.cursor, early.number, 0);
    }
    const id = cache.identify({ ...room });
    cache.modify({
      fields: {
        channels: (there: any, { toReference }) => {
          const reference = toReference(id!)!;
          const known = there.nodes.some(({ __ref }: Reference) => __ref === id);
          return known ? there : { ...there, nodes: [reference, ...there.nodes] };
        },
      },
    });
  }

  /** Takes a channel out of the list. */
  dismiss(channelId: string): void {
    this.early.delete(channelId);
    clearTimeout(this.outdated.get(channelId)?.timer);
    this.outdated.delete(channelId);
    this.dismissed.set(channelId, ++this.moment);
    const { cache } = this.client;
    const id = roomId(channelId);
    cache.modify({
      fields: {
        channels: (there: any) => ({
          ...there,
          nodes: there.nodes.filter(({ __ref }: Reference) => __ref !== id),
        }),
      },
    });
    cache.evict({ id });
    cache.gc();
    this.hearer.left(channelId);
  }

  /** Notes up to where a channel is read, as far as this is news. */
  read(channelId: string, lastRead: string, lastReadNumber: number, purgedUnread: number): void {
    this.client.cache.updateFragment(
      { id: roomId(channelId), fragment: RoomFragmentDoc, fragmentName: 'Room' },
      (room) =>
        room?.membership
          ? { ...room, membership: { ...room.membership, lastRead, lastReadNumber, purgedUnread } }
          : null,
    );
  }

  /** Loads the channel anew. */
  async refresh(channelId: string): Promise<void> {
    const asked = ++this.moment;
    const { data } = await this.client.query({
      query: OneRoomDocument,
      variables: { id: channelId },
      fetchPolicy: 'network-only',
    });
    const left = (this.dismissed.get(channelId) ?? 0) > asked;
    if (!this.over && !left && data?.channel?.membership) this.admit(data.channel);
  }

  /** Looks after a channel of which no event tells, as one is no member of it. */
  async recheck(channelId: string): Promise<void> {
    try {
      await this.refresh(channelId);
    } catch (error) {
      if (!this.over && isGone(problemOf(error))) this.dismiss(channelId);
    }
  }

  private async load(): Promise<string> {
    const { data } = await this.client.query({
      query: StartDocument,
      variables: { first: PAGE },
      fetchPolicy: 'network-only',
    });
    let page = data!.channels!.pageInfo;
    while (page.hasNextPage) {
      const more = await this.client.query({
        query: RoomsDocument,
        variables: { first: PAGE, after: page.endCursor },
        fetchPolicy: 'network-only',
      });
      page = more.data!.channels!.pageInfo;
    }
    return data!.head!;
  }

  private follow(): void {
    this.unfollow = following({
      begin: () =>
        this.client.subscribe({
          query: FeedDocument,
          variables: { after: this.cursor },
          fetchPolicy: 'no-cache',
        }),
      next: ({ events }) => this.take(events),
      worthwhile: this.signedIn,
      connection: this.connection,
    });
  }

  private take(event: Happening): void {
    this.cursor = event.cursor;
    this.waiting.push(event);
    if (this.flushing) return;
    this.flushing = true;
    // At once, but not again before there is time for anything else.
    setTimeout(() => this.flush(), Math.max(0, this.flushed + TOGETHER - performance.now()));
  }

  private flush(): void {
    this.flushing = false;
    this.flushed = performance.now();
    const events = this.waiting.splice(0);
    if (!events.length || this.over) return;
    const said = new Map<string, Said[]>();
    this.client.cache.batch({
      update: () => {
        for (const event of events) this.apply(event, said);
        for (const [channelId, messages] of said) {
          this.last(channelId, messages.at(-1)!);
          if (messages.some((message) => this.calls(message))) this.outdate(channelId, SOON);
          // What one has said oneself, perhaps elsewhere, one has read.
          const own = messages.findLast(({ author }) => author?.id === this.me.id);
          if (own) this.read(channelId, own.cursor, own.number, 0);
        }
      },
    });
    for (const [channelId, messages] of said) this.hearer.said(channelId, messages);
  }

  private apply(event: Happening, said: Map<string, Said[]>): void {
    const channelId = event.channelId ?? '';
    switch (event.__typename) {
      case 'MessageAdded':
        if (event.message) {
          const messages = said.get(channelId) ?? [];
          messages.push(event.message);
          said.set(channelId, messages);
        }
        break;
      case 'MessageEdited':
      case 'ReactionsChanged':
      case 'PinsChanged':
        if (event.message) this.changed(channelId, event.message, said);
        if (event.__typename === 'ReactionsChanged' && event.message && event.actor?.id === this.me.id) {
          const { id } = event.message;
          queueMicrotask(() => this.hearer.reacted(channelId, id));
        }
        break;
      case 'MessageDeleted': {
        const { messageId } = event;
        this.patchLast(channelId, messageId, { body: '', deletedAt: new Date().toISOString() });
        queueMicrotask(() => this.hearer.deleted(channelId, messageId));
        break;
      }
      case 'FileUpdated': {
        const { fileId, file } = event;
        queueMicrotask(() => this.hearer.filed(channelId, fileId, file));
        break;
      }
      case 'MessagesPurged':
        said.delete(channelId);
        this.emptied(channelId);
        queueMicrotask(() => this.hearer.purged(channelId));
        break;
      case 'ReportsChanged':
        queueMicrotask(() => this.hearer.reported());
        break;
      case 'CallStarted':
      case 'CallUpdated':
      case 'CallEnded':
      case 'CallInvited':
      case 'CallAccepted':
      case 'CallDeclined':
      case 'CallMissed': {
        const { __typename: what } = event;
        const caller = event.__typename === 'CallInvited' ? event.actor?.id : undefined;
        queueMicrotask(() => this.hearer.called(channelId, what, caller));
        break;
      }
      case 'UserDeleted':
        // What they have said is nobody's now, wherever it is held.
        queueMicrotask(() => this.hearer.renewed());
        break;
      case 'MembershipUpdated':
        this.outdate(channelId, 0);
        break;
      case 'ReadMarked':
        this.read(channelId, event.lastRead, event.lastReadNumber, event.purgedUnread);
        break;
      case 'ChannelDeleted':
        said.delete(channelId);
        this.dismiss(channelId);
        break;
      case 'MemberAdded':
        this.outdate(channelId, event.userId === this.me.id ? 0 : SOON);
        break;
      case 'MemberRemoved':
        if (event.userId === this.me.id) {
          said.delete(channelId);
          this.dismiss(channelId);
        } else this.outdate(channelId, SOON);
        break;
      case 'MemberUpdated':
        if (event.userId === this.me.id) this.outdate(channelId, 0);
        break;
      case 'ChannelUpdated':
        this.outdate(channelId, 0);
        break;
      case 'UserUpdated':
      case 'UserBanned':
      case 'UserUnbanned':
        if (event.user) this.person(event.user);
        break;
      case 'ChannelCreated': // whoever is in it hears of that next
    }
  }

  private changed(channelId: string, message: Said, said: Map<string, Said[]>): void {
    // What has only just come is told as it is now.
    const coming = said.get(channelId);
    const at = coming?.findIndex(({ id }) => id === message.id) ?? -1;
    if (coming && at >= 0) coming[at] = message;
    this.patchLast(channelId, message.id, { body: message.body });
    queueMicrotask(() => this.hearer.changed(channelId, [message]));
    if (this.calls(message)) this.outdate(channelId, SOON);
  }

  /** Whether a message mentions the one who is signed in. */
  private calls({ mentions }: Said): boolean {
    return mentions.some(({ everybody, user }) => everybody || user?.id === this.me.id);
  }

  /** Changes what the list shows of a channel's latest message, if that is the one. */
  private patchLast(channelId: string, messageId: string, changes: Partial<Latest>): void {
    this.client.cache.updateFragment(
      { id: roomId(channelId), fragment: RoomFragmentDoc, fragmentName: 'Room' },
      (room) =>
        room?.lastMessage?.id === messageId
          ? { ...room, lastMessage: { ...room.lastMessage, ...changes } }
          : null,
    );
  }

  /** What is the latest of a channel is to be asked: what was so may be gone. */
  private emptied(channelId: string): void {
    const { cache } = this.client;
    // Not written, as what is further on would stay.
    cache.evict({ id: roomId(channelId), fieldName: 'lastMessage' });
    cache.updateFragment(
      { id: roomId(channelId), fragment: RoomFragmentDoc, fragmentName: 'Room', returnPartialData: true },
      (room: any) => (room ? { ...room, lastMessage: null } : null),
    );
    this.outdate(channelId, 0);
  }

  private person(user: Said['author']): void {
    const { cache } = this.client;
    const there = cache.readFragment({
      id: cache.identify({ __typename: 'User', id: user!.id }),
      fragment: PersonFragmentDoc,
      fragmentName: 'Person',
    });
    if (there) {
      cache.writeFragment({ fragment: PersonFragmentDoc, fragmentName: 'Person', data: user! });
    }
  }

  /** Notes a channel's latest message. */
  private last(channelId: string, message: Latest): void {
    const { cache } = this.client;
    const known = cache.readFragment({
      id: roomId(channelId),
      fragment: RoomFragmentDoc,
      fragmentName: 'Room',
    });
    if (!known) {
      this.early.set(channelId, message);
      this.outdate(channelId, 0);
      return;
    }
    cache.writeFragment({
      id: roomId(channelId),
      fragment: RoomFragmentDoc,
      fragmentName: 'Room',
      data: { ...known, lastMessage: message, lastNumber: Math.max(known.lastNumber, message.number) },
    });
  }

  /** Has the channel loaded anew, once for all that happens to it meanwhile. */
  private outdate(channelId: string, within: number): void {
    // Not all at once who see the same.
    const due = Date.now() + within * (0.5 + Math.random());
    const planned = this.outdated.get(channelId);
    if (planned && planned.due <= due) return;
    clearTimeout(planned?.timer);
    const reload = () => {
      this.outdated.delete(channelId);
      this.refresh(channelId).catch((error) => {
        // Or it is not ours any more, of which there is an event.
        if (this.over || isGone(problemOf(error))) return;
        this.outdate(channelId, Math.max(SOON, Math.min(LATEST, within * 2)));
      });
    };
    this.outdated.set(channelId, { due, timer: setTimeout(reload, due - Date.now()) });
  }
}

const roomId = (channelId: string): string => `Channel:${channelId}`;
