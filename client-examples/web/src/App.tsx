// Which page there is: the door, or the house behind it.
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Problem } from './api/problems';
import type { Me } from './api/said';
import type { Chat, Connected } from './chat';
import { House } from './house/House';
import type { Sessions } from './session/session';
import { Mark, SignIn } from './session/SignIn';
import { useStore } from './store';
import { useDoing } from './ui/useDoing';
import { usePerson } from './ui/usePerson';
import { Wrong } from './ui/Wrong';
import { useWords } from './words';

interface Inside {
  readonly chat: Chat;
  readonly me: Me;
  readonly sessions: Sessions;
}

const Context = createContext<Inside | null>(null);

/** What everything behind the door has at hand. */
export function useInside(): Inside {
  return useContext(Context)!;
}

export function App({ sessions, connected }: { sessions: Sessions; connected: Connected }) {
  const session = useStore(sessions.now);
  switch (session.state) {
    case 'looking':
      return <Waiting />;
    case 'unreachable':
      return <Unreachable sessions={sessions} problem={session.problem} />;
    case 'out':
      return <SignIn sessions={sessions} why={session.why} />;
    case 'in':
      return <Entered key={session.me.id} sessions={sessions} connected={connected} me={session.me} />;
  }
}

const AGAIN = 5_000;

function Unreachable({ sessions, problem }: { sessions: Sessions; problem: Problem }) {
  const say = useWords();
  const { busy, run } = useDoing();
  useEffect(() => {
    const again = () => void run(() => sessions.look());
    const timer = setInterval(again, AGAIN * (0.75 + Math.random() / 2));
    addEventListener('online', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
    };
  }, [sessions, run]);
  return (
    <main className="door">
      <div className="card">
        <Mark />
        <h1>Tertulia</h1>
        <Wrong problem={problem} />
        <Button className="main" data-busy={busy || undefined} onPress={() => void run(() => sessions.look())}>
          {say.tryAgain}
        </Button>
      </div>
    </main>
  );
}

function Entered({ sessions, connected, me }: { sessions: Sessions; connected: Connected; me: Me }) {
  const [chat, setChat] = useState<Chat | null>(null);
  // As one is called now, also where one has changed it elsewhere.
  const person = usePerson(me);
  const self = useMemo(() => ({ ...me, ...person }), [me, person]);
  useEffect(() => {
    setChat(connected.begin(me));
    return () => connected.end();
    // Another name is no other person.
  }, [connected, me.id]);
  if (!chat) return <Waiting />;
  return (
    <Context value={{ chat, me: self, sessions }}>
      <House />
    </Context>
  );
}

export function Waiting() {
  const say = useWords();
  return (
    <main className="door" aria-busy="true">
      <p className="quiet late">{say.looking}</p>
    </main>
  );
}
