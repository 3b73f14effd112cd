// What went wrong, in a sentence, read out as it appears.
import type { Problem } from '../api/problems';
import { sentence, useWords } from '../words';

export function Wrong({ problem, children }: { problem: Problem | null; children?: React.ReactNode }) {
  const say = useWords();
  return (
    <div role="alert" className={problem ? 'wrong' : 'none'}>
      {problem && sentence(say, problem)}
      {problem && children}
    </div>
  );
}
