// Where one would write, for who looks in from outside: the way in.
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import type { Room } from '../api/said';
import { join } from '../house/deeds';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';

export function LookingIn({ room }: { room: Room }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  return (
    <div className="looking">
      <Wrong problem={problem} />
      <p>{say.notMember}</p>
      <Button className="main" data-busy={busy || undefined} onPress={() => void run(() => join(chat, room.id))}>
        {say.join}
      </Button>
    </div>
  );
}
