// What can go wrong, as a code with the facts that go with it.
import { CombinedGraphQLErrors, ServerError } from '@apollo/client';

export interface Problem {
  readonly code: string;
  readonly field?: string;
  readonly reason?: string;
  readonly until?: string | null;
  readonly retryAfter?: number;
  readonly errorId?: string;
  /** Of a second factor: there has to be one first. */
  readonly setUp?: boolean;
  /** Until when one may say nothing in a channel; null: for good. */
  readonly mutedUntil?: string | null;
}

/** The server could not be reached, or something between it and us answered in its place. */
export const UNREACHABLE: Problem = { code: 'UNREACHABLE' };

export function problemOf(error: unknown): Problem {
  if (CombinedGraphQLErrors.is(error)) return facts(error.errors[0]?.extensions);
  // Of a socket: the errors of an operation as they came.
  if (Array.isArray(error)) return facts(error[0]?.extensions);
  if (ServerError.is(error) && error.statusCode === 429) return { code: 'RATE_LIMITED' };
  if (ServerError.is(error) && error.statusCode === 413) return { code: 'PAYLOAD_TOO_LARGE' };
  return UNREACHABLE;
}

const facts = (extensions: Record<string, unknown> | undefined): Problem =>
  ({ code: 'INTERNAL', ...extensions }) as Problem;

/** Whether what was asked for is not there, or not for us. */
export const isGone = ({ code }: Problem): boolean => ['NOT_FOUND', 'FORBIDDEN'].includes(code);

/** Whether the same again may succeed by itself. */
export const isPassing = ({ code }: Problem): boolean =>
  ['UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED'].includes(code);
