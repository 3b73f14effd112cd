// The list of conversations, by latest activity.
import { Hash, Inbox, Lock, Menu as Lines, MessageSquareText, Phone, Plus, Search, Users, type LucideIcon } from 'lucide-react';
import { memo, useEffect, useRef, type ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { useInside } from '../App';
import type { Room } from '../api/said';
import { until, useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { Keys } from '../ui/Keys';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import type { Over } from './House';
import { inSections, unread, useTitle } from './rooms';
import { useSignOut } from './SignOut';
import { others } from './titles';

interface Given {
  rooms: readonly Room[];
  here: string | null;
  show: (over: Over) => void;
}

/** In milliseconds. */
const MOMENT = 2_000;

export function Sidebar({ rooms, here, show }: Given) {
  const say = useWords();
  const { chat, me } = useInside();
  const { problem, signOut } = useSignOut();
  const [, go] = useLocation();
  const out = async () => {
    // What is on its way may have a moment to arrive.
    await until(chat.outbox.now, (left) => left.every(({ state }) => state === 'failed'), MOMENT);
    if (chat.left) show('out');
    else await signOut();
  };
  const calls = useStore(chat.calls);
  const failed = new Set(
    useStore(chat.outbox.now)
      .filter(({ state }) => state === 'failed')
      .map(({ channelId }) => channelId),
  );
  const { channels, direct } = inSections(rooms);
  return (
    <nav className="sidebar" aria-label={say.conversations}>
      <header>
        <MenuTrigger>
          <Button className="self">
            <Avatar person={me} />
            <span className="name">{me.displayName}</span>
            <span className="unseen">: {say.menu}</span>
            <Lines aria-hidden="true" />
          </Button>
          <Popover className="popover" placement="bottom start">
            <Menu
              className="menu"
              onAction={(key) => {
                if (key === 'out') void out();
                else if (key === 'admin') go('/admin/reports');
                else show(key as Over);
              }}
            >
              <MenuItem id="preferences">{say.preferences}</MenuItem>
              <MenuItem id="devices">{say.devices}</MenuItem>
              <MenuItem id="safety">{say.safety.title}</MenuItem>
              {me.role !== 'MEMBER' && <MenuItem id="admin">{say.keepOrder}</MenuItem>}
              {me.role !== 'MEMBER' && <MenuItem id="invite">{say.inviteToServer}</MenuItem>}
              {me.role === 'ADMIN' && <MenuItem id="all">{say.allChannels}</MenuItem>}
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
        <Keys of={['Ctrl', 'K']} />
      </Button>
      <div className="pair">
        <Button className="goto" onPress={() => show('search')}>
          <MessageSquareText aria-hidden="true" />
          <span>{say.searchAll}</span>
        </Button>
        <Link href="/" className="latest" aria-label={say.latest}>
          <Inbox aria-hidden="true" />
        </Link>
      </div>
      <div className="lists">
        <section aria-labelledby="channels">
          <Title id="channels" text={say.channels}>
            <Deed label={say.findChannels} Icon={Search} onPress={() => show('find')} />
            <Deed label={say.createChannel} Icon={Plus} onPress={() => show('create')} />
          </Title>
          <List rooms={channels} here={here} failed={failed} calls={calls} none={say.noChannels} />
          {channels.length === 0 && (
            <Button className="link" onPress={() => show('find')}>
              {say.findChannels}
            </Button>
          )}
        </section>
        <section aria-labelledby="people">
          <Title id="people" text={say.people}>
            <Deed label={say.startDirect} Icon={Plus} onPress={() => show('direct')} />
          </Title>
          <List rooms={direct} here={here} failed={failed} calls={calls} none={say.noDirect} />
        </section>
      </div>
    </nav>
  );
}

function Title({ id, text, children }: { id: string; text: string; children: ReactNode }) {
  return (
    <div className="title">
      <h2 id={id}>{text}</h2>
      {children}
    </div>
  );
}

function Deed({ label, Icon, onPress }: { label: string; Icon: LucideIcon; onPress: () => void }) {
  return (
    <Button className="icon" aria-label={label} onPress={onPress}>
      <Icon aria-hidden="true" />
    </Button>
  );
}

interface Listed {
  rooms: readonly Room[];
  here: string | null;
  /** Where something was not sent. */
  failed: ReadonlySet<string>;
  /** How many are in a call, and where. */
  calls: ReadonlyMap<string, number>;
  none: string;
}

function List({ rooms, here, failed, calls, none }: Listed) {
  if (!rooms.length) return <p className="quiet">{none}</p>;
  return (
    <ul>
      {rooms.map((room) => (
        <Item
          key={room.id}
          room={room}
          here={room.id === here}
          failed={failed.has(room.id)}
          inCall={calls.get(room.id) ?? 0}
        />
      ))}
    </ul>
  );
}

interface Itemed {
  room: Room;
  here: boolean;
  failed: boolean;
  inCall: number;
}

const Item = memo(function Item({ room, here, failed, inCall }: Itemed) {
  const say = useWords();
  const title = useTitle();
  const count = unread(room);
  const calls = count ? (room.membership?.mentionCount ?? 0) : 0;
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (here) item.current!.scrollIntoView({ block: 'nearest' });
  }, [here]);
  return (
    <li ref={item}>
      <Link
        href={`/c/${room.id}`}
        className={count ? 'room fresh' : 'room'}
        aria-current={here ? 'page' : undefined}
      >
        <Face room={room} />
        <span className="name">
          {title(room)}
          {room.kind === 'PRIVATE' && <span className="unseen"> ({say.private})</span>}
        </span>
        {inCall > 0 && (
          <span className="in-call">
            <Phone aria-hidden="true" />
            <span className="unseen">{say.inCall(inCall)}</span>
          </span>
        )}
        {failed && <span className="failed">{say.someFailed}</span>}
        {calls > 0 && (
          <span className="count calls">
            <span aria-hidden="true">@</span>
            <span className="unseen">{say.mentions(calls)}</span>
          </span>
        )}
        {count > 0 && (
          <span className={room.membership?.notifications === 'ALL' ? 'count' : 'count soft'}>
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
  const { chat } = useInside();
  const online = useStore(chat.presence.online);
  if (room.kind === 'DIRECT') {
    const other = others(room, me.id)[0];
    return <Avatar person={other ?? me} online={other ? online.has(other.id) : undefined} />;
  }
  return <Kind kind={room.kind} />;
}

/** For whom a conversation is. */
export function Kind({ kind }: { kind: Room['kind'] }) {
  const Icon = kind === 'PUBLIC' ? Hash : kind === 'PRIVATE' ? Lock : Users;
  return (
    <span className="face" aria-hidden="true">
      <Icon />
    </span>
  );
}
