// What went wrong, in words.
import type { Problem } from '../api/problems';
import type { Words } from './en';

export function sentence(say: Words, problem: Problem): string {
  const { code, field = '' } = problem;
  const wrong = code === 'BAD_USER_INPUT' || code === 'UNAUTHENTICATED';
  if (wrong && say.fields[field]) return say.fields[field];
  if (code === 'CONFLICT' && say.conflicts[field]) return say.conflicts[field];
  return (say.problems[code] ?? say.problems.INTERNAL!)(problem);
}
