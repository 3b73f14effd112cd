// A conversation with one other person, or with oneself.
import { useInside } from '../App';
import { OpenDirectDocument } from '../api/generated/graphql';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
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
      const { data } = await chat.client.mutate({ mutation: OpenDirectDocument, variables: { userId } });
      chat.feed.admit(data!.openDirectChannel!);
      onClose();
      visit(data!.openDirectChannel!.id);
    });
  return (
    <Sheet title={say.startDirect} onClose={onClose} wide>
      <Wrong problem={problem} />
      <PickPeople deed={say.open} onPick={({ id }) => void begin(id)} meId={me.id} />
    </Sheet>
  );
}
