// The password that one has, asked for before anything about one's account is changed.
import type { Problem } from '../api/problems';
import { Field } from '../ui/Field';
import { useWords } from '../words';

interface Given {
  /** What came of the last attempt. */
  problem: Problem | null;
  value: string;
  onChange: (value: string) => void;
}

const NAMES = ['password', 'currentPassword'];

export function OwnPassword({ problem, value, onChange }: Given) {
  const say = useWords();
  return (
    <Field
      label={say.safety.current}
      wrong={problem?.field && NAMES.includes(problem.field) ? say.fields.currentPassword! : null}
      type="password"
      autoComplete="current-password"
      value={value}
      onChange={onChange}
    />
  );
}
