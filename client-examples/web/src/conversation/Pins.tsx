// What is pinned in a conversation.
import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { PinnedDocument } from '../api/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import type { Latest, Room } from '../api/said';
import { useStore } from '../store';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { Excerpt } from './Excerpt';

interface Given {
  room: Room;
  onVisit: (message: Latest) => void;
  onClose: () => void;
}

export function Pins({ room, onVisit, onClose }: Given) {
  const say = useWords();
  const { chat } = useInside();
  const { data, previousData, error, refetch, fetchMore } = useQuery(PinnedDocument, {
    variables: { channelId: room.id },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.pins;
  const { problem, run } = useDoing();
  const altered = useStore(chat.altered);
  const renew = useEffectEvent(() => void refetch().catch(() => {}));
  useEffect(() => {
    if (altered?.channelId === room.id) renew();
  }, [altered, room.id]);
  const more = () =>
    run(() =>
      fetchMore({
        variables: { after: page!.pageInfo.endCursor },
        updateQuery: (there, { fetchMoreResult: next }) => ({ pins: withMore(there.pins!, next.pins!) }),
      }),
    );
  return (
    <Sheet title={say.pins} onClose={onClose} wide>
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      <ul className="excerpts">
        {page?.nodes.map(
          ({ message }) =>
            message && (
              <li key={message.id}>
                <Excerpt said={message} />
                <Button className="link" onPress={() => onVisit(message)}>
                  {say.goThere}
                </Button>
              </li>
            ),
        )}
      </ul>
      {page?.nodes.length === 0 && <p className="quiet">{say.noPins}</p>}
      {page?.pageInfo.hasNextPage && <Button onPress={() => void more()}>{say.more}</Button>}
    </Sheet>
  );
}
