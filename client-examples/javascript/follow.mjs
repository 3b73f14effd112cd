// Prints what is said in a channel, live. TOKEN is an access token:
//   TOKEN=... node follow.mjs http://127.0.0.1:8000 <channel id> [cursor]
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { resumable, retrying } from '../resume/index.js';

const [url, channelId, after = null] = process.argv.slice(2);
if (!url || !channelId) {
  console.error('usage: TOKEN=... node follow.mjs <url> <channel id> [cursor]');
  process.exit(2);
}

const socket = createClient({
  ...retrying,
  url: `${url.replace('http', 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization: `Bearer ${process.env.TOKEN}` }),
  // 4403: the token is refused or has expired. This example has no other to try.
  shouldRetry: (event) => event?.code !== 4403,
  on: { connected: () => console.log('-- connected --') },
});
// After a lost connection it goes on after the last message, and not where it began.
const client = resumable(socket);

const messages = client.iterate({
  query: `subscription ($channelId: ID!, $after: Cursor) {
    messageAdded(channelId: $channelId, after: $after) { body cursor author { displayName } }
  }`,
  variables: { channelId, after },
});

try {
  for await (const { data, errors } of messages) {
    if (errors) throw new Error(errors[0].message);
    const { body, author } = data.messageAdded;
    console.log(`${author?.displayName ?? '(somebody)'}: ${body}`);
  }
} catch (error) {
  console.error(error.reason || error.message || error[0]?.message || error);
  process.exit(1);
}
