// What the declarations must allow, and what they must not. Checked by tsc, never run.
import { createClient as overSse } from 'graphql-sse';
import { createClient as overSocket, type Client } from 'graphql-ws';
import { resumable, retrying, tokens, type SignIn } from 'tertulia-resume';

const signIn: SignIn = { accessToken: 'a', accessTokenExpiresAt: 'b', refreshToken: null };
const auth = tokens({ url: 'https://chat.example/graphql', ...signIn, onChange: async () => {} });
const cookies = tokens({ url: new URL('https://chat.example/graphql') });

const socket: Client = resumable(
  overSocket({
    ...retrying,
    url: 'wss://chat.example/graphql',
    connectionParams: auth.connectionParams,
  }),
  { tokens: auth, onExpired: async (cursor: string) => cursor },
);
const stop: () => void = socket.subscribe<{ head: string }>(
  { query: '{ head }' },
  { next: ({ data }) => data?.head.toUpperCase(), error: () => {}, complete: () => {} },
);
socket.on('closed', () => {});

const stream = resumable(
  overSse({
    ...retrying,
    url: 'https://chat.example/graphql/stream',
    headers: auth.headers,
  }),
  { variable: 'since', fromHead: false, cursorOf: ({ data }) => String(data?.cursor) },
);
for await (const { data } of stream.iterate<{ head: string }>({ query: '{ head }' })) {
  data?.head.toUpperCase();
}

const token: string | null | undefined = await cookies.get();

// @ts-expect-error a client subscribes
resumable({});
// @ts-expect-error an option that there is not
resumable(socket, { variables: 'after' });
// @ts-expect-error a renewal needs to know where
tokens({ refreshToken: 'r' });

export { stop, token };
