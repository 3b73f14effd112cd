// An invitation that somebody has followed: what it is to, and the way in.
import { useQuery } from '@apollo/client/react';
import { Button } from 'react-aria-components';
import { useLocation } from 'wouter';
import { useInside } from '../App';
import { InvitationDocument } from '../api/generated/graphql';
import { isGone, problemOf } from '../api/problems';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { accept } from './deeds';

/** The code of the invitation at this address, if it is that of one. */
export const invitedBy = (path: string): string | null => /^\/invite\/([\w-]+)$/.exec(path)?.[1] ?? null;

/** What one may see of it before one accepts it. */
export function Preview({ code }: { code: string }) {
  const say = useWords();
  const { data, error } = useQuery(InvitationDocument, { variables: { code }, context: { asNobody: true } });
  const invite = data?.invite;
  if (error) {
    const problem = problemOf(error);
    return isGone(problem) ? <p className="wrong" role="alert">{say.inviteGone}</p> : <Wrong problem={problem} />;
  }
  if (!invite) return <p className="quiet late">{say.looking}</p>;
  return (
    <div className="invitation">
      <p>
        <strong>{say.invitedTo(invite.channelName ?? invite.serverName)}</strong>
      </p>
      <p className="quiet">
        {say.invitedBy(invite.invitedBy)}
        {invite.memberCount !== null && invite.memberCount !== undefined && ` · ${say.memberCount(invite.memberCount)}`}
      </p>
    </div>
  );
}

export function Invitation({ code }: { code: string }) {
  const say = useWords();
  const { chat } = useInside();
  const [, go] = useLocation();
  const { busy, problem, run } = useDoing();
  const enter = () =>
    run(async () => {
      const channelId = await accept(chat, code);
      go(channelId ? `/c/${channelId}` : '/', { replace: true });
    });
  return (
    <main className="nowhere" id="conversation">
      <div className="home">
        <Preview code={code} />
        <Wrong problem={problem} />
        <div className="ways">
          <Button className="main" data-busy={busy || undefined} onPress={() => void enter()}>
            {say.goOn}
          </Button>
        </div>
      </div>
    </main>
  );
}
