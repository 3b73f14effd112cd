import { ApolloClient, ApolloLink, Observable } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomsDocument } from '../src/api/generated/graphql';
import { memory } from '../src/api/policies';
import type { Me } from '../src/api/said';
import { connection } from '../src/live/connection';
import { Feed } from '../src/live/feed';
import { plain } from './said';

const person = (id: string, displayName = id) => ({
  __typename: 'User',
  id,
  username: id,
  displayName,
  role: 'USER',
  banned: false,
});
const said = (number: number, by = 'ben') => ({
  __typename: 'Message',
  id: `m${number}`,
  number,
  cursor: `c${number}`,
  ...plain,
  body: `number ${number}`,
  createdAt: '2026-01-01T00:00:00Z',
  author: person(by),
});
const room = (id: string, { last = 0, read = 0, name = id } = {}) => ({
  __typename: 'Channel',
  id,
  kind: 'PUBLIC',
  name,
  topic: null,
  memberCount: 2,
  lastNumber: last,
  createdAt: '2026-01-01T00:00:00Z',
  membership: { __typename: 'Membership', role: 'MEMBER', lastRead: null, lastReadNumber: read, purgedUnread: 0, mentionCount: 0, notifications: 'ALL', mutedUntil: null },
  lastMessage: last ? said(last) : null,
  people: {
    __typename: 'MembershipConnection',
    nodes: ['ada', 'ben'].map((one) => ({ __typename: 'Membership', user: person(one) })),
  },
});
const page = (rooms: unknown[], hasNextPage = false) => ({
  __typename: 'ChannelConnection',
  nodes: rooms,
  pageInfo: { __typename: 'PageInfo', hasNextPage, endCursor: hasNextPage ? 'more' : null },
});
const refused = (code: string): ApolloLink.Result => ({
  data: null,
  errors: [{ message: 'no', extensions: { code } }],
});
const event = (__typename: string, cursor: string, channelId: string | null, more = {}) => ({
  __typename,
  cursor,
  channelId,
  ...more,
});
const added = (number: number, channelId = 'kitchen', by = 'ben') =>
  event('MessageAdded', `e${number}`, channelId, { message: said(number, by) });

