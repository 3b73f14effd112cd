// The list of conversations, by latest activity.
import { Hash, Lock, Menu as Lines, Plus, Search, Users } from 'lucide-react';
import { memo } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { useInside } from '../App';
import type { Room } from '../api/said';
import { Avatar } from '../ui/Avatar';
import { useDoing } from '../ui/useDoing';
import { usePerson } from '../ui/usePerson';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import type { Over } from './House';
import { others, unread, useTitle } from './rooms';

interface Given {
  rooms: readonly Room[];
  here: string | null;
  show: (over: Over) => void;
}

export function Sidebar({ rooms, here, show }: Given) {
  const say = useWords();
  const { chat, me, sessions } = useInside();
  const self = usePerson(me) ?? me;
  const [, go] = useLocation();
  const { problem, run } = useDoing();
  const signOut = () =>
    run(async () => {
      await chat.reading.now();
      await sessions.leave();
      go('/');
    });
  const channels = rooms.filter(({ kind }) => kind === 'PUBLIC' || kind === 'PRIVATE');
  const direct = rooms.filter(({ kind }) => kind === 'DIRECT' || kind === 'GROUP');
  return (
    <nav className="sidebar" aria-label={say.conversations}>
      <header>
        <MenuTrigger>
          <Button className="self">
            <Avatar person={self} />
            <span className="name">{self.displayName}</span>
            <span className="unseen">: {say.menu}</span>
            <Lines aria-hidden="true" />
          </Button>
          <Popover className="popover" placement="bottom start">
            <Menu
              className="menu"
              onAction={(key) => (key === 'out' ? void signOut() : show(key as Over))}
            >
              <MenuItem id="preferences">{say.preferences}</MenuItem>
              <MenuItem id="shortcuts">{say.shortcuts}</MenuItem>
              <Separator />
              <MenuItem id="out">{say.signOut}</MenuItem>
            </Menu>
          </Popover>
        </MenuTrigger>
      </header>
      <Wrong problem={problem} />
      <Button className="goto" onPress={() => show('switch')}>
        <Search aria-hidden="true" />
        <span>{say.switchTo}</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </Button>
      <div className="lists">
        <section aria-labelledby="channels">
          <div className="title">
            <h2 id="channels">{say.channels}</h2>
            <Button className="icon" aria-label={say.findChannels} onPress={() => show('find')}>
              <Search aria-hidden="true" />
            </Button>
            <Button className="icon" aria-label={say.createChannel} onPress={() => show('create')}>
              <Plus aria-hidden="true" />
            </Button>
          </div>
          <List rooms={channels} here={here} none={say.noChannels} />
          {channels.length === 0 && (
            <Button className="link" onPress={() => show('find')}>
              {say.findChannels}
            </Button>
          )}
        </section>
        <section aria-labelledby="people">
          <div className="title">
            <h2 id="people">{say.people}</h2>
            <Button className="icon" aria-label={say.startDirect} onPress={() => show('direct')}>
              <Plus aria-hidden="true" />
            </Button>
          </div>
          <List rooms={direct} here={here} none={say.noDirect} />
        </section>
      </div>
    </nav>
  );
}

function List({ rooms, here, none }: { rooms: readonly Room[]; here: string | null; none: string }) {
  if (!rooms.length) return <p className="quiet">{none}</p>;
  return (
    <ul>
      {rooms.map((room) => (
        <Item key={room.id} room={room} here={room.id === here} />
      ))}
    </ul>
  );
}

const Item = memo(function Item({ room, here }: { room: Room; here: boolean }) {
  const say = useWords();
  const title = useTitle();
  const count = unread(room);
  return (
    <li>
      <Link
        href={`/c/${room.id}`}
        className={count ? 'room fresh' : 'room'}
        aria-current={here ? 'page' : undefined}
      >
        <Face room={room} />
        <span className="name">{title(room)}</span>
        {count > 0 && (
          <span className="count">
            <span aria-hidden="true">{count > 999 ? '999+' : count}</span>
            <span className="unseen">{say.unread(count)}</span>
          </span>
        )}
      </Link>
    </li>
  );
});

/** What a conversation is recognised by at a glance. */
export function Face({ room }: { room: Room }) {
  const { me } = useInside();
  if (room.kind === 'DIRECT') return <Avatar person={others(room, me.id)[0] ?? me} />;
  const Icon = room.kind === 'PUBLIC' ? Hash : room.kind === 'PRIVATE' ? Lock : Users;
  return (
    <span className="face" aria-hidden="true">
      <Icon />
    </span>
  );
}
