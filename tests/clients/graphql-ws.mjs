// graphql-ws on its own: everything goes over one socket.
import { CHANNEL, FOLLOW, HISTORY, MISSPELT_QUERY, NOBODYS, SEND } from './common.mjs';
import { channelId, expect, main, socketClient, step } from './common.mjs';

await main({ everyday });

async function everyday() {
  const socket = socketClient({ lazy: false, onNonLazyError: () => {} });
  const ask = asking(socket.client);
  const send = (body) =>
    step(`sending ${body}`, async () => {
      const { data, errors } = await ask(SEND, { input: { channelId, body } });
      expect(!errors, JSON.stringify(errors));
      return data.sendMessage;
    });

  const { data: first } = await step('a query with variables', () =>
    ask(CHANNEL, { id: channelId }),
  );

  const variables = { channelId, after: first.head };
  const live = socket.client.iterate({ query: FOLLOW, variables });
  const received = [];
  const receive = (name) =>
    step(name, async () => {
      const { value } = await live.next();
      expect(value?.data, `no message but ${JSON.stringify(value)}`);
      received.push(value.data.messageAdded);
    });
  const sent = [await send('¡Hola!')];
  await receive('the first live message');

  const codes = {
    refused: await codeOf('a query that is refused', ask(HISTORY, { channelId: NOBODYS })),
    badVariable: await codeOf('a variable of the wrong type', notBegun(ask(CHANNEL, { id: null }))),
    syntax: await codeOf('a syntax error', notBegun(ask('query { me {'))),
    misspelt: await codeOf('an unknown field', notBegun(ask(MISSPELT_QUERY))),
    badSubscription: await codeOf(
      'a subscription that is refused',
      notBegun(ask(FOLLOW, { channelId: NOBODYS })),
    ),
  };

  sent.push(await send('¿Qué tal? 🎈'));
  await receive('a live message after the errors');

  await live.return();
  await send('nobody listens');
  const { data: last } = await step('a query after the subscription', () =>
    ask(HISTORY, { channelId }),
  );
  const delivered = socket.messages.filter((message) => message.payload?.data?.messageAdded);
  expect(delivered.length === 2, `${delivered.length} live messages came, not 2`);

  await step('closing the socket', () => socket.client.dispose());
  const closed = await step('the end of the socket', () => socket.closings.next());

  const stranger = socketClient({ connectionParams: { authorization: 'Bearer nonsense' } });
  const refusal = await step('the refusal of a bad token', () =>
    asking(stranger.client)('{ head }').then(
      () => expect(false, 'it was let in'),
      (event) => event,
    ),
  );

  return {
    channel: first.channel,
    sent,
    received,
    codes,
    history: last.messages.nodes,
    connections: socket.connections,
    closed,
    refusal: refusal.code,
  };
}

/** Asks over the socket: resolves with the one result once the operation is complete. */
function asking(client) {
  return (query, variables) =>
    new Promise((resolve, reject) => {
      let result;
      client.subscribe(
        { query, variables },
        { next: (next) => (result = next), error: reject, complete: () => resolve(result) },
      );
    });
}

/** The code of the first error of an operation. */
async function codeOf(name, operation) {
  return await step(name, async () => {
    const { data, errors } = await operation;
    expect(errors, `it was answered with ${JSON.stringify(data)}`);
    return errors[0].extensions.code;
  });
}

/** The errors of an operation that ends with an `error` message instead of a result. */
async function notBegun(operation) {
  const begun = (result) => expect(false, `it was begun and gave ${JSON.stringify(result)}`);
  const errors = await operation.then(begun, (error) => error);
  if (!Array.isArray(errors)) throw errors;
  return { errors };
}
