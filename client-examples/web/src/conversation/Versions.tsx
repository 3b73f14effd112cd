// What a message has said before, for its author and for those who keep order.
import { useQuery } from '@apollo/client/react';
import { VersionsDocument } from '../api/generated/graphql';
import { problemOf } from '../api/problems';
import type { Said } from '../api/said';
import { Sheet } from '../ui/Sheet';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { Markdown } from './Markdown';
import { fullTime } from './times';

export function Versions({ said, onClose }: { said: Said; onClose: () => void }) {
  const say = useWords();
  const { data, error } = useQuery(VersionsDocument, {
    variables: { messageId: said.id },
    fetchPolicy: 'no-cache',
  });
  return (
    <Sheet title={say.versions} onClose={onClose} wide>
      <Wrong problem={error ? problemOf(error) : null} />
      <ol className="excerpts">
        {data?.messageEdits?.nodes.map(({ body, at }, number) => (
          <li key={number}>
            <time className="quiet" dateTime={at}>
              {fullTime(at, say)}
            </time>
            <Markdown text={body} />
          </li>
        ))}
      </ol>
    </Sheet>
  );
}
