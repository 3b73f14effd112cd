// A file with its versions: nothing is overwritten, and what lies side by side can be brought together.
import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import { v7 as uuid } from 'uuid';
import { useInside } from '../App';
import { OneFileDocument, TakeAwayDocument, type OneFileQuery } from '../api/apart/generated/graphql';
import { problemOf, type Problem } from '../api/problems';
import { fullTime } from '../conversation/times';
import { useStore } from '../store';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { isOld } from './fresh';
import { told, upload } from './uploads';
import { sized } from './sized';
import { useWords } from './useWords';

type Version = NonNullable<OneFileQuery['file']>['versions'][number];

interface Given {
  id: string;
  name: string;
  onClose: () => void;
}

export function FileSheet({ id, name, onClose }: Given) {
  const say = useWords();
  const { chat, me } = useInside();
  const { data, error, refetch } = useQuery(OneFileDocument, { variables: { id }, fetchPolicy: 'no-cache' });
  const { problem, run } = useDoing();
  const [failed, setFailed] = useState<Problem | null>(null);
  const [sure, setSure] = useState(false);
  const [sending, setSending] = useState<{ sent: number; size: number } | null>(null);
  const filed = useStore(chat.filed);
  const renew = useEffectEvent(() => void refetch().catch(() => {}));
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) renew();
    first.current = false;
  }, [filed]);
  const file = data?.file;
  const channelId = filed?.channelId;
  const versions = [...(file?.versions ?? [])].reverse();
  const heads = file?.heads ?? [];
  const add = async (chosen: File | undefined, parents: readonly string[]) => {
    if (!chosen || !file) return;
    setFailed(null);
    setSending({ sent: 0, size: chosen.size });
    const about = {
      id: uuid(),
      channelId: file.channel!.id,
      filename: chosen.name,
      replacesId: id,
      parentIds: parents.join(','),
    };
    const onProgress = (sent: number) => setSending({ sent, size: chosen.size });
    await upload(chat, chosen, about, { onProgress }).done.catch((why) => setFailed(told(why)));
    setSending(null);
    renew();
  };
  const takeAway = () =>
    run(() => chat.client.mutate({ mutation: TakeAwayDocument, variables: { id } })).then((done) => done && onClose());
  return (
    <Sheet title={say.of.versionsOf(file?.name ?? name)} onClose={onClose} wide>
      <Wrong problem={failed ?? problem ?? (error ? problemOf(error) : null)} />
      <ol className="versions" data-channel={channelId}>
        {versions.map((version) => (
          <li key={version.id}>
            <One version={version} newest={versions[0]!.id === version.id} heads={heads} all={versions} />
            {heads.length > 1 && heads.includes(version.id) && (
              <FileTrigger onSelect={(files) => void add(files?.[0], [version.id])}>
                <Button className="link">{say.of.newVersionOf(version.name)}</Button>
              </FileTrigger>
            )}
          </li>
        ))}
      </ol>
      {sending && <progress value={sending.sent} max={sending.size || 1} aria-label={say.of.newVersion} />}
      {file && (
        <div className="deeds">
          <FileTrigger onSelect={(files) => void add(files?.[0], heads)}>
            <Button>{heads.length > 1 ? say.of.merge : say.of.newVersion}</Button>
          </FileTrigger>
          {file.uploader?.id === me.id && !sure && (
            <Button className="grave" onPress={() => setSure(true)}>
              {say.of.takeAway}
            </Button>
          )}
          {sure && (
            <>
              <p>{say.of.takeAwaySure}</p>
              <Button onPress={() => setSure(false)}>{say.cancel}</Button>
              <Button className="grave" onPress={() => void takeAway()}>
                {say.remove}
              </Button>
            </>
          )}
        </div>
      )}
    </Sheet>
  );
}

interface Shown {
  version: Version;
  newest: boolean;
  heads: readonly string[];
  all: readonly Version[];
}

function One({ version, newest, heads, all }: Shown) {
  const say = useWords();
  const { name, url, size, createdAt, author, status, parents } = version;
  const from = all.filter(({ id }) => parents.includes(id));
  const fresh = url && !isOld(url) ? url : null;
  return (
    <p className="version">
      {fresh ? (
        <a href={fresh} target="_blank" rel="noreferrer" dir="auto">
          {name}
        </a>
      ) : (
        <span dir="auto">{name}</span>
      )}{' '}
      {newest && <strong>{say.of.newest}</strong>}
      {!newest && heads.includes(version.id) && <strong>{say.of.side}</strong>}
      <span className="quiet">
        {[
          author?.displayName ?? say.gone,
          fullTime(createdAt, say),
          status === 'READY' ? sized(size, say.code) : status === 'PENDING' ? say.of.pending : say.of.quarantined,
          ...from.map((one) => say.of.from(one.name)),
        ].join(' · ')}
      </span>
    </p>
  );
}
