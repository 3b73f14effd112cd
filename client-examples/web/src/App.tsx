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
import { usePerson } from './ui/usePerson';
import { useTryingAgain } from './ui/useTryingAgain';
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
      return <InTheWay problem={session.problem} work={sessions.look} />;
    case 'out':
      return <SignIn sessions={sessions} why={session.why} />;
    case 'in':
      return <Entered key={session.me.id} sessions={sessions} connected={connected} me={session.me} />;
  }
}

/** What is in the way of the page, for now. */
export function InTheWay({ problem, work }: { problem: Problem; work: () => Promise<unknown> }) {
  const say = useWords();
  const { busy, again } = useTryingAgain(work);
  return (
    <main className="door">
      <div className="card">
        <Mark />
        <h1>Tertulia</h1>
        <Wrong problem={problem} />
        <Button className="main" data-busy={busy || undefined} onPress={again}>
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
