// Subscriptions that go on where they were, over both protocols.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resumable } from 'tertulia-resume';
import { CLIENTS, FOLLOW, SIGNALS, follow, inbox, refusal, stage } from './stage.js';

const after = (cursor) => ({ query: FOLLOW, variables: { after: cursor } });

for (const [name, clientOf] of Object.entries(CLIENTS)) {
  describe(`with ${name}`, { timeout: 20_000 }, () => {
    it('goes on after the last event that was delivered', async (test) => {
      const on = await stage(test);
      on.feed.add('before');
      const messages = follow(resumable(clientOf(on)), after('a1'));
      assert.equal(await on.feed.followed.next(), 'a1');
      on.feed.add('one');
      on.feed.add('two');
      assert.deepEqual([await messages.next(), await messages.next()], ['one', 'two']);
      on.cut();
      on.feed.add('missed');
      assert.equal(await on.feed.followed.next(), 'a3');
      assert.equal(await messages.next(), 'missed');
      on.feed.add('live');
      assert.equal(await messages.next(), 'live');
      messages.dispose();
    });

    it('does so again and again', async (test) => {
      const on = await stage(test);
      const messages = follow(resumable(clientOf(on)));
      for (const cursor of ['a0', 'a1', 'a2', 'a3']) {
        assert.equal(await on.feed.followed.next(), cursor);
        on.feed.add(cursor);
        assert.equal(await messages.next(), cursor);
        on.cut();
      }
      messages.dispose();
    });

    it('delivers what comes twice once', async (test) => {
      const on = await stage(test);
      on.feed.inclusive = true;
      const messages = follow(resumable(clientOf(on)), after('a1'));
      on.feed.add('one');
      assert.equal(await messages.next(), 'one');
      on.cut();
      on.feed.add('two');
      assert.equal(await messages.next(), 'two');
      messages.dispose();
    });

    it('begins behind the head, so that nothing is lost before the first event', async (test) => {
      const on = await stage(test);
      on.feed.add('before');
      const messages = follow(resumable(clientOf(on)));
      assert.equal(await on.feed.followed.next(), 'a1');
      on.cut();
      on.feed.add('missed');
      assert.equal(await messages.next(), 'missed');
      messages.dispose();
    });

    it('begins at the present where it is told not to ask for the head', async (test) => {
      const on = await stage(test);
      const messages = follow(resumable(clientOf(on), { fromHead: false }));
      assert.equal(await on.feed.followed.next(), undefined);
      on.feed.add('one');
      assert.equal(await messages.next(), 'one');
      assert.deepEqual(on.feed.headAsked.rest(), []);
      on.cut();
      assert.equal(await on.feed.followed.next(), 'a1');
      messages.dispose();
    });

    it('asks for the head again if the connection is lost meanwhile', async (test) => {
      const on = await stage(test);
      on.feed.gate = () => new Promise(() => {});
      const messages = follow(resumable(clientOf(on)));
      await on.feed.headAsked.next();
      on.feed.gate = async () => {};
      on.cut();
      assert.equal(await on.feed.followed.next(), 'a0');
      on.feed.add('one');
      on.feed.add('two');
      assert.deepEqual([await messages.next(), await messages.next()], ['one', 'two']);
      assert.deepEqual(on.feed.followed.rest(), []);
      messages.dispose();
    });

    it('ends with the error of a head that is refused', async (test) => {
      const on = await stage(test);
      on.feed.gate = () => Promise.reject(refusal('UNAVAILABLE'));
      const messages = follow(resumable(clientOf(on)));
      const { error } = await messages.next();
      assert.equal(error[0].extensions.code, 'UNAVAILABLE');
      assert.deepEqual([messages.rest(), on.feed.followed.rest()], [[], []]);
    });

    it('goes on after the last signal where the variable is an ID', async (test) => {
      const on = await stage(test);
      const signals = follow(resumable(clientOf(on)), { query: SIGNALS });
      assert.equal(await on.feed.followed.next(), undefined);
      on.feed.add('offer');
      assert.equal(await signals.next(), 'offer');
      on.cut();
      assert.equal(await on.feed.followed.next(), 'a1');
      assert.deepEqual(on.feed.headAsked.rest(), []);
      signals.dispose();
    });

    it('takes the cursor from where it is told, to the variable it is told', async (test) => {
      const on = await stage(test);
      const query = FOLLOW.replaceAll('$after', '$since').replace('cursor body', 'id body');
      const cursorOf = ({ data }) => data?.messageAdded.id;
      const client = resumable(clientOf(on), { variable: 'since', cursorOf });
      const messages = follow(client, { query });
      assert.equal(await on.feed.followed.next(), 'a0');
      on.feed.add('one');
      assert.equal(await messages.next(), 'one');
      on.cut();
      assert.equal(await on.feed.followed.next(), 'a1');
      messages.dispose();
    });

    it('leaves the variables it is given as they are', async (test) => {
      const on = await stage(test);
      const variables = { after: 'a0' };
      const messages = follow(resumable(clientOf(on)), { query: FOLLOW, variables });
      on.feed.add('one');
      await messages.next();
      assert.deepEqual(variables, { after: 'a0' });
      messages.dispose();
    });

    it('can be looped over', async (test) => {
      const on = await stage(test);
      const messages = resumable(clientOf(on)).iterate({ query: FOLLOW });
      const seen = [];
      await on.feed.followed.next();
      on.feed.add('one');
      for await (const { data } of messages) {
        seen.push(data.messageAdded.body);
        if (seen.length === 3) break;
        on.cut();
        on.feed.add(`missed ${seen.length}`);
      }
      assert.deepEqual(seen, ['one', 'missed 1', 'missed 2']);
      for (const _ of seen) await on.feed.unfollowed.next();
    });

    it('ends a loop that waits when it is left', async (test) => {
      const on = await stage(test);
      const messages = resumable(clientOf(on)).iterate({ query: FOLLOW });
      const waiting = messages.next();
      await on.feed.followed.next();
      assert.deepEqual(await messages.return('why'), { done: true, value: 'why' });
      assert.deepEqual(await waiting, { done: true, value: undefined });
      await on.feed.unfollowed.next();
    });

    it('ends when an error is thrown into a loop', async (test) => {
      const on = await stage(test);
      const messages = resumable(clientOf(on)).iterate({ query: FOLLOW });
      const first = messages.next();
      await on.feed.followed.next();
      on.feed.add('one');
      await first;
      await assert.rejects(messages.throw(new Error('why')), { message: 'why' });
      await on.feed.unfollowed.next();
    });

    it('throws in a loop what the subscription ended with, after what came before', async () => {
      let to;
      const client = resumable({ subscribe: (_, sink) => ((to = sink), () => {}) });
      const messages = client.iterate(after('a0'));
      to.next({ data: { messageAdded: { cursor: 'a1' } } });
      to.error('why');
      assert.equal((await messages.next()).value.data.messageAdded.cursor, 'a1');
      await assert.rejects(messages.next(), (error) => error === 'why');
    });

    it('lets queries and other subscriptions pass as they are', async () => {
      const passed = [];
      const sink = {};
      const client = resumable({ subscribe: (...given) => passed.push(given), more: 'of it' });
      const payloads = [
        { query: 'query ($after: Cursor) { messages(after: $after) { body } }' },
        { query: 'mutation { subscription(input: { after: 1 }) }' },
        { query: 'subscription Typing($channelId: ID!) { typing(channelId: $channelId) { id } }' },
        { query: 'subscription A { a } query B($after: Cursor) { b }', operationName: 'A' },
        { query: 'subscription A { a } subscription B($after: Cursor) { b }', operationName: 'A' },
        { query: '# subscription ($after: Cursor)\nquery { a }' },
        { extensions: { persistedQuery: { version: 1 } } },
      ];
      for (const payload of payloads) client.subscribe(payload, sink, 'listeners');
      assert.ok(passed.every(([payload, to]) => payloads.includes(payload) && to === sink));
      assert.deepEqual(passed.map(([, , more]) => more), payloads.map(() => 'listeners'));
      assert.equal(client.more, 'of it');
    });

    it('hands what else it is given to the client with each operation', () => {
      const given = [];
      const client = resumable({
        subscribe: (_, sink, more) => {
          given.push(more);
          if (given.length === 1) sink.next({ data: { head: 'a0' } });
        },
      });
      client.subscribe({ query: FOLLOW }, {}, 'listeners');
      assert.deepEqual(given, ['listeners', 'listeners']);
    });

    it('knows the operation that is meant', async () => {
      const begun = [];
      const client = resumable({ subscribe: ({ query }) => begun.push(query) });
      const query = 'subscription A { a }\nsubscription B($x: ID!, $after: Cursor) { b }';
      client.subscribe({ query, operationName: 'B' }, {});
      assert.deepEqual(begun, ['query { head }']);
    });

    it('says when the app has to load afresh where nobody does', async (test) => {
      const on = await stage(test);
      const messages = follow(resumable(clientOf(on)), after('z1'));
      const { error, errors = error } = await messages.next();
      assert.equal(errors[0].extensions.code, 'CURSOR_EXPIRED');
      messages.dispose();
    });

    it('goes on behind the cursor that the app gives once it has loaded afresh', async (test) => {
      const on = await stage(test);
      const expired = [];
      const onExpired = async (cursor) => {
        expired.push(cursor);
        return 'b2';
      };
      const messages = follow(resumable(clientOf(on), { onExpired }));
      assert.equal(await on.feed.followed.next(), 'a0');
      on.feed.add('one');
      on.feed.add('two');
      assert.deepEqual([await messages.next(), await messages.next()], ['one', 'two']);
      on.feed.life = 'b';
      on.cut();
      on.feed.add('three');
      assert.equal(await messages.next(), 'three');
      assert.deepEqual(expired, ['a2']);
      assert.deepEqual(on.feed.followed.rest(), ['a2', 'b2']);
      messages.dispose();
    });

    it('goes on behind the head where the app gives no cursor', async (test) => {
      const on = await stage(test);
      const onExpired = () => {};
      const client = resumable(clientOf(on), { onExpired });
      const messages = follow(client, after('z1'));
      assert.equal(await on.feed.followed.next(), 'z1');
      assert.equal(await on.feed.followed.next(), 'a0');
      messages.dispose();
    });

    it('gives up where loading afresh does not help', async (test) => {
      const on = await stage(test);
      const client = resumable(clientOf(on), { onExpired: () => 'z2' });
      const messages = follow(client, after('z1'));
      const { error, errors = error } = await messages.next();
      assert.equal(errors[0].extensions.code, 'CURSOR_EXPIRED');
      assert.deepEqual(on.feed.followed.rest(), ['z1', 'z2']);
    });

    it('ends with the error of an app that cannot load afresh', async (test) => {
      const on = await stage(test);
      const failure = new Error('offline');
      const client = resumable(clientOf(on), { onExpired: () => Promise.reject(failure) });
      const messages = follow(client, after('z1'));
      assert.deepEqual(await messages.next(), { error: failure });
      assert.deepEqual(messages.rest(), []);
    });

    it('ends when the subscription does', async (test) => {
      const on = await stage(test);
      const client = clientOf(on);
      const messages = follow(resumable(client));
      await on.feed.followed.next();
      client.dispose();
      assert.equal(await messages.next(), 'the end');
    });

    disposing(clientOf);
  });
}

