// Every channel of the server, for its admins: what it is called, and how large it is.
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import { Button } from 'react-aria-components';
import { AllRoomsDocument } from '../api/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import type { Room } from '../api/said';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { touches } from '../ui/touches';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { Kind } from './Sidebar';
import { useEntering, type Entered } from './useEntering';

interface Given extends Entered {
  rooms: readonly Room[];
}

export function AllChannels({ rooms, visit, onClose }: Given) {
  const say = useWords();
  const { busy, problem, run, enter, joinAndEnter } = useEntering({ visit, onClose });
  const [sought, setSought] = useState('');
  const search = useDeferredValue(sought.trim());
  const { data, previousData, error, fetchMore } = useQuery(AllRoomsDocument, {
    variables: { search, first: 30 },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.allChannels;
  const own = new Set(rooms.map(({ id }) => id));
  const more = () =>
    run(() =>
      fetchMore({
        variables: { after: page!.pageInfo.endCursor },
        updateQuery: (there, { fetchMoreResult: next }) => ({
          allChannels: withMore(there.allChannels!, next.allChannels!),
        }),
      }),
    );
  return (
    <Sheet title={say.allChannels} onClose={onClose} wide>
      <p className="quiet">{say.allChannelsHelp}</p>
      <Field label={say.searchChannels} value={sought} onChange={setSought} type="search" autoFocus={!touches()} />
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      <ul className="entries">
        {page?.nodes.map(({ id, kind, name, topic, memberCount, messageCount }) => (
          <li key={id}>
            <Kind kind={kind} />
            <span className="about">
              <strong>{name ?? say.people}</strong>
              <small>
                {say.memberCount(memberCount)} · {say.messageCount(messageCount)}
                {topic && ` · ${topic}`}
              </small>
            </span>
            {own.has(id) ? (
              <Button onPress={() => enter(id)} aria-label={`${say.open}: ${name ?? say.people}`}>
                {say.open}
              </Button>
            ) : (
              (kind === 'PUBLIC' || kind === 'PRIVATE') && (
                <Button
                  className="main"
                  data-busy={busy || undefined}
                  onPress={() => void joinAndEnter(id)}
                  aria-label={`${say.join}: ${name}`}
                >
                  {say.join}
                </Button>
              )
            )}
          </li>
        ))}
      </ul>
      {page?.nodes.length === 0 && <p className="quiet">{say.nothingFound}</p>}
      {page?.pageInfo.hasNextPage && <Button onPress={() => void more()}>{say.more}</Button>}
    </Sheet>
  );
}
