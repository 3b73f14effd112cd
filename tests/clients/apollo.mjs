// Apollo Client: queries and mutations over HTTP, subscriptions over a socket.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink } from '@apollo/client';
import { InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createHash } from 'node:crypto';
import WebSocket from 'ws';
import { CHANNEL, FOLLOW, HISTORY, MISSPELT_QUERY, MISSPELT_SUBSCRIPTION } from './common.mjs';
import { Inbox, NOBODYS, SEND, channelId, expect, headers, main } from './common.mjs';
import { socketClient, step, url } from './common.mjs';

// GraphQLWsLink looks at the global one, which Node has from version 22 on.
globalThis.WebSocket ??= WebSocket;

await main({ everyday, persisted, parts });

async function everyday() {
  const socket = socketClient();
  const client = clientOver(
    ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket.client),
      new HttpLink({ uri: url, headers }),
    ),
  );
  const send = (body) => step(`sending ${body}`, () => sending(client, body));

  const { data: first } = await step('a query with variables', () =>
    client.query({ query: gql(CHANNEL), variables: { id: channelId } }),
  );

  const live = following(client, gql(FOLLOW), { channelId, after: first.head });
  const received = [];
  const receive = (name, from = live) =>
    step(name, async () => {
      const event = await from.inbox.next();
      expect(event.data, `no message but ${event.error ?? 'the end'}`);
      received.push(event.data.messageAdded);
    });
  const sent = [await send('¡Hola!')];
  await receive('the first live message');

  const codes = {
    refused: await codeOf('a query that is refused', () =>
      client.query({ query: gql(HISTORY), variables: { channelId: NOBODYS } }),
    ),
    misspelt: await codeOf('an unknown field', () => client.query({ query: gql(MISSPELT_QUERY) })),
    badVariable: await codeOf('a variable of the wrong type', () =>
      client.query({ query: gql(CHANNEL), variables: { id: null } }),
    ),
    misspeltSubscription: await codeOf('an unknown field over the socket', () =>
      ended(following(client, gql(MISSPELT_SUBSCRIPTION))),
    ),
    badSubscription: await codeOf('a subscription that is refused', () =>
      ended(following(client, gql(FOLLOW), { channelId: NOBODYS })),
    ),
  };

  sent.push(await send('¿Qué tal? 🎈'));
  await receive('a live message after the errors');
  const again = following(client, gql(FOLLOW), { channelId, after: sent[0].cursor });
  await receive('the same message in another subscription', again);
  const connections = socket.connections;

  live.subscription.unsubscribe();
  again.subscription.unsubscribe();
  const closed = await step('the end of the socket', () => socket.closings.next());
  client.stop();

  return { channel: first.channel, sent, received, codes, connections, closed };
}

/** Follows over plain HTTP, in parts. */
async function parts() {
  const requests = [];
  const noting = (address, options) => {
    requests.push(options.headers.accept);
    return fetch(address, options);
  };
  const client = clientOver(new HttpLink({ uri: url, headers, fetch: noting }));
  const { data: first } = await step('a query with variables', () =>
    client.query({ query: gql(CHANNEL), variables: { id: channelId } }),
  );
  const live = following(client, gql(FOLLOW), { channelId, after: first.head });
  const sent = [await step('sending', () => sending(client, '¡Hola!'))];
  const received = [];
  const receive = async () => received.push((await live.inbox.next()).data.messageAdded);
  await step('the first live message', receive);
  sent.push(await step('sending more', () => sending(client, '¿Qué tal? 🎈')));
  await step('the second live message', receive);
  live.subscription.unsubscribe();
  const badSubscription = await codeOf('a subscription that is refused', () =>
    ended(following(client, gql(FOLLOW), { channelId: NOBODYS })),
  );
  client.stop();
  return { sent, received, badSubscription, accepts: requests[1] };
}

/** Sends hashes instead of queries, which the server has no store for. */
async function persisted() {
  return {
    post: await askingByHash({ useGETForHashedQueries: false }),
    get: await askingByHash({ useGETForHashedQueries: true }),
  };
}

function clientOver(link) {
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

async function sending(client, body) {
  const { data } = await client.mutate({
    mutation: gql(SEND),
    variables: { input: { channelId, body } },
  });
  return data.sendMessage;
}

/** A subscription under way: its results arrive in the inbox, and then `{ end: true }`. */
function following(client, query, variables) {
  const inbox = new Inbox();
  const subscription = client.subscribe({ query, variables, fetchPolicy: 'no-cache' }).subscribe({
    next: (result) => inbox.put(result),
    error: (error) => inbox.put({ error }),
    complete: () => inbox.put({ end: true }),
  });
  return { inbox, subscription };
}

/** Waits until a subscription has ended by itself. Throws the error that it ended with. */
async function ended({ inbox }) {
  const result = await inbox.next();
  expect((await inbox.next()).end, 'it goes on after the error');
  if (result.error) throw result.error;
}

/** The code that an operation is refused with. */
async function codeOf(name, operation) {
  return await step(name, async () => {
    try {
      await operation();
    } catch (error) {
      if (!CombinedGraphQLErrors.is(error)) throw error;
      return error.errors[0].extensions.code;
    }
    throw new Error('it was not refused');
  });
}

/** Asks twice with one link: what it requested, and what the server said to each request. */
async function askingByHash(options) {
  const requests = [];
  const recording = async (address, init) => {
    const response = await fetch(address, init);
    const { errors } = await response.clone().json();
    const asked = init.body ? JSON.parse(init.body) : queryOf(address);
    requests.push({ method: init.method, query: 'query' in asked, error: errors?.[0].message });
    return response;
  };
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const link = new PersistedQueryLink({ sha256, ...options });
  const client = clientOver(link.concat(new HttpLink({ uri: url, headers, fetch: recording })));
  const method = options.useGETForHashedQueries ? 'GET' : 'POST';
  await step(`a query by its hash by ${method}`, async () => {
    const { data } = await client.query({ query: gql(CHANNEL), variables: { id: channelId } });
    expect(data.channel.id === channelId, `another channel came: ${JSON.stringify(data)}`);
  });
  await step('a mutation after it', () => sending(client, method));
  client.stop();
  return requests;
}

function queryOf(address) {
  return Object.fromEntries(new URL(address).searchParams);
}
