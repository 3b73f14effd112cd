// The latest of every conversation, channels and people together: what one comes home to.
import { Button } from 'react-aria-components';
import { useLocation } from 'wouter';
import type { Room } from '../api/said';
import { Excerpt } from '../conversation/Excerpt';
import { useWords } from '../words';
import { unread, useTitle } from './rooms';

/** More than that is found by going there. */
const SHOWN = 20;

export function Latest({ rooms }: { rooms: readonly Room[] }) {
  const say = useWords();
  const title = useTitle();
  const [, go] = useLocation();
  const spoken = rooms.filter(({ lastMessage }) => lastMessage).slice(0, SHOWN);
  return (
    <ul className="excerpts home-latest" aria-label={say.latest}>
      {spoken.map((room) => (
        <li key={room.id}>
          <Excerpt said={room.lastMessage!} where={title(room)} />
          <Button className="link" onPress={() => go(`/c/${room.id}`)}>
            {say.open}
            <span className="unseen">: {title(room)}</span>
            {unread(room) > 0 && ` · ${say.unread(unread(room))}`}
          </Button>
        </li>
      ))}
    </ul>
  );
}
