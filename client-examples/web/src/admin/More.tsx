// What stands below every list: that there is nothing, or that there is more.
import { Button } from 'react-aria-components';
import { useWords } from '../words';

interface Given {
  nodes: readonly unknown[] | null;
  hasMore: boolean;
  more: () => void;
  none: string;
}

export function More({ nodes, hasMore, more, none }: Given) {
  const say = useWords();
  if (!nodes) return <p className="quiet late">{say.loading}</p>;
  if (!nodes.length) return <p className="quiet">{none}</p>;
  return hasMore ? <Button onPress={more}>{say.more}</Button> : null;
}
