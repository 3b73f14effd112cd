// A list of which one sees page after page, read anew when something is done to it.
import { useQuery } from '@apollo/client/react';
import type { OperationVariables, TypedDocumentNode } from '@apollo/client';
import { withMore } from '../api/policies';
import { problemOf } from '../api/problems';
import { useDoing } from '../ui/useDoing';

const MOST = 100;

export interface Listed<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The list that an operation has in one of its root fields. */
export function useListed<Data extends object, Field extends keyof Data & string, Given extends OperationVariables & { first?: number | null }>(
  document: TypedDocumentNode<Data, Given>,
  field: Field,
  given: Given & { first: number },
) {
  const { data, previousData, error, fetchMore, refetch } = useQuery(
    document as TypedDocumentNode<Data, OperationVariables>,
    { variables: given, fetchPolicy: 'no-cache' },
  );
  const { busy, problem, run } = useDoing();
  const page = ((data ?? previousData) as Data | undefined)?.[field] as Listed<any> | null | undefined;
  const shown = page?.nodes.length ?? 0;
  const more = () =>
    void run(() =>
      fetchMore({
        variables: { after: page!.pageInfo.endCursor },
        updateQuery: (there: any, { fetchMoreResult: next }: any) => ({ [field]: withMore(there[field], next[field]) }),
      } as any),
    );
  return {
    nodes: (page?.nodes ?? null) as NonNullable<Data[Field]> extends Listed<infer Node> ? readonly Node[] | null : never,
    hasMore: page?.pageInfo.hasNextPage ?? false,
    more,
    busy,
    problem: problem ?? (error ? problemOf(error) : null),
    run,
    /** All that is shown, as far as the server gives that many at once. */
    again: () => refetch({ ...given, first: Math.min(MOST, Math.max(given.first, shown)) }).then(() => undefined),
  };
}
