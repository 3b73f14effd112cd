// One message, with what stands above it.
import { Ellipsis } from 'lucide-react';
import { memo } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { later } from '../ui/later';
import { usePerson } from '../ui/usePerson';
import { sentence, useWords } from '../words';
import type { Said, Shown } from '../api/said';
import { Hanging, Quote } from './Hanging';
import { Markdown } from './Markdown';
import type { Outgoing } from './outbox';
import type { Row } from './rows';
import { dayName, fullTime, shortTime } from './times';
import { today } from './today';

const Cards = later(() => import('../files/Cards').then(({ Cards }) => Cards));

export interface Doing {
  /** Opens what can be done with a message, beside a button. */
  onActions: (said: Said, button: HTMLElement) => void;
  onThread: (said: Said) => void;
  /** Opens a file with its versions. */
  onFile: (file: Shown) => void;
  /** Absent where one may not react. */
  onReact?: (said: Said, emoji: string) => void;
}

interface Given {
  row: Row;
  title: string;
  /** Goes back to where one types. */
  onType: () => void;
  doing: Doing;
}

export const Message = memo(function Message({ row, title, onType, doing }: Given) {
  const say = useWords();
  const { me } = useInside();
  const { said, outgoing } = row;
  const person = usePerson(said ? said.author : me);
  const name = person?.displayName ?? say.gone;
  const at = (said ?? outgoing)!.createdAt;
  const { body, replyTo, files } = (said ?? outgoing)!;
  const calls = said?.mentions.some(({ everybody, user }) => everybody || user?.id === me.id);
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
        className={`message${row.heads ? ' heads' : ''}${calls ? ' calls' : ''}`}
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
        {replyTo && !said?.deletedAt && <Quote of={replyTo} />}
        {said?.deletedAt ? (
          <p className="quiet deleted" id={`body-${row.key}`}>
            {say.deleted}
          </p>
        ) : body || !files?.length ? (
          <Markdown text={body} id={`body-${row.key}`} />
        ) : (
          <p className="unseen" id={`body-${row.key}`}>
            {files.map((file) => file.name).join(', ')}
          </p>
        )}
        {files && files.length > 0 && <Cards files={files} onOpen={doing.onFile} />}
        {said?.editedAt && (
          <small className="edited" title={fullTime(said.editedAt, say)}>
            {say.edited}
          </small>
        )}
        {said && (
          <Hanging
            said={said}
            onReact={doing.onReact && ((emoji) => doing.onReact!(said, emoji))}
            onThread={() => doing.onThread(said)}
          />
        )}
        {said && (
          <button
            type="button"
            className="more"
            aria-label={say.actionsOf(name)}
            aria-haspopup="dialog"
            onClick={({ currentTarget }) => doing.onActions(said, currentTarget)}
          >
            <Ellipsis aria-hidden="true" />
          </button>
        )}
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
