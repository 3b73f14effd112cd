// Who else is writing something here at this moment.
import { useEffect, useState } from 'react';
import { useInside } from '../App';
import { TypingDocument } from '../api/generated/graphql';
import type { Person } from '../api/said';
import { following } from '../live/following';
import { useWords } from '../words';

/** In milliseconds, for which it holds; by our own clock, whatever the server's says. */
const HOLDS = 6_000;

export function Typists({ channelId }: { channelId: string }) {
  const say = useWords();
  const typing = useTyping(channelId);
  return (
    <p className="typists" role="status">
      {typing.length > 0 && say.typing(typing.map(({ displayName }) => displayName))}
    </p>
  );
}

function useTyping(channelId: string): readonly Person[] {
  const { chat, me } = useInside();
  const [there, setThere] = useState<readonly Person[]>([]);
  useEffect(() => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const stops = (id: string) => {
      clearTimeout(timers.get(id));
      timers.delete(id);
      setThere((known) => known.filter((person) => person.id !== id));
    };
    const unfollow = following({
      begin: () =>
        chat.client.subscribe({ query: TypingDocument, variables: { channelId }, fetchPolicy: 'no-cache' }),
      next: ({ typing: { user } }) => {
        if (user.id === me.id) return;
        clearTimeout(timers.get(user.id));
        timers.set(user.id, setTimeout(() => stops(user.id), HOLDS));
        setThere((known) => [...known.filter(({ id }) => id !== user.id), user]);
      },
      worthwhile: (problem) => chat.here() && problem === null,
      connection: chat.line,
    });
    // What was being written has been said.
    const deaf = chat.heard.listen(() => {
      const heard = chat.heard.get();
      if (heard?.channelId === channelId) for (const { author } of heard.messages) if (author) stops(author.id);
    });
    return () => {
      unfollow();
      deaf();
      for (const timer of timers.values()) clearTimeout(timer);
      setThere([]);
    };
  }, [chat, channelId, me.id]);
  return there;
}
