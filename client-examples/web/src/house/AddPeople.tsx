// Bringing others into a conversation, one after the other.
import { useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { addMember } from './deeds';
import { PickPeople } from './PickPeople';

interface Given {
  channelId: string;
  /** Who is in it, as far as is known. */
  members: readonly string[];
  onClose: () => void;
}

export function AddPeople({ channelId, members, onClose }: Given) {
  const say = useWords();
  const { chat, me } = useInside();
  const { problem, run } = useDoing();
  const [added, setAdded] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<Promise<unknown>>(Promise.resolve());
  // Whoever is picked while another is on the way comes next.
  const add = (id: string) => {
    last.current = last.current.then(() =>
      run(async () => {
        await addMember(chat, channelId, id);
        setAdded((before) => new Set([...before, id]));
      }),
    );
  };
  return (
    <Sheet title={say.addPeople} onClose={onClose} wide>
      <Wrong problem={problem} />
      <PickPeople
        deed={say.add}
        onPick={({ id }) => add(id)}
        but={new Set(members.filter((id) => !added.has(id)))}
        done={added}
        doneDeed={say.added}
        meId={me.id}
      />
      <div className="deeds">
        <Button className="main" onPress={onClose}>
          {say.finish}
        </Button>
      </div>
    </Sheet>
  );
}
