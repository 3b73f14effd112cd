// Who would like to talk directly, and what they have said where one does not look.
import { useEffect } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { callingOf } from '../calls/calling';
import { Notice } from '../calls/Notice';
import { useTitle } from '../house/rooms';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import type { Talk } from './talk';
import { talksOf } from './talks';
import { useWords } from './useWords';

interface Given {
  visit: (id: string) => void;
}

export function Lobby({ visit }: Given) {
  const say = useWords();
  const { chat } = useInside();
  const talks = talksOf(chat);
  const asking = useStore(talks.asking);
  const open = useStore(talks.open);
  useEffect(() => {
    talks.begin();
    return () => talks.end();
  }, [talks]);
  const accept = async (userId: string) => {
    try {
      const { channelId } = await talks.with(userId);
      visit(channelId);
      talks.shown.set(userId);
    } catch (error) {
      callingOf(chat).tell(error);
    }
  };
  return (
    <>
      {asking.map((person) => (
        <Notice
          key={person.id}
          text={`${say.of.wants(person.displayName)} ${say.of.wantsHelp}`}
          face={<Avatar person={person} />}
          grave
        >
          <Button className="main" onPress={() => void accept(person.id)}>
            {say.of.accept}
          </Button>
          <Button onPress={() => talks.decline(person.id)}>{say.of.notNow}</Button>
        </Notice>
      ))}
      {[...open].map(([userId, talk]) => (
        <News key={userId} talk={talk} visit={visit} />
      ))}
    </>
  );
}

function News({ talk, visit }: Given & { talk: Talk }) {
  const say = useWords();
  const { chat } = useInside();
  const talks = talksOf(chat);
  const title = useTitle();
  const fresh = useStore(talk.fresh);
  const isShown = useStore(talks.shown) === talk.userId;
  const room = chat.room(talk.channelId);
  useEffect(() => {
    if (isShown && fresh) talk.fresh.set(false);
  }, [talk, isShown, fresh]);
  if (!fresh || isShown || !room) return null;
  const show = () => {
    talks.shown.set(talk.userId);
    visit(talk.channelId);
  };
  return (
    <Notice text={say.of.news(title(room))} onClose={() => talk.fresh.set(false)}>
      <Button onPress={show}>{say.of.show}</Button>
    </Notice>
  );
}
