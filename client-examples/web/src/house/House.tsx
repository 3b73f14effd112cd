// Behind the door: the list of conversations beside the one that is looked at.
import { useCallback, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { useLocation, useRoute } from 'wouter';
import { useInside, Waiting } from '../App';
import { Conversation } from '../conversation/Conversation';
import { useStore } from '../store';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { CreateChannel } from './CreateChannel';
import { FindChannels } from './FindChannels';
import { useKeys } from './keys';
import { Preferences } from './Preferences';
import { unread, useRooms } from './rooms';
import { Shortcuts } from './Shortcuts';
import { Sidebar } from './Sidebar';
import { StartDirect } from './StartDirect';
import { Switcher } from './Switcher';

export type Over = 'switch' | 'create' | 'find' | 'direct' | 'preferences' | 'shortcuts' | null;

export function House() {
  const { chat } = useInside();
  const say = useWords();
  const loading = useStore(chat.feed.loading);
  const rooms = useRooms();
  const [, route] = useRoute('/c/:id');
  const [, go] = useLocation();
  const [over, setOver] = useState<Over>(null);
  const here = route?.id ?? null;
  const visit = useCallback((id: string) => go(`/c/${id}`), [go]);
  useKeys({ rooms, here, visit, over, show: setOver });

  const waiting = rooms.filter((room) => unread(room) > 0).length;
  useEffect(() => {
    if (!here) document.title = waiting ? `(${waiting}) Tertulia` : 'Tertulia';
  }, [here, waiting]);

  if (loading === 'loading') return <Waiting />;
  if (loading !== 'ready') {
    return (
      <main className="door">
        <div className="card">
          <Wrong problem={loading} />
          <Button className="main" onPress={() => void chat.feed.begin()}>
            {say.tryAgain}
          </Button>
        </div>
      </main>
    );
  }
  const close = () => setOver(null);
  return (
    <div className={here ? 'house talking' : 'house'}>
      <a className="skip" href="#conversation">
        {say.skip}
      </a>
      <Sidebar rooms={rooms} here={here} show={setOver} />
      {here ? <Conversation key={here} channelId={here} waiting={waiting} /> : <Nowhere />}
      {over === 'switch' && <Switcher rooms={rooms} onClose={close} visit={visit} />}
      {over === 'create' && <CreateChannel onClose={close} visit={visit} />}
      {over === 'find' && <FindChannels onClose={close} visit={visit} />}
      {over === 'direct' && <StartDirect onClose={close} visit={visit} />}
      {over === 'preferences' && <Preferences onClose={close} />}
      {over === 'shortcuts' && <Shortcuts onClose={close} />}
    </div>
  );
}

function Nowhere() {
  const say = useWords();
  return (
    <main className="nowhere" id="conversation">
      <p className="quiet">
        {say.pickOne} <kbd>Ctrl</kbd> <kbd>K</kbd> {say.pickOneAfter}
      </p>
    </main>
  );
}
