// Where one is signed in, and an end to it.
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { EndSessionDocument, type SafetyQuery } from '../api/apart/generated/graphql';
import { stamp } from '../conversation/times';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import type { Done } from './Safety';

export function SignIns({ sessions, onDone }: Done & { sessions: NonNullable<SafetyQuery['sessions']> }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const end = (id: string) =>
    run(async () => {
      await chat.client.mutate({ mutation: EndSessionDocument, variables: { id } });
      await onDone();
    });
  return (
    <section>
      <h3>{say.safety.signIns}</h3>
      <Wrong problem={problem} />
      <ul className="entries">
        {sessions.map(({ id, userAgent, lastSeenAt, current }) => (
          <li key={id}>
            <span className="about">
              <strong>{current ? say.safety.thisOne : shortened(userAgent)}</strong>
              <small>{stamp(lastSeenAt, say)}</small>
            </span>
            {!current && (
              <Button
                className="link"
                data-busy={busy || undefined}
                onPress={() => void end(id)}
                aria-label={`${say.safety.end}: ${shortened(userAgent)}`}
              >
                {say.safety.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The browser and the system, of all that it says of itself. */
function shortened(agent: string | null): string {
  const system = agent?.match(/\(([^;)]+)/)?.[1];
  const browser = agent?.match(/(Firefox|Edg|Chrome|Version)\/\d+/)?.[0].replace('/', ' ');
  return [browser, system].filter(Boolean).join(' · ') || agent || '?';
}
