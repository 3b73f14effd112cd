// Where one would write, for who looks in from outside: the way in.
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { JoinDocument } from '../api/generated/graphql';
import type { Room } from '../api/said';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';

export function LookingIn({ room }: { room: Room }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const join = () =>
    run(async () => {
      const { data } = await chat.client.mutate({ mutation: JoinDocument, variables: { id: room.id } });
      chat.feed.admit(data!.joinChannel!);
    });
  return (
    <div className="looking">
      <Wrong problem={problem} />
      <p>{say.notMember}</p>
      <Button className="main" data-busy={busy || undefined} onPress={() => void join()}>
        {say.join}
      </Button>
    </div>
  );
}
