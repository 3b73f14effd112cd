// What hangs on a message: the emoji beside it, and the replies to it.
import { MessagesSquare, Pin } from 'lucide-react';
import type { Said } from '../api/said';
import { usePerson } from '../ui/usePerson';
import { useWords } from '../words';
import { plain } from './Markdown';

interface Given {
  said: Said;
  /** Absent where one may not react. */
  onReact: ((emoji: string) => void) | undefined;
  onThread: () => void;
}

export function Hanging({ said, onReact, onThread }: Given) {
  const say = useWords();
  const { reactions, myReactions, replyCount, pinnedAt } = said;
  if (!reactions.length && !replyCount && !pinnedAt) return null;
  return (
    <div className="hanging">
      {pinnedAt && (
        <span className="pinned">
          <Pin aria-hidden="true" />
          {say.pinned}
        </span>
      )}
      {reactions.map(({ emoji, count }) => (
        <button
          key={emoji}
          type="button"
          className="reaction"
          aria-pressed={myReactions?.includes(emoji) ?? false}
          aria-label={say.reactedWith(emoji, count)}
          disabled={!onReact}
          onClick={() => onReact?.(emoji)}
        >
          <span aria-hidden="true">{emoji}</span> {count}
        </button>
      ))}
      {replyCount > 0 && (
        <button type="button" className="replies" onClick={onThread}>
          <MessagesSquare aria-hidden="true" />
          {say.replies(replyCount)}
        </button>
      )}
    </div>
  );
}

/** What a message replies to, in a line. */
export function Quote({ of }: { of: NonNullable<Said['replyTo']> }) {
  const say = useWords();
  const author = usePerson(of.author);
  return (
    <blockquote className="quote" dir="auto">
      <strong>{author?.displayName ?? say.gone}</strong>{' '}
      <span>{of.body ? plain(of.body) : of.deletedAt ? say.deleted : say.aFile}</span>
    </blockquote>
  );
}
