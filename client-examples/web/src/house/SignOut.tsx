// Signing out, and the question before it where something would be lost.
import { useEffect, useEffectEvent } from 'react';
import { Button } from 'react-aria-components';
import { useLocation } from 'wouter';
import { useInside } from '../App';
import { Unsent } from '../conversation/Unsent';
import { useStore } from '../store';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';

export function useSignOut() {
  const { chat, sessions } = useInside();
  const [, go] = useLocation();
  const { busy, problem, run } = useDoing();
  const signOut = () =>
    run(async () => {
      await chat.reading.now();
      await sessions.leave();
      go('/');
    });
  return { busy, problem, signOut };
}

export function SignOut({ onClose }: { onClose: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, signOut } = useSignOut();
  // Drawn anew with each of them that is sent after all.
  useStore(chat.outbox.now);
  const { left } = chat;
  const go = useEffectEvent(() => void signOut());
  useEffect(() => {
    if (!left) go();
  }, [left]);
  return (
    <Sheet title={say.signOutSure(left)} onClose={onClose}>
      <p>{say.signOutHelp}</p>
      <Unsent />
      <Wrong problem={problem} />
      <div className="deeds">
        <Button onPress={onClose}>{say.cancel}</Button>
        <Button className="grave" data-busy={busy || undefined} onPress={() => void signOut()}>
          {say.signOut}
        </Button>
      </div>
    </Sheet>
  );
}
