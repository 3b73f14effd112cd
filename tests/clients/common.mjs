// What the clients of this folder share: what they are given, how they wait, and how they end.
// Each is run with an access token, the server's address and the id of a channel:
//   TOKEN=... node apollo.mjs http://127.0.0.1:8000 <channel id> [round]
// and prints a line of JSON with what it saw. Whatever goes wrong ends it with a message.
import { createClient } from 'graphql-ws';
import { basename } from 'node:path';
import WebSocket from 'ws';

const SECONDS = 30;

const [server, given, name = 'everyday'] = process.argv.slice(2);
export const url = `${server}/graphql`;
export const channelId = given;
export const headers = { authorization: `Bearer ${process.env.TOKEN}` };

/** An id that no channel has. */
export const NOBODYS = '00000000-0000-7000-8000-000000000000';

export const CHANNEL = `query Channel($id: ID!) { head channel(id: $id) { id name memberCount } }`;
export const SEND = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { id cursor body } }`;
export const HISTORY = `query History($channelId: ID!) {
  messages(channelId: $channelId, last: 10) { nodes { id body } } }`;
export const FOLLOW = `subscription Follow($channelId: ID!, $after: Cursor) {
  messageAdded(channelId: $channelId, after: $after) { id cursor body author { id username } } }`;
export const MISSPELT_QUERY = 'query Misspelt { mee { id } }';
export const MISSPELT_SUBSCRIPTION = 'subscription Misspelt { messageAded { id } }';

let awaited = 'the beginning';

/** Does one thing; its name is told should it fail or take too long. */
export async function step(name, doing) {
  awaited = name;
  return await doing();
}

/** Runs the round that was asked for, and prints what it saw. */
export async function main(rounds) {
  const fail = (why) => {
    console.error(`${basename(process.argv[1])}: ${awaited}: ${why}`);
    process.exit(1);
  };
  if (!given || !process.env.TOKEN) fail('TOKEN, an address and the id of a channel are needed');
  if (!(name in rounds)) fail(`there is no round "${name}"`);
  const limit = setTimeout(() => fail(`nothing came in ${SECONDS} seconds`), SECONDS * 1000);
  try {
    console.log(JSON.stringify(await rounds[name]()));
  } catch (error) {
    fail(told(error));
  }
  // From here on only what a client has left open keeps the process alive.
  awaited = 'the end of the process';
  limit.unref();
}

/** Ends the round unless a condition holds. */
export function expect(condition, otherwise) {
  if (!condition) throw new Error(otherwise);
}

/** What is printed about anything that was thrown: errors, lists of errors, ends of sockets. */
function told(error) {
  if (error?.error) return told(error.error);
  if (error?.code && error.reason !== undefined) return `closed with ${error.code} ${error.reason}`;
  if (!(error instanceof Error)) return JSON.stringify(error);
  const more = [error.bodyText, error.cause && `because of ${told(error.cause)}`];
  return [error.stack, ...more].filter(Boolean).join('\n');
}

/** What has arrived, in order: `next` waits for it. */
export class Inbox {
  #arrived = [];
  #waiting = [];

  put(item) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.#arrived.push(item);
  }

  next() {
    if (this.#arrived.length) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** A graphql-ws client that counts its connections and tells the code each was closed with. */
export function socketClient(options = {}) {
  const socket = { connections: 0, messages: [], closings: new Inbox() };
  socket.client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: headers,
    retryAttempts: 0,
    on: {
      connected: () => (socket.connections += 1),
      message: (message) => socket.messages.push(message),
      closed: ({ code }) => socket.closings.put(code),
    },
    ...options,
  });
  return socket;
}
