// A conversation that is not there, or cannot be had right now. What one has written in it is not lost for that.
import { useEffect, useEffectEvent } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useInside } from '../App';
import { isGone, type Problem } from '../api/problems';
import { useStore } from '../store';
import { sentence, useWords } from '../words';
import { Unsent } from './Unsent';

interface Given {
  channelId: string;
  problem: Problem;
  onAgain: () => void;
}

export function Missing({ channelId, problem, onAgain }: Given) {
  const say = useWords();
  const { chat } = useInside();
  const left = useStore(chat.outbox.now).some((message) => message.channelId === channelId);
  const again = useEffectEvent(onAgain);
  useEffect(() => chat.line.onMade(again), [chat]);
  return (
    <div className="nowhere">
      <div className="missing" role="alert">
        <p>{sentence(say, problem)}</p>
        {isGone(problem) ? <Link href="/">{say.backToList}</Link> : <Button onPress={onAgain}>{say.tryAgain}</Button>}
      </div>
      {isGone(problem) && left && (
        <section className="left-over">
          <h2>{say.leftOver}</h2>
          <Unsent channelId={channelId} />
        </section>
      )}
    </div>
  );
}
