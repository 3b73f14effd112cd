// Behind the door: the list of conversations beside the one that is looked at.
import { useCallback, useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { useLocation, useRoute } from 'wouter';
import { InTheWay, useInside, Waiting } from '../App';
import type { Room } from '../api/said';
import { Conversation } from '../conversation/Conversation';
import { kept, useStore } from '../store';
import { Keys } from '../ui/Keys';
import { fetchAll, later } from '../ui/later';
import { useWords } from '../words';
import { isPart } from '../admin/parts';
import { Invitation, invitedBy } from './Invitation';
import { useKeys } from './keys';
import { Latest } from './Latest';
import { LostLine } from './LostLine';
import { unread, useRooms } from './rooms';
import { Sidebar } from './Sidebar';
import { SignOut } from './SignOut';
import { Switcher } from './Switcher';

const ServerInvites = later(() => import('./Invites').then(({ ServerInvites }) => ServerInvites));
const AllChannels = later(() => import('./AllChannels').then(({ AllChannels }) => AllChannels));
const CreateChannel = later(() => import('./CreateChannel').then(({ CreateChannel }) => CreateChannel));
const FindChannels = later(() => import('./FindChannels').then(({ FindChannels }) => FindChannels));
const StartDirect = later(() => import('./StartDirect').then(({ StartDirect }) => StartDirect));
const Preferences = later(() => import('./Preferences').then(({ Preferences }) => Preferences));
const Search = later(() => import('./Search').then(({ Search }) => Search));
const Shortcuts = later(() => import('./Shortcuts').then(({ Shortcuts }) => Shortcuts));
const Calls = later(() => import('../calls/Calls').then(({ Calls }) => Calls));
const Devices = later(() => import('../calls/Devices').then(({ Devices }) => Devices));
const CallNotices = later(() => import('../calls/Calls').then(({ CallNotices }) => CallNotices));
const Lobby = later(() => import('../direct/Lobby').then(({ Lobby }) => Lobby));
const Admin = later(() => import('../admin/Admin').then(({ Admin }) => Admin));
const Safety = later(() => import('../safety/Safety').then(({ Safety }) => Safety));

export type Over =
  | 'search'
  | 'switch'
  | 'create'
  | 'find'
  | 'direct'
  | 'invite'
  | 'all'
  | 'preferences'
  | 'safety'
  | 'shortcuts'
  | 'devices'
  | 'out'
  | null;

export function House() {
  const { chat } = useInside();
  const say = useWords();
  const loading = useStore(chat.feed.loading);
  const rooms = useRooms();
  const [, route] = useRoute('/c/:id');
  const [place, go] = useLocation();
  const [over, setOver] = useState<Over>(null);
  const [, keeping] = useRoute('/admin/:part');
  const part = keeping && isPart(keeping.part) ? keeping.part : null;
  const here = route?.id ?? null;
  const invited = invitedBy(place);
  const visit = useCallback((id: string) => go(`/c/${id}`), [go]);
  useReturn(rooms, here, loading === 'ready' && !invited && !part);
  useKeys({ rooms, here, visit, over, show: setOver });

  const waiting = rooms.filter((room) => unread(room) > 0).length;
  useEffect(() => {
    if (!here && !part) document.title = waiting ? `(${waiting}) Tertulia` : 'Tertulia';
  }, [here, part, waiting]);

  useEffect(() => {
    if (loading === 'ready') fetchAll();
  }, [loading]);

  if (loading === 'loading') return <Waiting />;
  if (loading !== 'ready') return <InTheWay problem={loading} work={chat.feed.begin} />;
  const close = () => setOver(null);
  return (
    <div className={here || invited || part ? 'house talking' : 'house'}>
      <a className="skip" href="#conversation">
        {say.skip}
      </a>
      <Sidebar rooms={rooms} here={here} show={setOver} />
      {here ? (
        <Conversation key={here} channelId={here} waiting={waiting} />
      ) : invited ? (
        <Invitation code={invited} />
      ) : part ? (
        <Admin part={part} />
      ) : (
        <Home rooms={rooms} show={setOver} />
      )}
      <Calls />
      {/* Above whatever else is open. */}
      <div className="notices" data-react-aria-top-layer="true">
        <CallNotices visit={visit} />
        <Lobby visit={visit} />
      </div>
      <LostLine />
      {over === 'switch' && <Switcher rooms={rooms} onClose={close} visit={visit} />}
      {over === 'search' && <Search rooms={rooms} onClose={close} visit={visit} />}
      {over === 'create' && <CreateChannel onClose={close} visit={visit} />}
      {over === 'find' && <FindChannels onClose={close} visit={visit} />}
      {over === 'direct' && <StartDirect onClose={close} visit={visit} />}
      {over === 'invite' && <ServerInvites onClose={close} />}
      {over === 'all' && <AllChannels rooms={rooms} onClose={close} visit={visit} />}
      {over === 'safety' && <Safety onClose={close} />}
      {over === 'preferences' && <Preferences onClose={close} />}
      {over === 'devices' && <Devices onClose={close} />}
      {over === 'shortcuts' && <Shortcuts onClose={close} />}
      {over === 'out' && <SignOut onClose={close} />}
    </div>
  );
}

/** On a wide screen, one finds oneself where one was. */
function useReturn(rooms: readonly Room[], here: string | null, ready: boolean): void {
  const { me } = useInside();
  const [, go] = useLocation();
  const place = `last.${me.id}.room`;
  const arrived = useRef(false);
  useEffect(() => {
    if (here) kept.write(place, here);
  }, [place, here]);
  useEffect(() => {
    if (!ready || !rooms.length || arrived.current) return;
    arrived.current = true;
    const last = kept.read<string | null>(place, null);
    if (!here && rooms.some(({ id }) => id === last) && matchMedia('(width > 44rem)').matches) {
      go(`/c/${last}`, { replace: true });
    }
  }, [ready, place, here, rooms, go]);
}

function Home({ rooms, show }: { rooms: readonly Room[]; show: (over: Over) => void }) {
  const say = useWords();
  const { me } = useInside();
  return (
    <main className="nowhere" id="conversation">
      <div className="home">
        <h1>{say.hello(me.displayName)}</h1>
        {rooms.length ? (
          <>
            <p className="quiet">
              {say.pickOne} <Keys of={['Ctrl', 'K']} />
            </p>
            <Latest rooms={rooms} />
          </>
        ) : (
          <>
            <p className="quiet">{say.begin}</p>
            <div className="ways">
              <Button className="main" onPress={() => show('find')}>
                {say.findChannels}
              </Button>
              <Button onPress={() => show('create')}>{say.createChannel}</Button>
              <Button onPress={() => show('direct')}>{say.startDirect}</Button>
            </div>
          </>
        )}
      </div>
    </main>
  );
}
