// What went wrong, in words.
import type { Problem } from '../api/problems';
import type { Words } from './en';

export function sentence(say: Words, problem: Problem): string {
  const { code, field = '' } = problem;
  if (code === 'BAD_USER_INPUT' && say.fields[field]) return say.fields[field];
  if (code === 'CONFLICT' && say.conflicts[field]) return say.conflicts[field];
  return (say.problems[code] ?? say.problems.INTERNAL!)(problem);
}
