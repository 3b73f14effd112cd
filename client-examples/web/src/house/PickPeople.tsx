// People, found by their names.
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import { Button } from 'react-aria-components';
import { PeopleDocument } from '../api/generated/graphql';
import { problemOf } from '../api/problems';
import type { Person } from '../api/said';
import { Avatar } from '../ui/Avatar';
import { Field } from '../ui/Field';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';

interface Given {
  /** What is done with one of them. */
  deed: string;
  onPick: (person: Person) => void;
  isDisabled?: boolean;
  /** Whom there is nothing to do with. */
  but?: ReadonlySet<string>;
  meId: string;
}

export function PickPeople({ deed, onPick, isDisabled = false, but, meId }: Given) {
  const say = useWords();
  const [sought, setSought] = useState('');
  const search = useDeferredValue(sought.trim());
  const { data, previousData, error, loading } = useQuery(PeopleDocument, {
    variables: { search, first: 30 },
    fetchPolicy: 'no-cache',
  });
  const people = (data ?? previousData)?.users?.nodes.filter(({ id }) => !but?.has(id));
  return (
    <>
      <Field label={say.searchPeople} value={sought} onChange={setSought} type="search" autoFocus />
      <Wrong problem={error ? problemOf(error) : null} />
      <ul className="entries" aria-busy={loading}>
        {people?.map((person) => (
          <li key={person.id}>
            <Avatar person={person} />
            <span className="about">
              <strong>{person.id === meId ? say.yourself(person.displayName) : person.displayName}</strong>
              <small>@{person.username}</small>
            </span>
            <Button
              className="main"
              isDisabled={isDisabled}
              onPress={() => onPick(person)}
              aria-label={`${deed}: ${person.displayName}`}
            >
              {deed}
            </Button>
          </li>
        ))}
      </ul>
      {people?.length === 0 && <p className="quiet">{say.nothingFound}</p>}
    </>
  );
}
