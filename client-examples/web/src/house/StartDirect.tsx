// A conversation with one other person, or with oneself.
import { useInside } from '../App';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { openDirect } from './deeds';
import { PickPeople } from './PickPeople';

interface Given {
  visit: (channelId: string) => void;
  onClose: () => void;
}

export function StartDirect({ visit, onClose }: Given) {
  const say = useWords();
  const { chat, me } = useInside();
  const { problem, run } = useDoing();
  const begin = (userId: string) =>
    run(async () => {
      const channelId = await openDirect(chat, userId);
      onClose();
      visit(channelId);
    });
  return (
    <Sheet title={say.startDirect} onClose={onClose} wide>
      <Wrong problem={problem} />
      <PickPeople deed={say.open} onPick={({ id }) => void begin(id)} meId={me.id} />
    </Sheet>
  );
}
