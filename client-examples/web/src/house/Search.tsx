// Looking for what was said, in all that one may read.
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import { Button } from 'react-aria-components';
import { FindDocument } from '../api/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import type { Room } from '../api/said';
import { Excerpt } from '../conversation/Excerpt';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { touches } from '../ui/touches';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { useTitle } from './rooms';
import { seek } from './sought';

interface Given {
  rooms: readonly Room[];
  visit: (channelId: string) => void;
  onClose: () => void;
}

export function Search({ rooms, visit, onClose }: Given) {
  const say = useWords();
  const title = useTitle();
  const [sought, setSought] = useState('');
  const query = useDeferredValue(sought.trim());
  const { data, previousData, error, loading, fetchMore } = useQuery(FindDocument, {
    variables: { query },
    skip: query.length < 2,
    fetchPolicy: 'no-cache',
  });
  const page = query.length < 2 ? undefined : (data ?? previousData)?.searchMessages;
  const { problem, run } = useDoing();
  const names = new Map(rooms.map((room) => [room.id, title(room)]));
  const more = () =>
    run(() =>
      fetchMore({
        variables: { after: page!.pageInfo.endCursor },
        updateQuery: (there, { fetchMoreResult: next }) => ({
          searchMessages: withMore(there.searchMessages!, next.searchMessages!),
        }),
      }),
    );
  const refused = error && !loading ? problemOf(error) : null;
  return (
    <Sheet title={say.searchAll} onClose={onClose} wide>
      <Field
        label={say.searchFor}
        help={say.searchHelp}
        value={sought}
        onChange={setSought}
        type="search"
        autoFocus={!touches()}
      />
      <Wrong problem={problem ?? refused} />
      <ul className="excerpts">
        {page?.nodes.map((said) => (
          <li key={said.id}>
            <Excerpt said={said} where={names.get(said.channel.id)} />
            <Button
              className="link"
              onPress={() => {
                seek({ channelId: said.channel.id, id: said.id, cursor: said.cursor });
                onClose();
                visit(said.channel.id);
              }}
            >
              {say.goThere}
            </Button>
          </li>
        ))}
      </ul>
      <p className="quiet" role="status">
        {page?.nodes.length === 0 && !loading && say.foundNothing}
      </p>
      {page?.pageInfo.hasNextPage && <Button onPress={() => void more()}>{say.more}</Button>}
    </Sheet>
  );
}
