// All files of a conversation, newest first.
import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { FilesOfDocument } from '../api/apart/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import type { Room, Shown } from '../api/said';
import { useStore } from '../store';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { Card } from './Cards';
import { FileSheet } from './FileSheet';
import { useWords } from './useWords';

export function ChannelFiles({ room, onClose }: { room: Room; onClose: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const { data, previousData, error, refetch, fetchMore } = useQuery(FilesOfDocument, {
    variables: { channelId: room.id },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.files;
  const { problem, run } = useDoing();
  const [open, setOpen] = useState<Shown | null>(null);
  const filed = useStore(chat.filed);
  const renew = useEffectEvent(() => void refetch().catch(() => {}));
  useEffect(() => {
    if (filed?.channelId === room.id) renew();
  }, [filed, room.id]);
  const more = () =>
    run(() =>
      fetchMore({
        variables: { after: page!.pageInfo.endCursor },
        updateQuery: (there, { fetchMoreResult: next }) => ({ files: withMore(there.files!, next.files!) }),
      }),
    );
  return (
    <Sheet title={say.files} onClose={onClose} wide>
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      <ul className="files all">
        {page?.nodes.map((file) => (
          <li key={file.id}>
            <Card given={file} onOpen={() => setOpen(file)} />
            <span className="quiet">{file.uploader?.displayName ?? say.gone}</span>
          </li>
        ))}
      </ul>
      {page?.nodes.length === 0 && <p className="quiet">{say.of.noFiles}</p>}
      {page?.pageInfo.hasNextPage && <Button onPress={() => void more()}>{say.more}</Button>}
      {open && <FileSheet id={open.id} name={open.name} onClose={() => setOpen(null)} />}
    </Sheet>
  );
}
