// People, found by their names.
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { PeopleDocument } from '../api/generated/graphql';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import type { Person } from '../api/said';
import { Avatar } from '../ui/Avatar';
import { Field } from '../ui/Field';
import { touches } from '../ui/touches';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';

interface Given {
  /** What is done with one of them. */
  deed: string;
  onPick: (person: Person) => void;
  /** Whom there is nothing to do with. */
  but?: ReadonlySet<string>;
  /** With whom it has just been done, and how that is said. */
  done?: ReadonlySet<string>;
  doneDeed?: string;
  meId: string;
}

export function PickPeople({ deed, onPick, but, done, doneDeed, meId }: Given) {
  const say = useWords();
  const [sought, setSought] = useState('');
  const search = useDeferredValue(sought.trim());
  const { data, previousData, error, loading, fetchMore } = useQuery(PeopleDocument, {
    variables: { search, first: 30 },
    fetchPolicy: 'no-cache',
  });
  const page = (data ?? previousData)?.users;
  const people = page?.nodes.filter(({ id }) => !but?.has(id));
  const next = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  const { problem, run } = useDoing();
  const more = () =>
    run(() =>
      fetchMore({
        variables: { after: next },
        updateQuery: (there, { fetchMoreResult }) => ({ users: withMore(there.users!, fetchMoreResult.users!) }),
      }),
    );
  // A page may be of people with whom there is nothing to do.
  const inVain = people?.length === 0 && next !== null && !loading;
  useEffect(() => {
    if (inVain) void more();
  }, [inVain, next]);
  return (
    <>
      <Field label={say.searchPeople} value={sought} onChange={setSought} type="search" autoFocus={!touches()} />
      <Wrong problem={problem ?? (error ? problemOf(error) : null)} />
      <ul className="entries">
        {people?.map((person) => (
          <li key={person.id}>
            <Button
              className="entry"
              aria-disabled={done?.has(person.id)}
              onPress={() => done?.has(person.id) || onPick(person)}
            >
              <Avatar person={person} />
              <span className="about">
                <strong>{person.id === meId ? say.yourself(person.displayName) : person.displayName}</strong>
                <small>@{person.username}</small>
              </span>
              <span className="deed">{done?.has(person.id) ? doneDeed : deed}</span>
            </Button>
          </li>
        ))}
      </ul>
      {people?.length === 0 && !next && <p className="quiet">{search ? say.nothingFound : say.allAreIn}</p>}
      {next && <Button onPress={() => void more()}>{say.more}</Button>}
      <p role="status" className="unseen">
        {done && done.size > 0 && `${doneDeed}: ${done.size}`}
      </p>
    </>
  );
}
