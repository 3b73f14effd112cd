// Who is in a conversation; adding people, and leaving.
import { useQuery } from '@apollo/client/react';
import { Ellipsis } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { Button, Label, Menu, MenuItem, MenuTrigger, Popover, Radio, RadioGroup } from 'react-aria-components';
import { useLocation } from 'wouter';
import { useInside } from '../App';
import { LeaveDocument, MembersOfDocument, type ChannelRole, type NotificationLevel, type Role } from '../api/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import type { Room } from '../api/said';
import { isMuted } from '../conversation/muted';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { AddPeople } from './AddPeople';
import { appoint, exportChannel, hear, remove, unmute } from './deeds';
import { InviteLink } from './Invites';
import { Muting } from './Muting';
import { useTitle } from './rooms';
import { maySettle, Settings } from './Settings';

/** Who may add people, by the kind of channel: the server decides, this only hides what is in vain. */
const ADDING: Record<Room['kind'], readonly string[]> = {
  DIRECT: [],
  GROUP: ['MEMBER', 'MODERATOR', 'OWNER'],
  PRIVATE: ['MODERATOR', 'OWNER'],
  PUBLIC: ['MEMBER', 'MODERATOR', 'OWNER'],
};

const PAGE = 100;

export function Members({ room, onClose }: { room: Room; onClose: () => void }) {
  const say = useWords();
  const title = useTitle();
  const { chat, me } = useInside();
  const [, go] = useLocation();
  const { busy, problem, run } = useDoing();
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [settling, setSettling] = useState(false);
  const [muting, setMuting] = useState<{ id: string; displayName: string } | null>(null);
  const online = useStore(chat.presence.online);
  const { data, previousData, error, fetchMore, refetch } = useQuery(MembersOfDocument, {
    variables: { id: room.id, first: PAGE },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.channel?.members;
  const shown = page?.nodes.length ?? 0;
  // Whoever has gone far into a long list is not sent back to its beginning.
  const renew = useEffectEvent(() => void (shown <= PAGE && refetch().catch(() => {})));
  useEffect(renew, [room.memberCount]);

  const leave = () =>
    run(async () => {
      await chat.client.mutate({ mutation: LeaveDocument, variables: { id: room.id } });
      go('/');
      chat.feed.dismiss(room.id);
    });
  const more = () =>
    run(() => fetchMore({
      variables: { after: page!.pageInfo.endCursor },
      updateQuery: (there, { fetchMoreResult: next }) => ({
        channel: {
          ...next.channel!,
          members: withMore(there.channel!.members, next.channel!.members),
        },
      }),
    }));

  if (muting) {
    return <Muting room={room} whom={muting} onClose={() => setMuting(null)} onDone={() => void refetch().catch(() => {})} />;
  }
  if (settling) return <Settings room={room} onClose={() => setSettling(false)} />;
  if (adding) {
    return (
      <AddPeople
        channelId={room.id}
        members={page?.nodes.map(({ user }) => user.id) ?? []}
        onClose={() => setAdding(false)}
      />
    );
  }
  const role = room.membership?.role;
  return (
    <Sheet title={say.members} onClose={onClose} wide>
      {room.topic && <p className="quiet">{room.topic}</p>}
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      {role && ADDING[room.kind].includes(role) && (
        <Button onPress={() => setAdding(true)}>{say.addPeople}</Button>
      )}
      {maySettle(room) && <Button onPress={() => setSettling(true)}>{say.settings}</Button>}
      {role && ADDING[room.kind].includes(role) && <InviteLink channelId={room.id} />}
      {me.role === 'ADMIN' && (role || room.kind === 'PUBLIC') && (
        <Button onPress={() => void run(() => exportChannel(chat, room.id))}>{say.exportChannel}</Button>
      )}
      {room.membership && (
        <RadioGroup
          className="choices row"
          value={room.membership.notifications}
          onChange={(level) => void run(() => hear(chat, room.id, level as NotificationLevel))}
        >
          <Label>{say.notifications}</Label>
          {(['ALL', 'MENTIONS', 'NONE'] as const).map((level) => (
            <Radio key={level} value={level}>
              {say.levels[level]}
            </Radio>
          ))}
        </RadioGroup>
      )}
      <ul className="entries">
        {page?.nodes.map(({ user, role, mutedUntil }) => (
          <li key={user.id}>
            <Avatar person={user} online={online.has(user.id)} />
            <span className="about">
              <strong>{user.id === me.id ? say.yourself(user.displayName) : user.displayName}</strong>
              <small>
                @{user.username}
                {user.banned && ` · ${say.banned}`}
                {isMuted(mutedUntil) && ` · ${say.muted}`}
              </small>
            </span>
            {user.id !== me.id && room.kind !== 'DIRECT' && (
              <Keeping
                room={room}
                name={user.displayName}
                role={role}
                onServer={user.role}
                muted={isMuted(mutedUntil)}
                onMute={() => setMuting(user)}
                onUnmute={() => void run(() => unmute(chat, room.id, user.id).then(() => refetch()))}
                onRole={(next) => void run(() => appoint(chat, room.id, user.id, next).then(() => refetch()))}
                onRemove={() => void run(() => remove(chat, room.id, user.id).then(() => refetch()))}
              />
            )}
            {role !== 'MEMBER' && <small className="badge">{role === 'OWNER' ? say.owner : say.moderator}</small>}
          </li>
        ))}
      </ul>
      {page?.pageInfo.hasNextPage && <Button onPress={() => void more()}>{say.more}</Button>}
      {role && room.kind !== 'DIRECT' && (
        <div className="leaving">
          {leaving ? (
            <div role="group" aria-label={say.leaveSure(title(room))}>
              <p>
                <strong>{say.leaveSure(title(room))}</strong> {say.leaveHelp}
              </p>
              <div className="deeds">
                <Button onPress={() => setLeaving(false)} autoFocus>{say.cancel}</Button>
                <Button className="grave" data-busy={busy || undefined} onPress={() => void leave()}>
                  {say.leave}
                </Button>
              </div>
            </div>
          ) : (
            <Button className="grave" onPress={() => setLeaving(true)}>
              {say.leave}
            </Button>
          )}
        </div>
      )}
    </Sheet>
  );
}

interface Kept {
  room: Room;
  name: string;
  role: ChannelRole;
  /** Their role on the server. */
  onServer: Role;
  muted: boolean;
  onMute: () => void;
  onUnmute: () => void;
  onRole: (role: ChannelRole) => void;
  onRemove: () => void;
}

const RANK: Record<ChannelRole, number> = { MEMBER: 0, MODERATOR: 1, OWNER: 2 };

/** Among people; in a PUBLIC channel what one is on the server counts as well. */
function rank({ kind }: Room, role: ChannelRole | undefined, onServer: Role): number {
  const own = role ? RANK[role] : -1;
  if (kind !== 'PUBLIC' || onServer === 'MEMBER') return own;
  return onServer === 'ADMIN' ? 3 : Math.max(own, RANK.MODERATOR);
}

/** What who stands above a member can do about them. */
function Keeping({ room, name, role, onServer, muted, onMute, onUnmute, onRole, onRemove }: Kept) {
  const say = useWords();
  const { me } = useInside();
  const own = room.membership?.role;
  const above = rank(room, own, me.role);
  const mayMute = above >= RANK.MODERATOR && above > rank(room, role, onServer);
  const mayRemove = own ? RANK[own] > RANK[role] : false;
  if (!mayMute && !mayRemove) return null;
  const act = (key: string) => {
    if (key === 'remove') onRemove();
    else if (key === 'mute') onMute();
    else if (key === 'unmute') onUnmute();
    else onRole(key as ChannelRole);
  };
  return (
    <MenuTrigger>
      <Button className="icon" aria-label={say.actionsFor(name)}>
        <Ellipsis aria-hidden="true" />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          onAction={(key) => act(String(key))}
        >
          {own === 'OWNER' && role === 'MEMBER' && <MenuItem id="MODERATOR">{say.makeModerator}</MenuItem>}
          {own === 'OWNER' && role === 'MODERATOR' && <MenuItem id="MEMBER">{say.makeMember}</MenuItem>}
          {own === 'OWNER' && <MenuItem id="OWNER">{say.handOver}</MenuItem>}
          {mayMute && <MenuItem id={muted ? 'unmute' : 'mute'}>{muted ? say.unmute : say.mute}</MenuItem>}
          {mayRemove && (
            <MenuItem id="remove" className="react-aria-MenuItem grave">
              {say.removeFrom}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
