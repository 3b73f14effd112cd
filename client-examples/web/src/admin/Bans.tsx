// Who is shut out, why, and until when.
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { BansDocument, UnbanDocument } from '../api/apart/generated/graphql';
import { stamp } from '../conversation/times';
import { Avatar } from '../ui/Avatar';
import { Wrong } from '../ui/Wrong';
import { useWords } from './useWords';
import { useListed } from './listed';
import { More } from './More';

export function Bans() {
  const say = useWords();
  const { chat } = useInside();
  const list = useListed(BansDocument, 'bans', { first: 50 });
  const unban = (userId: string) =>
    list.run(async () => {
      await chat.client.mutate({ mutation: UnbanDocument, variables: { userId } });
      await list.again();
    });
  return (
    <>
      <Wrong problem={list.problem} />
      <ul className="entries">
        {list.nodes?.map(({ id, user, reason, until, bannedBy, createdAt }) => (
          <li key={id}>
            <Avatar person={user} />
            <span className="about">
              <strong>{user?.displayName ?? say.gone}</strong>
              <span>{reason}</span>
              <small>
                {until ? say.admin.until(stamp(until, say)) : say.forGood} ·{' '}
                {say.admin.by(bannedBy?.displayName ?? say.gone)} · {stamp(createdAt, say)}
              </small>
            </span>
            {user && (
              <Button
                data-busy={list.busy || undefined}
                onPress={() => void unban(user.id)}
                aria-label={`${say.admin.unban}: ${user.displayName}`}
              >
                {say.admin.unban}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <More {...list} none={say.admin.noBans} />
    </>
  );
}
