// Says what arrives, to those who do not see it: a few in full, many as a number.
import { useEffect, useRef, useState } from 'react';
import { useInside } from '../App';
import type { Said } from '../api/said';
import { useWords } from '../words';

const TOGETHER = 800;
const FEW = 3;

const SHORT = 300;
const shortened = (body: string) => (body.length > SHORT ? `${body.slice(0, SHORT)} …` : body);

export function Announcer({ channelId, title }: { channelId: string; title: string }) {
  const say = useWords();
  const { chat, me } = useInside();
  const [lines, setLines] = useState<readonly string[]>([]);
  const turn = useRef(0);
  const waiting = useRef<Said[]>([]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      timer = undefined;
      turn.current += 1;
      const said = waiting.current.splice(0);
      setLines(
        said.length > FEW
          ? [say.saidMany(said.length, title)]
          : said.map(({ author, body }) => say.saidBy(author?.displayName ?? say.gone, shortened(body))),
      );
    };
    const stop = chat.heard.listen(() => {
      const heard = chat.heard.get();
      if (heard?.channelId !== channelId) return;
      waiting.current.push(...heard.messages.filter(({ author }) => author?.id !== me.id));
      if (waiting.current.length) timer ??= setTimeout(tell, TOGETHER);
    });
    if (waiting.current.length) timer = setTimeout(tell, TOGETHER);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [chat, channelId, title, me.id, say]);

  return (
    <div className="unseen" aria-live="polite" aria-relevant="additions">
      {lines.map((line, at) => (
        <p key={`${turn.current}.${at}`}>{line}</p>
      ))}
    </div>
  );
}
