// What there is of calls wherever one looks: the one that one is in, what rings, and what came of it.
import { Phone, PhoneOff, Video } from 'lucide-react';
import { useEffect } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { useTitle } from '../house/rooms';
import { Face } from '../house/Sidebar';
import { useStore } from '../store';
import { sentence } from '../words';
import { callingOf, type Trouble } from './calling';
import { Notice } from './Notice';
import { ring } from './ring';
import { Stage } from './Stage';
import { useWords, type Words } from './useWords';

export function Calls() {
  const { chat } = useInside();
  const named = useNamed();
  const calling = callingOf(chat);
  const going = useStore(calling.going);
  useEffect(() => {
    calling.begin();
    return () => calling.end();
  }, [calling]);
  return going && <Stage going={going} calling={calling} title={named(going.channelId)} />;
}

export function CallNotices({ visit }: { visit: (id: string) => void }) {
  const say = useWords();
  const { chat } = useInside();
  const named = useNamed();
  const calling = callingOf(chat);
  const trouble = useStore(calling.trouble);
  const missed = useStore(chat.missed);
  useStore(calling.active.now);
  useStore(calling.going);
  const ringing = calling.ringing();
  const isRinging = ringing.length > 0;
  useEffect(() => (isRinging ? ring() : undefined), [isRinging]);
  const answer = (channelId: string, seen: boolean, callId?: string) => {
    visit(channelId);
    void calling.join(channelId, seen, callId);
  };
  return (
    <>
        {ringing.map(([channelId, { id }]) => (
          <Notice key={channelId} text={say.of.rings(named(channelId))} face={<FaceOf channelId={channelId} />} grave>
            <Button className="main" onPress={() => answer(channelId, false, id)}>
              <Phone aria-hidden="true" />
              {say.of.answer}
            </Button>
            <Button onPress={() => answer(channelId, true, id)}>
              <Video aria-hidden="true" />
              {say.of.answerSeen}
            </Button>
            <Button className="grave" onPress={() => void calling.active.decline(channelId)}>
              <PhoneOff aria-hidden="true" />
              {say.of.decline}
            </Button>
          </Notice>
        ))}
        {missed.map((channelId) => (
          <Notice
            key={channelId}
            text={say.of.missed(named(channelId))}
            face={<FaceOf channelId={channelId} />}
            onClose={() => chat.missed.set(missed.filter((id) => id !== channelId))}
          >
            <Button onPress={() => answer(channelId, false)}>{say.of.callBack}</Button>
          </Notice>
        ))}
        {trouble && <Notice text={told(trouble, say, named)} onClose={() => calling.trouble.set(null)} />}
    </>
  );
}

/** What a conversation is called. */
function useNamed(): (channelId: string) => string {
  const { chat } = useInside();
  const title = useTitle();
  return (channelId) => {
    const room = chat.room(channelId);
    return room ? title(room) : '';
  };
}

function FaceOf({ channelId }: { channelId: string }) {
  const { chat } = useInside();
  const room = chat.room(channelId);
  return room && <Face room={room} />;
}

function told(trouble: Trouble, say: Words, named: (channelId: string) => string): string {
  switch (trouble.what) {
    case 'problem':
      return sentence(say, trouble.problem);
    case 'full':
      return say.of.full;
    case 'over':
      return say.of.over;
    case 'noAnswer':
      return say.of.noAnswer(named(trouble.channelId));
    default:
      return say.of.troubles[trouble.what];
  }
}
