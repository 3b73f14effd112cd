// Clients that go on where they were. Each prints what is said in a channel, a line of JSON a
// message, until it is told to stop by the end of its input:
//   SIGN_IN='{"accessToken": ...}' node resume.mjs http://127.0.0.1:8000 <channel id> <client> [cursor]
// Whatever ends a subscription ends it with a message.
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, subscriptionExchange } from '@urql/core';
import { createClient as overSse } from 'graphql-sse';
import { createClient as overSocket } from 'graphql-ws';
import { inspect } from 'node:util';
import WebSocket from 'ws';
import { resumable, retrying, tokens } from '../../client-examples/resume/index.js';
import { FOLLOW, channelId, url } from './common.mjs';

// GraphQLWsLink looks at the global one, which Node has from version 22 on.
globalThis.WebSocket ??= WebSocket;

const [, , , , name, after] = process.argv;
const auth = tokens({ url, ...JSON.parse(process.env.SIGN_IN) });
const clients = { 'graphql-ws': graphqlWs, apollo, urql, 'graphql-sse': graphqlSse };

process.stdin.resume().on('end', () => process.exit(0));
const print = ({ data }) => console.log(JSON.stringify(data.messageAdded.body));
const fail = (why) => {
  console.error(inspect(why, { depth: 9 }));
  process.exit(1);
};
const ended = () => fail('it has ended');
clients[name]({ channelId, after }, (result) => (result.data ? print(result) : fail(result)));

function overOneSocket() {
  const { connectionParams } = auth;
  const address = url.replace('http', 'ws');
  const client = overSocket({ ...retrying, url: address, webSocketImpl: WebSocket, connectionParams });
  return resumable(client, { tokens: auth });
}

function graphqlWs(variables, next) {
  const client = overOneSocket();
  client.subscribe({ query: FOLLOW, variables }, { next, error: fail, complete: ended });
}

function graphqlSse(variables, next) {
  const { headers } = auth;
  const client = resumable(overSse({ ...retrying, url: `${url}/stream`, headers }), { tokens: auth });
  client.subscribe({ query: FOLLOW, variables }, { next, error: fail, complete: ended });
}

function apollo(variables, next) {
  const link = new GraphQLWsLink(overOneSocket());
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const messages = client.subscribe({ query: gql(FOLLOW), variables, fetchPolicy: 'no-cache' });
  messages.subscribe({ next, error: fail, complete: ended });
}

function urql(variables, next) {
  const socket = overOneSocket();
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }),
  });
  const exchanges = [subscriptionExchange({ forwardSubscription })];
  new Client({ url, exchanges }).subscription(FOLLOW, variables).subscribe(next);
}
