// Bars over time: drawn for who sees, and a table for who does not.
import { useId } from 'react';
import { useWords } from './useWords';

interface Given {
  title: string;
  bars: readonly { readonly value: number; readonly label: string }[];
}

const HEIGHT = 96;
const STEP = 20;
const GAP = 4;

export function Plot({ title, bars }: Given) {
  const say = useWords();
  const id = useId();
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = bars.length * STEP;
  const shown = (place: number) => place % Math.ceil(bars.length / 6) === 0;
  return (
    <figure className="plot">
      <figcaption id={id}>
        {title} <small className="quiet">{say.admin.most(most)}</small>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${HEIGHT + 18}`} aria-hidden="true" preserveAspectRatio="none">
        <line x1="0" x2={width} y1={HEIGHT} y2={HEIGHT} />
        {bars.map(({ value, label }, place) => {
          const height = (value / most) * (HEIGHT - 4);
          return (
            <g key={place}>
              <title>{`${label}: ${value.toLocaleString(say.code)}`}</title>
              <rect x={place * STEP + GAP / 2} width={STEP - GAP} y={HEIGHT - height} height={height} rx="2" />
            </g>
          );
        })}
      </svg>
      <div className="ticks" aria-hidden="true">
        {bars.filter((_, place) => shown(place)).map(({ label }) => (
          <span key={label}>{label}</span>
        ))}
      </div>
      <table className="unseen" aria-labelledby={id}>
        <tbody>
          {bars.map(({ value, label }, place) => (
            <tr key={place}>
              <th scope="row">{label}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
