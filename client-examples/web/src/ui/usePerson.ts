// Somebody as they are called now.
import { useFragment } from '@apollo/client/react';
import { PersonFragmentDoc } from '../api/generated/graphql';
import type { Person } from '../api/said';

export function usePerson(author: Person | null): Person | null {
  const { data, complete } = useFragment({
    fragment: PersonFragmentDoc,
    fragmentName: 'Person',
    from: author ? { __typename: 'User', id: author.id } : null,
  });
  return complete && data ? (data as Person) : author;
}
