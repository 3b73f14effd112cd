// A subscription that goes on: what ends it, other than the network, is tried again after a while.
import type { ApolloClient } from '@apollo/client';
import type { Observable } from 'rxjs';
import { problemOf, type Problem } from '../api/problems';
import { retrying } from '../../../resume/index.js';
import type { Connection } from './connection';

interface Given<Data> {
  /** Begins it, from where it is to go on. */
  begin: () => Observable<ApolloClient.SubscribeResult<Data>>;
  next: (data: Data) => void;
  /** Whether there is any use in trying again. */
  worthwhile: (problem: Problem | null) => boolean;
  connection: Connection;
}

/** The network is mended below; gives the function that ends it. */
export function following<Data>({ begin, next, worthwhile, connection }: Given<Data>): () => void {
  let over = false;
  let tries = 0;
  let current: { unsubscribe(): void } | undefined;

  const again = async (problem: Problem | null) => {
    current?.unsubscribe();
    if (!worthwhile(problem)) return;
    connection.doubt();
    const wait = ++tries;
    await connection.wait(() => retrying.retryWait(wait));
    if (!over && worthwhile(null)) start();
  };
  const start = () => {
    current = begin().subscribe({
      next({ data, error }) {
        if (data) {
          tries = 0;
          next(data);
        } else if (error) void again(problemOf(error));
      },
      error: (error) => void again(problemOf(error)),
      complete: () => void again(null),
    });
  };
  start();
  return () => {
    over = true;
    current?.unsubscribe();
  };
}
