// urql: queries over HTTP by GET, mutations by POST, subscriptions over a socket.
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { CHANNEL, FOLLOW, HISTORY, MISSPELT_QUERY, MISSPELT_SUBSCRIPTION } from './common.mjs';
import { Inbox, NOBODYS, SEND, channelId, expect, headers, main } from './common.mjs';
import { socketClient, step, url } from './common.mjs';

await main({ everyday });

async function everyday() {
  const socket = socketClient();
  const methods = new Set();
  const client = new Client({
    url,
    fetchOptions: { headers },
    fetch: (address, init) => {
      methods.add(init.method);
      return fetch(address, init);
    },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', ...others }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.client.subscribe({ query, ...others }, sink),
          }),
        }),
      }),
    ],
  });
  const send = (body) =>
    step(`sending ${body}`, async () => {
      const { data, error } = await client.mutation(SEND, { input: { channelId, body } });
      if (error) throw error.networkError ?? error;
      return data.sendMessage;
    });

  const { data: first, error } = await step('a query with variables', () =>
    client.query(CHANNEL, { id: channelId }),
  );
  if (error) throw error.networkError ?? error;

  const live = following(client, FOLLOW, { channelId, after: first.head });
  const received = [];
  const receive = (name, from = live) =>
    step(name, async () => {
      const event = await from.inbox.next();
      expect(event.data && !event.error, `no message but ${event.error}`);
      received.push(event.data.messageAdded);
    });
  const sent = [await send('¡Hola!')];
  await receive('the first live message');

  const codes = {
    refused: await codeOf('a query that is refused', () =>
      client.query(HISTORY, { channelId: NOBODYS }),
    ),
    misspelt: await codeOf('an unknown field', () => client.query(MISSPELT_QUERY, {})),
    badVariable: await codeOf('a variable of the wrong type', () =>
      client.query(CHANNEL, { id: null }),
    ),
    misspeltSubscription: await codeOf('an unknown field over the socket', () =>
      following(client, MISSPELT_SUBSCRIPTION, {}).inbox.next(),
    ),
    badSubscription: await codeOf('a subscription that is refused', () =>
      following(client, FOLLOW, { channelId: NOBODYS }).inbox.next(),
    ),
  };

  sent.push(await send('¿Qué tal? 🎈'));
  await receive('a live message after the errors');
  const again = following(client, FOLLOW, { channelId, after: sent[0].cursor });
  await receive('the same message in another subscription', again);
  const connections = socket.connections;

  live.subscription.unsubscribe();
  again.subscription.unsubscribe();
  const closed = await step('the end of the socket', () => socket.closings.next());

  const { channel } = first;
  return { channel, sent, received, codes, methods: [...methods], connections, closed };
}

/** A subscription under way: its results arrive in the inbox. */
function following(client, query, variables) {
  const inbox = new Inbox();
  const source = client.subscription(query, variables);
  return { inbox, subscription: source.subscribe((result) => inbox.put(result)) };
}

/** The code that an operation is refused with. */
async function codeOf(name, operation) {
  return await step(name, async () => {
    const { error, data } = await operation();
    expect(error, `it was answered with ${JSON.stringify(data)}`);
    if (error.networkError) throw error.networkError;
    return error.graphQLErrors[0].extensions.code;
  });
}
