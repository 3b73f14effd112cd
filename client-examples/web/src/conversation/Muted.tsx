// What stands where one would write, for who may not.
import { sentence, useWords } from '../words';

/** The year for what has no end. */
const FOREVER = '9999';

export function Muted({ until }: { until: string }) {
  const say = useWords();
  const mutedUntil = until.startsWith(FOREVER) ? null : until;
  return (
    <div className="looking" role="status">
      <p>{sentence(say, { code: 'FORBIDDEN', mutedUntil })}</p>
    </div>
  );
}
