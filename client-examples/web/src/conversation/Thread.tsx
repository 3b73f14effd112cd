// A thread: what it began with, and all that was said in reply.
import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { ThreadDocument } from '../api/generated/graphql';
import { problemOf } from '../api/problems';
import type { Room, Said } from '../api/said';
import { useStore } from '../store';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { Excerpt } from './Excerpt';

interface Given {
  room: Room;
  said: Said;
  onReply: (to: Said) => void;
  onClose: () => void;
}

const PAGE = 50;

export function Thread({ room, said, onReply, onClose }: Given) {
  const say = useWords();
  const { chat } = useInside();
  const { data, previousData, error, refetch, fetchMore } = useQuery(ThreadDocument, {
    variables: { messageId: said.id, last: PAGE },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.thread;
  const { problem, run } = useDoing();
  const heard = useStore(chat.heard);
  const altered = useStore(chat.altered);
  const renew = useEffectEvent(() => void refetch().catch(() => {}));
  useEffect(() => {
    if (heard?.channelId === room.id || altered?.channelId === room.id) renew();
  }, [heard, altered, room.id]);
  const earlier = () =>
    run(() =>
      fetchMore({
        variables: { before: page!.pageInfo.startCursor },
        updateQuery: (there, { fetchMoreResult: next }) => ({
          thread: { ...next.thread!, nodes: [...next.thread!.nodes, ...there.thread!.nodes] },
        }),
      }),
    );
  return (
    <Sheet title={say.thread} onClose={onClose} wide>
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      {page?.pageInfo.hasPreviousPage && <Button onPress={() => void earlier()}>{say.more}</Button>}
      <ul className="excerpts">
        {page?.nodes.map((message) => (
          <li key={message.id}>
            <Excerpt said={message} />
          </li>
        ))}
      </ul>
      {room.membership && page && page.nodes.length > 0 && (
        <div className="deeds">
          <Button className="main" onPress={() => onReply(page.nodes.at(-1)!)}>
            {say.reply}
          </Button>
        </div>
      )}
    </Sheet>
  );
}
