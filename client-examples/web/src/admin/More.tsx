// What stands below every list: that there is nothing, that there is more, or that it is to be tried again.
import { Button } from 'react-aria-components';
import type { Problem } from '../api/problems';
import { useWords } from './useWords';

interface Given {
  nodes: readonly unknown[] | null;
  hasMore: boolean;
  more: () => void;
  problem: Problem | null;
  busy: boolean;
  run: (work: () => Promise<unknown>) => unknown;
  again: () => Promise<unknown>;
  none: string;
}

export function More({ nodes, hasMore, more, problem, busy, run, again, none }: Given) {
  const say = useWords();
  if (!nodes && problem) {
    return (
      <Button data-busy={busy || undefined} onPress={() => void run(again)}>
        {say.tryAgain}
      </Button>
    );
  }
  if (!nodes) return <p className="quiet late">{say.loading}</p>;
  if (!nodes.length) return <p className="quiet">{none}</p>;
  return hasMore ? <Button onPress={more}>{say.more}</Button> : null;
}
