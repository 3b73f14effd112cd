// What the tests stand on: a feed on a server of both protocols, and clients of it.
import { GraphQLError, GraphQLID, GraphQLNonNull, GraphQLObjectType } from 'graphql';
import { GraphQLScalarType, GraphQLSchema, GraphQLString } from 'graphql';
import { createClient as overSse } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/http';
import { createClient as overSocket } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { createServer } from 'node:http';
import WebSocket, { WebSocketServer } from 'ws';

export const FOLLOW = `subscription Follow($after: Cursor) {
  messageAdded(after: $after) { cursor body } }`;
export const SIGNALS = 'subscription ($after: ID) { signals(after: $after) { id body } }';

/** What has come, in order: `next` waits for it. */
export function inbox() {
  const come = [];
  const waiting = [];
  return {
    put: (item) => (waiting.length ? waiting.shift()(item) : come.push(item)),
    next: () => (come.length ? come.shift() : new Promise((resolve) => waiting.push(resolve))),
    rest: () => come.splice(0),
  };
}

/** Events with cursors, and what may go wrong with them. */
export function feed() {
  const events = [];
  const followers = new Set();
  const self = {
    life: 'a',
    inclusive: false,
    headAsked: inbox(),
    gate: async () => {},
    followed: inbox(),
    unfollowed: inbox(),
    head: async () => {
      self.headAsked.put();
      await self.gate();
      return `${self.life}${events.length}`;
    },
    add(body) {
      const cursor = `${self.life}${events.length + 1}`;
      events.push({ cursor, id: cursor, body });
      for (const wake of followers) wake();
    },
    follow(field, after) {
      self.followed.put(after);
      if (after && after[0] !== self.life) throw refusal('CURSOR_EXPIRED');
      return following(field, after ? Number(after.slice(1)) - self.inclusive : events.length);
    },
  };

  function following(field, from) {
    let at = from;
    let open = true;
    let wake = () => {};
    const woken = () => wake();
    followers.add(woken);
    return {
      async next() {
        while (open && at >= events.length) await new Promise((resolve) => (wake = resolve));
        return open ? { value: { [field]: events[at++] } } : { done: true };
      },
      async return() {
        open = false;
        followers.delete(woken);
        self.unfollowed.put();
        wake();
        return { done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
  return self;
}

export function refusal(code) {
  return new GraphQLError(code, { extensions: { code } });
}

function schemaOver(feed, permit) {
  const object = (name, fields) => new GraphQLObjectType({ name, fields });
  const cursor = new GraphQLScalarType({ name: 'Cursor' });
  const event = object('Event', {
    id: { type: GraphQLID },
    cursor: { type: cursor },
    body: { type: GraphQLString },
  });
  const followed = (name, type) => ({
    type: new GraphQLNonNull(event),
    args: { after: { type } },
    subscribe: (_, { after }, context) => {
      permit(context);
      return feed.follow(name, after);
    },
  });
  const query = { head: { type: cursor, resolve: feed.head }, hello: { type: GraphQLString } };
  const subscription = {
    messageAdded: followed('messageAdded', cursor),
    signals: followed('signals', GraphQLID),
  };
  return new GraphQLSchema({
    query: object('Query', query),
    subscription: object('Subscription', subscription),
  });
}

/** A server over a feed, for the length of a test. `permits` looks at each authorization. */
export async function stage(test, { permits = () => true } = {}) {
  const own = feed();
  const permit = ({ authorization }) => {
    if (!permits(authorization)) throw refusal('UNAUTHENTICATED');
  };
  const schema = schemaOver(own, permit);
  const context = ({ raw }) => ({ authorization: raw.headers.authorization });
  const handle = createHandler({ schema, context });
  // It rejects where the client has gone meanwhile.
  const server = createServer((request, response) => handle(request, response).catch(() => {}));
  const sockets = new WebSocketServer({ server });
  const onConnect = ({ connectionParams }) => permits(connectionParams?.authorization);
  useServer({ schema, onConnect, context: (socket) => socket.connectionParams ?? {} }, sockets);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    cut();
    server.close();
  });

  /** Every connection is lost, or every socket closed with a code. */
  function cut(code) {
    for (const socket of sockets.clients) code ? socket.close(code) : socket.terminate();
    if (!code) server.closeAllConnections();
  }
  return { feed: own, cut, sockets, url: `http://127.0.0.1:${server.address().port}` };
}

export const atOnce = async () => {};

/** The two kinds of clients; they wait for nothing before they try again. */
export const CLIENTS = {
  'graphql-ws': ({ url }, { headers, ...options } = {}) =>
    overSocket({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: headers,
      shouldRetry: () => true,
      retryWait: atOnce,
      ...options,
    }),
  'graphql-sse': ({ url }, options) => overSse({ url, retry: atOnce, ...options }),
};

/** Subscribes: what comes is in an inbox, as the body of a message, an error, or the end. */
export function follow(client, payload = { query: FOLLOW }) {
  const came = inbox();
  const dispose = client.subscribe(payload, {
    next: ({ data, errors }) => came.put(errors ? { errors } : Object.values(data)[0].body),
    error: (error) => came.put({ error }),
    complete: () => came.put('the end'),
  });
  return { ...came, dispose };
}
