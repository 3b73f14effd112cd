// When to try again: options of createClient, for graphql-ws and for graphql-sse.
import { isRefusal } from './tokens.js';

const LONGEST = 10_000;

/** Resolves after half a second and then ever longer, by chance, so that not all come at once. */
async function wait(retries) {
  const longest = Math.min(LONGEST, 500 * 2 ** retries);
  const chosen = longest * (0.5 + Math.random() / 2);
  await new Promise((resolve) => setTimeout(resolve, chosen));
}

export const retrying = {
  retryAttempts: Infinity,
  shouldRetry: (problem) => !isRefusal(problem),
  retryWait: wait, // as graphql-ws calls it
  retry: wait, // as graphql-sse calls it
};
