// Connects directly to the other of two, or shows what goes between them.
import { Cable } from 'lucide-react';
import { useEffect } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import type { Room } from '../api/said';
import { callingOf } from '../calls/calling';
import { others } from '../house/titles';
import { useStore } from '../store';
import { usePerson } from '../ui/usePerson';
import { Directly } from './Directly';
import { talksOf } from './talks';
import { useWords } from './useWords';

export function DirectButton({ room }: { room: Room }) {
  const say = useWords();
  const { chat, me } = useInside();
  const [somebody] = others(room, me.id);
  const other = usePerson(somebody ?? null);
  const talks = talksOf(chat);
  const talk = useStore(talks.open).get(other?.id ?? '');
  const shown = useStore(talks.shown) === other?.id;
  const id = other?.id;
  useEffect(
    () => () => {
      if (talks.shown.get() === id) talks.shown.set(null);
    },
    [talks, id],
  );
  if (!other) return null;
  const show = () => {
    talks.shown.set(other.id);
    talks.with(other.id).catch((error) => callingOf(chat).tell(error));
  };
  const hide = () => talks.shown.set(null);
  return (
    <>
      <Button
        className="icon"
        aria-label={say.of.directly(other.displayName)}
        data-on={talk !== undefined || undefined}
        onPress={show}
      >
        <Cable aria-hidden="true" />
      </Button>
      {shown && talk && <Directly talk={talk} name={other.displayName} onClose={hide} />}
    </>
  );
}
