// Asks for how long somebody is to say nothing in a channel.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import type { Room } from '../api/said';
import { endOf, HowLong } from '../ui/HowLong';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { mute } from './deeds';

interface Given {
  room: Room;
  whom: { id: string; displayName: string };
  onClose: () => void;
  onDone: () => void;
}

/** In hours. */
const SPANS = [1, 24, 7 * 24, null];

export function Muting({ room, whom, onClose, onDone }: Given) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [span, setSpan] = useState<number | null>(1);
  const confirm = async () => {
    if (!(await run(() => mute(chat, room.id, whom.id, endOf(span))))) return;
    onDone();
    onClose();
  };
  return (
    <Sheet title={say.muteWhom(whom.displayName)} onClose={onClose} wide>
      <HowLong label={say.howLong} spans={SPANS} value={span} onChange={setSpan} />
      <Wrong problem={problem} />
      <div className="deeds">
        <Button onPress={onClose}>{say.cancel}</Button>
        <Button className="main" data-busy={busy || undefined} onPress={() => void confirm()}>
          {say.mute}
        </Button>
      </div>
    </Sheet>
  );
}
