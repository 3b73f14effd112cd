// The channels that are open to all: found, looked into, joined.
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import { Button } from 'react-aria-components';
import { PublicRoomsDocument } from '../api/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { touches } from '../ui/touches';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { Face } from './Sidebar';
import { useEntering, type Entered } from './useEntering';

export function FindChannels({ visit, onClose }: Entered) {
  const say = useWords();
  const { busy, problem, run, enter, joinAndEnter } = useEntering({ visit, onClose });
  const [sought, setSought] = useState('');
  const search = useDeferredValue(sought.trim());
  const { data, previousData, error, fetchMore } = useQuery(PublicRoomsDocument, {
    variables: { search, first: 30 },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.publicChannels;

  const more = () =>
    run(() => fetchMore({
      variables: { after: page!.pageInfo.endCursor },
      updateQuery: (there, { fetchMoreResult: next }) => ({
        publicChannels: withMore(there.publicChannels!, next.publicChannels!),
      }),
    }));
  return (
    <Sheet title={say.findChannels} onClose={onClose} wide>
      <Field label={say.searchChannels} value={sought} onChange={setSought} type="search" autoFocus={!touches()} />
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      <ul className="entries">
        {page?.nodes.map((room) => (
          <li key={room.id}>
            <Button className="entry" onPress={() => enter(room.id)}>
              <Face room={room} />
              <span className="about">
                <strong>{room.name}</strong>
                <small>
                  {say.memberCount(room.memberCount)}
                  {room.topic && ` · ${room.topic}`}
                </small>
              </span>
            </Button>
            {!room.membership && (
              <Button
                className="main"
                data-busy={busy || undefined}
                onPress={() => void joinAndEnter(room.id)}
                aria-label={`${say.join}: ${room.name}`}
              >
                {say.join}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {page?.nodes.length === 0 && <p className="quiet">{say.nothingFound}</p>}
      {page?.pageInfo.hasNextPage && <Button onPress={() => void more()}>{say.more}</Button>}
    </Sheet>
  );
}
