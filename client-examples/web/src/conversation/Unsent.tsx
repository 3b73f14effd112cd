// What has been written and was not sent.
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { useStore } from '../store';
import { useWords } from '../words';
import { Markdown } from './Markdown';

/** All of it, or what was for one channel. */
export function Unsent({ channelId }: { channelId?: string }) {
  const say = useWords();
  const { chat } = useInside();
  const left = useStore(chat.outbox.now).filter((one) => !channelId || one.channelId === channelId);
  return (
    <ul className="unsent">
      {left.map(({ id, body }) => (
        <li key={id}>
          <Markdown text={body} />
          <Button className="link" onPress={() => chat.outbox.discard(id)}>
            {say.discard}
          </Button>
        </li>
      ))}
    </ul>
  );
}
