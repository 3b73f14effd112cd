// What keeps one's account safe: the password, a second factor, where one is signed in, and API tokens.
import { useQuery } from '@apollo/client/react';
import { SafetyDocument } from '../api/apart/generated/graphql';
import { problemOf } from '../api/problems';
import { Sheet } from '../ui/Sheet';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { Password } from './Password';
import { SecondFactor } from './SecondFactor';
import { SignIns } from './SignIns';
import { Tokens } from './Tokens';

export interface Done {
  /** Reads anew how things stand. */
  onDone: () => Promise<void>;
}

export function Safety({ onClose }: { onClose: () => void }) {
  const say = useWords();
  const { data, error, refetch } = useQuery(SafetyDocument, { fetchPolicy: 'no-cache' });
  const again = () => refetch().then(() => undefined);
  return (
    <Sheet title={say.safety.title} onClose={onClose} wide>
      <Wrong problem={error ? problemOf(error) : null} />
      {data && (
        <div className="safety">
          <Password onDone={again} />
          <SecondFactor isOn={data.me!.secondFactor ?? false} onDone={again} />
          <SignIns sessions={data.sessions!} onDone={again} />
          <Tokens tokens={data.apiTokens!} onDone={again} />
        </div>
      )}
    </Sheet>
  );
}