describe('the feed', () => {
  let feed: Feed;
  let client: ApolloClient;
  let rooms: Record<string, ReturnType<typeof room> | ApolloLink.Result>;
  /** Where each subscription began, and what tells the latest one. */
  let follows: (string | null)[];
  let asked: string[];
  let tell: (happening: object) => void;
  let fail: () => void;
  let complete: () => void;
  let hold: Promise<unknown>;
  const heard: string[] = [];

  const answer = async (name: string, variables: Record<string, any>): Promise<ApolloLink.Result> => {
    asked.push([name, variables.id ?? variables.after ?? ''].join(' ').trim());
    const gate = name === 'OneRoom' ? hold : null;
    const found = rooms[variables.id];
    await gate;
    const me = { ...person('ada'), email: null, statusText: null, timeZone: null };
    switch (name) {
      case 'Start':
        return { data: { head: 'head', me, server: { __typename: 'Server', name: 'here' }, channels: page([room('kitchen', { last: 3, read: 1 })], true) } };
      case 'Rooms':
        return { data: { channels: page([room('garden')]) } };
      default:
        return found && !('__typename' in found) ? found : found ? { data: { channel: found } } : refused('NOT_FOUND');
    }
  };
  const link = new ApolloLink(
    ({ operationName, variables }) =>
      new Observable((observer) => {
        if (operationName === 'Feed') {
          follows.push(variables.after);
          tell = (happening) => observer.next({ data: { events: happening } } as never);
          fail = () => observer.error(new Error('lost'));
          complete = () => observer.complete();
          return;
        }
        void answer(operationName!, variables).then((result) => {
          observer.next(result);
          observer.complete();
        });
      }),
  );
  const shown = () => {
    const list = client.readQuery({ query: RoomsDocument })!.channels!.nodes;
    return list.map(({ id, lastMessage, membership }) => [id, lastMessage?.number ?? 0, membership!.lastReadNumber]);
  };
  const passes = (ms = 200) => vi.advanceTimersByTimeAsync(ms);

  beforeEach(async () => {
    vi.useFakeTimers();
    const page = new EventTarget();
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('document', Object.assign(page, { visibilityState: 'visible' }));
    [rooms, follows, asked, hold] = [{}, [], [], Promise.resolve()];
    heard.length = 0;
    client = new ApolloClient({ link, cache: memory() });
    const hearer = {
      said: (channelId: string, messages: readonly { number: number }[]) =>
        void heard.push(`${channelId} ${messages.map(({ number }) => number)}`),
      changed: (channelId: string, messages: readonly { number: number; body: string }[]) =>
        void heard.push(`${channelId} changed ${messages.map(({ number, body }) => `${number}: ${body}`)}`),
      filed: (channelId: string, id: string, file: { name: string } | null) =>
        void heard.push(`${channelId} filed ${id} ${file?.name}`),
      deleted: (channelId: string, id: string) => void heard.push(`${channelId} deleted ${id}`),
      reacted: (channelId: string, id: string) => void heard.push(`${channelId} reacted ${id}`),
      purged: (channelId: string) => void heard.push(`${channelId} purged`),
      reported: () => void heard.push('reported'),
      called: (channelId: string, what: string, callerId: string | undefined) =>
        void heard.push(`${channelId} ${what} ${callerId}`),
      left: (channelId: string) => void heard.push(`${channelId} left`),
      renewed: () => void heard.push('renewed'),
    };
    feed = new Feed(client, connection(), person('ada') as never as Me, hearer, () => true);
    await feed.begin();
  });
  afterEach(() => {
    feed.end();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('reads all lists, and then goes on behind the head that was read before them', () => {
    expect(asked).toEqual(['Start', 'Rooms more']);
    expect(follows).toEqual(['head']);
    expect(shown()).toEqual([
      ['kitchen', 3, 1],
      ['garden', 0, 0],
    ]);
  });

  it('knows the latest message, whatever comes again or late', async () => {
    tell(added(4));
    tell(added(5));
    await passes();
    tell(added(4));
    tell(added(5));
    await passes();
    expect(shown()[0]).toEqual(['kitchen', 5, 1]);
    expect(heard).toEqual(['kitchen 4,5', 'kitchen 4,5']);
    rooms.kitchen = room('kitchen', { last: 4, read: 1 });
    await feed.refresh('kitchen');
    expect(shown()[0]).toEqual(['kitchen', 5, 1]);
  });

  it('asks anew for what there is once messages were purged', async () => {
    tell(added(4));
    tell(added(5));
    await passes();
    rooms.kitchen = { ...room('kitchen', { last: 3, read: 1 }), lastNumber: 5 };
    tell(event('MessagesPurged', 'e6', 'kitchen', { count: 2 }));
    await passes();
    expect(shown()[0]).toEqual(['kitchen', 3, 1]);
    expect(heard).toEqual(['kitchen 4,5', 'kitchen purged']);
    tell(added(6));
    await passes();
    expect(shown()[0]).toEqual(['kitchen', 6, 1]);
  });

  it('tells those who keep order that there are reports, and that somebody is no more', async () => {
    tell(event('ReportsChanged', 'e6', null, { reportId: 'r1' }));
    tell(event('UserDeleted', 'e7', null, { userId: 'ben' }));
    await passes();
    expect(heard).toEqual(['reported', 'renewed']);
  });

  it('takes for read what one says oneself, or has read elsewhere', async () => {
    tell(added(4, 'kitchen', 'ada'));
    await passes();
    expect(shown()[0]).toEqual(['kitchen', 4, 4]);
    tell(added(5));
    tell(event('ReadMarked', 'e6', 'kitchen', { lastRead: 'c5', lastReadNumber: 5, purgedUnread: 0 }));
    await passes();
    expect(shown()[0]).toEqual(['kitchen', 5, 5]);
    // An answer that was on its way meanwhile.
    rooms.kitchen = room('kitchen', { last: 5, read: 4 });
    await feed.refresh('kitchen');
    expect(shown()[0]).toEqual(['kitchen', 5, 5]);
  });

  it('has read up to what one has said, whatever others have said since', async () => {
    tell(added(4));
    tell(added(5, 'kitchen', 'ada'));
    tell(added(6));
    await passes();
    expect(shown()[0]).toEqual(['kitchen', 6, 5]);
  });

  it('looks for a channel of which it has not heard', async () => {
    rooms.shed = room('shed', { last: 2 });
    tell(added(2, 'shed'));
    await passes();
    expect(shown()[0]).toEqual(['shed', 2, 0]);
  });

  it('does not put off what is due for what is less urgent', async () => {
    rooms.shed = room('shed');
    tell(event('MemberAdded', 'e1', 'shed', { userId: 'ada' }));
    tell(event('MemberAdded', 'e2', 'shed', { userId: 'ben' }));
    await passes();
    expect(shown()[0]![0]).toBe('shed');
    for (let joins = 0; joins < 20; joins++) {
      tell(event('MemberAdded', `e${3 + joins}`, 'kitchen', { userId: `new${joins}` }));
      await passes(500);
    }
    expect(asked.filter((one) => one === 'OneRoom kitchen').length).toBeGreaterThan(2);
  });

  it('lists a channel once one is let in, with what has been said before the list was there', async () => {
    let open = () => {};
    hold = new Promise<void>((resolve) => (open = resolve));
    rooms.cellar = room('cellar', { last: 1 });
    tell(event('MemberAdded', 'e1', 'cellar', { userId: 'ada' }));
    await passes();
    tell(added(2, 'cellar'));
    await passes();
    open();
    await passes();
    expect(shown()[0]).toEqual(['cellar', 2, 0]);
  });

  it('lists no channel that one has left while it was being read', async () => {
    let open = () => {};
    hold = new Promise<void>((resolve) => (open = resolve));
    rooms.cellar = room('cellar');
    tell(event('MemberAdded', 'e1', 'cellar', { userId: 'ada' }));
    await passes();
    tell(event('MemberRemoved', 'e2', 'cellar', { userId: 'ada' }));
    await passes();
    open();
    await passes();
    expect(shown().map(([id]) => id)).toEqual(['kitchen', 'garden']);
  });

  it.each(['MemberRemoved', 'ChannelDeleted'])('lets go of a channel at %s', async (name) => {
    tell(added(4));
    tell(event(name, 'e5', 'kitchen', { userId: 'ada' }));
    await passes();
    expect(shown()).toEqual([['garden', 0, 0]]);
    expect(heard).toEqual(['kitchen left']);
  });

  it('asks again for a channel until it knows', async () => {
    rooms.cellar = refused('INTERNAL');
    tell(event('MemberAdded', 'e1', 'cellar', { userId: 'ada' }));
    await passes();
    rooms.cellar = room('cellar');
    await passes(60_000);
    expect(asked.slice(2)).toEqual(['OneRoom cellar', 'OneRoom cellar']);
    expect(shown()[0]).toEqual(['cellar', 0, 0]);
    tell(event('ChannelUpdated', 'e2', 'nowhere'));
    await passes(60_000);
    expect(asked.slice(4)).toEqual(['OneRoom nowhere']);
  });

  it('calls people by their latest names', async () => {
    tell(event('UserUpdated', 'e1', null, { user: person('ben', 'Benjamin') }));
    tell(event('UserUpdated', 'e2', null, { user: person('stranger', 'Nobody') }));
    await passes();
    const [kitchen] = client.readQuery({ query: RoomsDocument })!.channels!.nodes;
    expect(kitchen!.people.nodes.map(({ user }) => user.displayName)).toEqual(['ada', 'Benjamin']);
    expect(Object.keys(client.extract() as object)).not.toContain('User:stranger');
  });

  it('goes on from where it was, whatever ends it', async () => {
    tell(added(4));
    fail();
    await passes(60_000);
    expect(follows).toEqual(['head', 'e4']);
    complete();
    await passes(60_000);
    expect(follows).toEqual(['head', 'e4', 'e4']);
    fail();
    feed.end();
    await passes(60_000);
    expect(follows).toHaveLength(3);
  });

  it('tells what messages say now, after it has told that they are there', async () => {
    const edited = { ...said(4), body: 'mended' };
    tell(added(4));
    tell(event('MessageEdited', 'e5', 'kitchen', { message: edited }));
    tell(event('ReactionsChanged', 'e6', 'kitchen', { message: edited, actor: { __typename: 'User', id: 'ben' } }));
    tell(event('MessageDeleted', 'e7', 'kitchen', { messageId: 'm3' }));
    await passes();
    expect(heard).toEqual(['kitchen 4', 'kitchen changed 4: mended', 'kitchen changed 4: mended', 'kitchen deleted m3']);
    const [kitchen] = client.readQuery({ query: RoomsDocument })!.channels!.nodes;
    expect(kitchen!.lastMessage!.body).toBe('mended');
  });

  it('asks what is its own about a message that one has reacted to elsewhere', async () => {
    const actor = { __typename: 'User', id: 'ada' };
    tell(event('ReactionsChanged', 'e4', 'kitchen', { message: said(3), actor }));
    await passes();
    expect(heard).toEqual(['kitchen changed 3: number 3', 'kitchen reacted m3']);
  });

  it('shows the latest message as empty once it is deleted', async () => {
    tell(event('MessageDeleted', 'e4', 'kitchen', { messageId: 'm3' }));
    await passes();
    const [kitchen] = client.readQuery({ query: RoomsDocument })!.channels!.nodes;
    expect([kitchen!.lastMessage!.number, kitchen!.lastMessage!.body]).toEqual([3, '']);
  });

  it('asks for the channel anew where one is called', async () => {
    const calls = { ...said(4), mentions: [{ __typename: 'Mention', everybody: true, user: null }] };
    asked.length = 0;
    tell(event('MessageAdded', 'e4', 'kitchen', { message: calls }));
    await passes(4_000);
    expect(asked).toEqual(['OneRoom kitchen']);
  });

  it('shows nothing any more once it has ended', async () => {
    tell(added(4));
    feed.end();
    await passes();
    feed.admit(room('cellar') as never);
    expect(shown()[0]).toEqual(['kitchen', 3, 1]);
    expect(heard).toEqual([]);
  });
});
