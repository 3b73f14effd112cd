// Begins a call in a conversation, or comes to the one that there is.
import { Phone } from 'lucide-react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import type { Room } from '../api/said';
import { others } from '../house/titles';
import { useTitle } from '../house/rooms';
import { useStore } from '../store';
import { callingOf } from './calling';
import { useWords } from './useWords';

export function CallButton({ room }: { room: Room }) {
  const say = useWords();
  const { chat, me } = useInside();
  const title = useTitle()(room);
  const calling = callingOf(chat);
  const going = useStore(calling.going);
  const inIt = useStore(chat.calls).get(room.id) ?? 0;
  if (going?.channelId === room.id) return null;
  // In the notes to oneself there is nobody to call.
  if (room.kind === 'DIRECT' && !others(room, me.id).length) return null;
  return (
    <Button
      className={inIt ? 'main in-call' : 'icon'}
      aria-label={inIt ? say.of.joinIn(title, inIt) : say.of.startIn(title)}
      onPress={() => void calling.join(room.id)}
    >
      <Phone aria-hidden="true" />
      {inIt > 0 && <span aria-hidden="true">{say.of.join}</span>}
    </Button>
  );
}
