// One message, with what stands above it.
import { memo } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { usePerson } from '../ui/usePerson';
import { sentence, useWords, type Words } from '../words';
import { Markdown } from './Markdown';
import type { Outgoing } from './outbox';
import type { Row } from './rows';
import { today } from './today';

interface Given {
  row: Row;
  title: string;
  /** Goes back to where one types. */
  onType: () => void;
}

export const Message = memo(function Message({ row, title, onType }: Given) {
  const say = useWords();
  const { me } = useInside();
  const { said, outgoing } = row;
  const person = usePerson(said ? said.author : me);
  const name = person?.displayName ?? say.gone;
  const at = (said ?? outgoing)!.createdAt;
  const body = (said ?? outgoing)!.body;
  return (
    <>
      {row.begins && (
        <div className="beginning">
          <p>{say.beginning(title)}</p>
        </div>
      )}
      {row.day && <Day iso={row.day} />}
      {row.fresh && (
        <div className="fresh" role="separator">
          <span>{say.newMessages}</span>
        </div>
      )}
      <article
        className={row.heads ? 'message heads' : 'message'}
        tabIndex={-1}
        data-id={row.key}
        data-state={outgoing?.state}
        id={`message-${row.key}`}
        aria-label={`${name}, ${fullTime(at, say)}`}
        // Its own label, and then what is said.
        aria-labelledby={`message-${row.key} body-${row.key}`}
      >
        {row.heads && (
          <>
            <Avatar person={person} />
            <header>
              <strong>{name}</strong>
              <time dateTime={at} title={fullTime(at, say)}>
                {shortTime(at, say)}
              </time>
            </header>
          </>
        )}
        {!row.heads && (
          <time className="aside" dateTime={at} title={fullTime(at, say)} aria-hidden="true">
            {shortTime(at, say)}
          </time>
        )}
        <Markdown text={body} id={`body-${row.key}`} />
        {outgoing && <State outgoing={outgoing} onDone={onType} />}
      </article>
    </>
  );
});

function Day({ iso }: { iso: string }) {
  const say = useWords();
  useStore(today);
  return (
    <div className="day" role="separator">
      <span>{dayName(iso, say)}</span>
    </div>
  );
}

function State({ outgoing, onDone }: { outgoing: Outgoing; onDone: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const done = (work: (id: string) => void) => () => {
    work(outgoing.id);
    // The button that had the focus is gone.
    onDone();
  };
  if (outgoing.state !== 'failed') {
    return <p className="state">{outgoing.state === 'waiting' ? say.waiting : say.sending}</p>;
  }
  return (
    <p className="state failed" role="alert">
      {say.failed} {outgoing.problem && sentence(say, outgoing.problem)}{' '}
      <Button className="link" onPress={done((id) => chat.outbox.retry(id))}>
        {say.retry}
      </Button>{' '}
      <Button className="link" onPress={done((id) => chat.outbox.discard(id))}>
        {say.discard}
      </Button>
    </p>
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** As is usual where somebody lives. Making a format takes long, using one does not. */
function format(code: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = code + JSON.stringify(options);
  const local = navigator.languages.find((tag) => tag.startsWith(code)) ?? code;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(local, options);
  formats.set(key, known);
  return known;
}

const shortTime = (iso: string, say: Words) =>
  format(say.code, { hour: 'numeric', minute: '2-digit' }).format(new Date(iso));

const fullTime = (iso: string, say: Words) =>
  format(say.code, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(iso));

function dayName(iso: string, say: Words): string {
  const date = new Date(iso);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return say.today;
  if (date.toDateString() === yesterday.toDateString()) return say.yesterday;
  const year = date.getFullYear() === today.getFullYear() ? undefined : 'numeric';
  return format(say.code, { weekday: 'long', day: 'numeric', month: 'long', year }).format(date);
}