/** Whenever it is disposed of, it ends once, and nothing goes on. */
function disposing(clientOf) {
  const moments = {
    'at once': () => {},
    'while it asks for the head': async ({ on }) => {
      on.feed.gate = () => new Promise(() => {});
      await on.feed.headAsked.next();
    },
    'while it follows': ({ on }) => on.feed.followed.next(),
    'after an event': async ({ on, messages }) => {
      await on.feed.followed.next();
      on.feed.add('one');
      assert.equal(await messages.next(), 'one');
    },
    'while it waits to connect again': async ({ on, waiting }) => {
      await on.feed.followed.next();
      on.cut();
      await waiting.next();
    },
    'while the app loads afresh': async ({ on, loading }) => {
      await on.feed.followed.next();
      on.feed.life = 'b';
      on.cut();
      await loading.next();
    },
  };

  for (const [moment, comes] of Object.entries(moments)) {
    it(`can be disposed of ${moment}`, async (test) => {
      const on = await stage(test);
      const waiting = inbox();
      const loading = inbox();
      let resolve;
      const wait = async () => waiting.put();
      const onExpired = () => (loading.put(), new Promise((loaded) => (resolve = loaded)));
      const client = resumable(clientOf(on, { retryWait: wait, retry: wait }), { onExpired });
      const messages = follow(client);
      await comes({ on, messages, waiting, loading });
      messages.dispose();
      messages.dispose();
      resolve?.('b0');
      // Once another has come and gone, whatever the first still did would have shown.
      const other = follow(client, after('a0'));
      on.feed.life = 'a';
      on.feed.add('nobody listens');
      while ((await other.next()) !== 'nobody listens');
      other.dispose();
      assert.equal(await other.next(), 'the end');
      assert.deepEqual(messages.rest(), ['the end']);
    });
  }
}

