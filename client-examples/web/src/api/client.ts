// How the server is asked: Apollo Client over HTTP, subscriptions over a socket that resumes.
import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { catchError, defer, from, switchMap, throwError } from 'rxjs';
import { resumable, retrying } from '../../../resume/index.js';
import type { Connection } from '../live/connection';
import { memory } from './policies';
import { problemOf } from './problems';

export interface Renewing {
  /** Renews the session; whether it goes on. Rejects where the server cannot be reached. */
  renew(): Promise<boolean>;
  /** Whether anybody is signed in, as far as we know. */
  signedIn(): boolean;
}

const ENDPOINT = '/graphql';
/** In milliseconds. Whoever answers later is asked again, or said to be out of reach. */
const PONG_WITHIN = 6_000;
const HANDSHAKE_WITHIN = 15_000;
const ANSWER_WITHIN = 20_000;
const FORBIDDEN = 4403;

/** `onExpired` loads everything afresh, and gives the cursor from which on to follow. */
export function api(
  session: Renewing,
  connection: Connection,
  onExpired: () => Promise<string>,
): ApolloClient {
  const sockets = socketClient(session, connection);
  const live = new GraphQLWsLink(
    resumable(sockets, {
      tokens: { expired: () => connection.doubt() },
      onExpired,
    }),
  );
  const asking = ApolloLink.from([renewing(session), new HttpLink({ uri: ENDPOINT, fetch: fetchWithin })]);
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      live,
      asking,
    ),
    cache: memory(),
    devtools: { enabled: false },
  });
}

const fetchWithin: typeof fetch = (input, init) => {
  const signals = [AbortSignal.timeout(ANSWER_WITHIN), init?.signal ?? []].flat();
  return fetch(input, { ...init, signal: AbortSignal.any(signals) });
};

/** Whoever is refused for an expired session has it renewed, and asks once more. */
function renewing(session: Renewing): ApolloLink {
  return new ErrorLink(({ error, operation, forward }) => {
    const { asNobody, again } = operation.getContext();
    if (asNobody || again || problemOf(error).code !== 'UNAUTHENTICATED') return;
    return defer(() => from(session.renew())).pipe(
      catchError(() => throwError(() => new TypeError('The session could not be renewed.'))),
      switchMap((goesOn) => {
        if (!goesOn) return throwError(() => error);
        operation.setContext({ again: true });
        return forward(operation);
      }),
    );
  });
}

function socketClient(session: Renewing, connection: Connection) {
  let patience: ReturnType<typeof setTimeout> | undefined;
  const sockets = createClient({
    url: async () => {
      // The browser's cookies sign the socket in as it opens: they have to be good by then.
      if (connection.doubted()) await session.renew().catch(() => true);
      patience = setTimeout(() => sockets.terminate(), HANDSHAKE_WITHIN);
      return `${location.origin.replace('http', 'ws')}${ENDPOINT}`;
    },
    ...retrying,
    shouldRetry: (problem) => session.signedIn() && retrying.shouldRetry(problem),
    retryWait: (retries) => connection.wait(() => retrying.retryWait(retries)),
    keepAlive: 12_000,
    on: {
      connecting: () => connection.tried(),
      connected: () => {
        clearTimeout(patience);
        connection.made();
      },
      closed: (event) => {
        clearTimeout(patience);
        connection.lost((event as CloseEvent).code === FORBIDDEN);
      },
      ping: (received) => {
        if (!received) patience = setTimeout(() => sockets.terminate(), PONG_WITHIN);
      },
      pong: (received) => {
        if (received) clearTimeout(patience);
      },
    },
  });
  return sockets;
}
