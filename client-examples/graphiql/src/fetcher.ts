import type { Fetcher, FetcherParams, Observable } from '@graphiql/toolkit';
import { getOperationAST, parse, type ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { ask, current, listen, look, renew, settled, unauthenticated, type Problem } from './session';

const FORBIDDEN = 4403;

const sockets = createClient({
  url: async () => {
    // The browser's cookies sign the socket in as it opens: they have to be good by then.
    await settled();
    return `${location.origin.replace('http', 'ws')}/graphql`;
  },
  retryWait: (retries) =>
    new Promise((proceed) => setTimeout(proceed, retries && 1000 * 2 ** retries)),
  shouldRetry: (event) => Boolean(current().user) || closing(event)?.code !== FORBIDDEN,
  on: {
    closed: (event) => {
      if (closing(event)?.code === FORBIDDEN && current().user) void renew();
    },
  },
});

listen((now, before) => {
  if (now.user?.id !== before.user?.id) sockets.terminate();
});

export const fetcher: Fetcher = (params) => {
  const kind = operationKind(params);
  return kind === 'subscription' ? follow(params) : answer(params, kind);
};

async function answer(params: FetcherParams, kind: string | undefined): Promise<ExecutionResult> {
  const result = await ask(params).catch((error) => Promise.reject(told(error)));
  // It may have signed somebody in or out, or given them another name.
  if (kind === 'mutation') look().catch(() => {});
  return result as ExecutionResult;
}

function follow(params: FetcherParams): Observable<ExecutionResult> {
  const subscribe = (sink: Sink) => {
    let stopped = false;
    let stop = () => {};
    const start = (otherwise: (error: unknown) => void) => {
      stop = sockets.subscribe<ExecutionResult['data']>(params, {
        next: (result) => sink.next(result as ExecutionResult),
        error: otherwise,
        complete: () => sink.complete(),
      });
    };
    const fail = (error: unknown) => {
      if (!stopped) sink.error(told(error));
    };
    // Once its cookie has expired, a browser signs a socket in as nobody.
    start(async (error) => {
      const refused = Array.isArray(error) && unauthenticated(error as Problem[]);
      if (refused && (await renew()) && !stopped) start(fail);
      else fail(error);
    });
    return {
      unsubscribe() {
        stopped = true;
        stop();
      },
    };
  };
  return { subscribe } as Observable<ExecutionResult>;
}

interface Sink {
  next(result: ExecutionResult): void;
  error(error: unknown): void;
  complete(): void;
}

/** Undefined if the server has to tell what is wrong with the document. */
function operationKind({ query, operationName }: FetcherParams): string | undefined {
  try {
    return getOperationAST(parse(query), operationName)?.operation;
  } catch {
    return undefined;
  }
}

/** What GraphiQL can show: an error would come with its stack, an event with nothing. */
function told(error: unknown): unknown {
  if (error instanceof Error) return { message: error.message };
  const { code, reason } = closing(error) ?? {};
  if (!code && !(error instanceof Event)) return error;
  return { message: reason || 'The connection to the server was lost.', extensions: { code } };
}

const closing = (event: unknown): CloseEvent | undefined =>
  event instanceof Object && 'code' in event && 'reason' in event ? (event as CloseEvent) : undefined;
