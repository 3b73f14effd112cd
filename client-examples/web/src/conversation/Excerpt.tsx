// A message outside of its conversation: who said it, when, and what.
import type { Latest } from '../api/said';
import { Avatar } from '../ui/Avatar';
import { usePerson } from '../ui/usePerson';
import { useWords } from '../words';
import { Markdown } from './Markdown';
import { fullTime, shortDay } from './times';

export function Excerpt({ said, where }: { said: Latest; where?: string }) {
  const say = useWords();
  const author = usePerson(said.author);
  return (
    <article className="excerpt">
      <Avatar person={author} />
      <header>
        <strong>{author?.displayName ?? say.gone}</strong>
        {where && <span className="quiet">{where}</span>}
        <time dateTime={said.createdAt} title={fullTime(said.createdAt, say)}>
          {shortDay(said.createdAt, say)}
        </time>
      </header>
      {said.body ? (
        <Markdown text={said.body} />
      ) : (
        <p className="quiet deleted">{said.deletedAt ? say.deleted : say.aFile}</p>
      )}
    </article>
  );
}
