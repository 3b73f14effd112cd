// Invitations to a channel, or to the server: made, listed, ended.
import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { InvitesDocument, RevokeDocument } from '../api/generated/graphql';
import { problemOf } from '../api/problems';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { invite } from './deeds';

interface Given {
  /** Where they lead; to the server if null. */
  channelId: string | null;
}

export function ServerInvites({ onClose }: { onClose: () => void }) {
  const say = useWords();
  const [made, setMade] = useState(0);
  return (
    <Sheet title={say.inviteToServer} onClose={onClose}>
      <InviteLink channelId={null} onMade={() => setMade(made + 1)} />
      <Invites key={made} channelId={null} />
    </Sheet>
  );
}

/** A link with which others come in, made when it is asked for. */
export function InviteLink({ channelId, onMade }: Given & { onMade?: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [url, setUrl] = useState<string | null>(null);
  const [copied, setCopied] = useState(false);
  const make = () =>
    run(async () => {
      setUrl(await invite(chat, channelId));
      onMade?.();
    });
  const copy = () => run(() => navigator.clipboard.writeText(url!)).then(setCopied);
  return (
    <>
      <Wrong problem={problem} />
      {url === null ? (
        <Button data-busy={busy || undefined} onPress={() => void make()}>
          {say.inviteLink}
        </Button>
      ) : (
        <div className="invite">
          <Field label={say.inviteLink} help={say.linkHelp} value={url} onChange={() => {}} verbatim isReadOnly />
          <Button onPress={() => void copy()}>{copied ? say.copied : say.copy}</Button>
        </div>
      )}
    </>
  );
}

/** The invitations that are still good, and how to end them. */
export function Invites({ channelId }: Given) {
  const say = useWords();
  const { chat } = useInside();
  const { data, error, refetch } = useQuery(InvitesDocument, {
    variables: { channelId },
    fetchPolicy: 'no-cache',
  });
  const { problem, run } = useDoing();
  const now = new Date().toISOString();
  const good = data?.invites?.nodes.filter(({ revoked, expiresAt }) => !revoked && expiresAt > now) ?? [];
  const revoke = (code: string) =>
    run(async () => {
      await chat.client.mutate({ mutation: RevokeDocument, variables: { code } });
      await refetch();
    });
  if (!good.length && !error) return null;
  return (
    <section className="blocked">
      <h3>{say.invitations}</h3>
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      <ul className="entries">
        {good.map(({ code, uses, createdBy }) => (
          <li key={code}>
            <span className="about">
              <strong>{createdBy?.displayName ?? say.gone}</strong>
              <small>{say.used(uses)}</small>
            </span>
            <Button className="link" onPress={() => void revoke(code)}>
              {say.revoke}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
