// For how long something is to hold.
import { Label, Radio, RadioGroup } from 'react-aria-components';
import { useWords } from '../words';

interface Given {
  label: string;
  /** In hours; null: without an end. */
  spans: readonly (number | null)[];
  value: number | null;
  onChange: (hours: number | null) => void;
}

export function HowLong({ label, spans, value, onChange }: Given) {
  const say = useWords();
  return (
    <RadioGroup
      className="choices row"
      value={String(value)}
      onChange={(chosen) => onChange(chosen === 'null' ? null : Number(chosen))}
    >
      <Label>{label}</Label>
      {spans.map((hours) => (
        <Radio key={hours} value={String(hours)}>
          {hours === null ? say.forGood : say.hours(hours)}
        </Radio>
      ))}
    </RadioGroup>
  );
}

/** When that is over, from now on. */
export const endOf = (hours: number | null): string | null =>
  hours === null ? null : new Date(Date.now() + hours * 3_600_000).toISOString();