it('needs one connection of graphql-ws for the head and what follows', async (test) => {
  const on = await stage(test);
  let connections = 0;
  on.sockets.on('connection', () => (connections += 1));
  const messages = follow(resumable(CLIENTS['graphql-ws'](on)));
  await on.feed.followed.next();
  on.feed.add('one');
  assert.equal(await messages.next(), 'one');
  assert.equal(connections, 1);
  messages.dispose();
});

it('remembers the last thousand events, and no more', () => {
  let to;
  const seen = [];
  const client = resumable({ subscribe: (_, sink) => ((to = sink), () => {}) });
  const sink = { next: ({ data }) => seen.push(data.e.cursor) };
  client.subscribe(after('a0'), sink);
  const give = (cursor) => to.next({ data: { e: { cursor } } });
  for (let cursor = 1; cursor <= 1001; cursor += 1) give(cursor);
  give(2);
  assert.equal(seen.length, 1001);
  give(1);
  assert.equal(seen.length, 1002);
});

it('passes on what has no cursor, and stays where it was', () => {
  const asked = [];
  let to;
  const client = resumable({ subscribe: (payload, sink) => ((to = sink), asked.push(payload)) });
  const seen = [];
  const sink = { next: (result) => seen.push(result), complete: () => {} };
  client.subscribe(after('a0'), sink);
  const errors = [{ message: 'a part of it failed', extensions: { code: 'INTERNAL' } }];
  for (const result of [{ data: { e: { cursor: 'a1' } } }, { data: null, errors }, { data: {} }]) {
    to.next(result);
    assert.equal(seen.at(-1), result);
  }
  assert.equal(asked[0].variables.after, 'a1');
});
