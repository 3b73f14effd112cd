// Who is in a conversation; adding people, and leaving.
import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from 'react-aria-components';
import { useLocation } from 'wouter';
import { useInside } from '../App';
import { LeaveDocument, MembersOfDocument } from '../api/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import type { Room } from '../api/said';
import { Avatar } from '../ui/Avatar';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { addMember } from './deeds';
import { PickPeople } from './PickPeople';
import { useTitle } from './rooms';

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
  const [added, setAdded] = useState<ReadonlySet<string>>(new Set());
  const [leaving, setLeaving] = useState(false);
  const { data, previousData, error, fetchMore, refetch } = useQuery(MembersOfDocument, {
    variables: { id: room.id, first: PAGE },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.channel?.members;
  const shown = page?.nodes.length ?? 0;
  // Whoever has gone far into a long list is not sent back to its beginning.
  const renew = useEffectEvent(() => void (shown <= PAGE && refetch().catch(() => {})));
  useEffect(renew, [room.memberCount]);

  const add = (id: string) =>
    run(async () => {
      await addMember(chat, room.id, id);
      setAdded(new Set([...added, id]));
    });
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

  if (adding) {
    return (
      <Sheet title={say.addPeople} onClose={() => setAdding(false)} wide>
        <Wrong problem={problem} />
        <PickPeople
          deed={say.add}
          onPick={({ id }) => void add(id)}
          but={new Set(page?.nodes.map(({ user }) => user.id).filter((id) => !added.has(id)))}
          done={added}
          doneDeed={say.added}
          meId={me.id}
        />
      </Sheet>
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
      <ul className="entries">
        {page?.nodes.map(({ user, role }) => (
          <li key={user.id}>
            <Avatar person={user} />
            <span className="about">
              <strong>{user.id === me.id ? say.yourself(user.displayName) : user.displayName}</strong>
              <small>
                @{user.username}
                {user.banned && ` · ${say.banned}`}
              </small>
            </span>
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
