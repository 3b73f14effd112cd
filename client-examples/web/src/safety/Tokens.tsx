// Tokens with which programs do what one may do.
import { useState, type FormEvent } from 'react';
import { Button, Form, Label, Radio, RadioGroup } from 'react-aria-components';
import { useInside } from '../App';
import {
  CreateApiTokenDocument,
  RevokeApiTokenDocument,
  type ApiTokenScope,
  type SafetyQuery,
} from '../api/apart/generated/graphql';
import { stamp } from '../conversation/times';
import { Field } from '../ui/Field';
import { endOf, HowLong } from '../ui/HowLong';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence, useWords } from '../words';
import { OwnPassword } from './OwnPassword';
import type { Done } from './Safety';

/** In hours. */
const SPANS = [30 * 24, 365 * 24, null];

export function Tokens({ tokens, onDone }: Done & { tokens: NonNullable<SafetyQuery['apiTokens']> }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<ApiTokenScope>('READ');
  const [password, setPassword] = useState('');
  const [span, setSpan] = useState<number | null>(null);
  const [made, setMade] = useState<string | null>(null);
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const create = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const input = { name, scope, password, expiresAt: endOf(span) };
      const { data } = await chat.client.mutate({ mutation: CreateApiTokenDocument, variables: { input } });
      setMade(data!.createApiToken!.token);
      setName('');
      setPassword('');
      await onDone();
    });
  };
  const revoke = (id: string) =>
    run(async () => {
      await chat.client.mutate({ mutation: RevokeApiTokenDocument, variables: { id } });
      setMade(null);
      await onDone();
    });
  return (
    <section>
      <h3>{say.safety.tokens}</h3>
      <p className="quiet">{say.safety.tokensHelp}</p>
      <ul className="entries">
        {tokens.map((token) => (
          <li key={token.id}>
            <span className="about">
              <strong>{token.name}</strong>
              <small>
                {say.safety.scopes[token.scope]} ·{' '}
                {token.expiresAt && `${say.safety.expires(stamp(token.expiresAt, say))} · `}
                {token.lastUsedAt ? say.safety.used(stamp(token.lastUsedAt, say)) : say.used(0)}
              </small>
            </span>
            <Button
              className="link"
              onPress={() => void revoke(token.id)}
              aria-label={`${say.safety.end}: ${token.name}`}
            >
              {say.safety.end}
            </Button>
          </li>
        ))}
      </ul>
      {made && (
        <div className="codes" role="status">
          <p>{say.safety.tokenHelp}</p>
          <code>{made}</code>
        </div>
      )}
      <Form onSubmit={create} validationBehavior="aria">
        <Field label={say.safety.tokenName} wrong={about('name')} value={name} onChange={setName} />
        <RadioGroup className="choices row" value={scope} onChange={(chosen) => setScope(chosen as ApiTokenScope)}>
          <Label>{say.safety.scope}</Label>
          {(['READ', 'WRITE', 'ADMIN'] as const).map((one) => (
            <Radio key={one} value={one}>
              {say.safety.scopes[one]}
            </Radio>
          ))}
        </RadioGroup>
        <HowLong label={say.howLong} spans={SPANS} value={span} onChange={setSpan} />
        <OwnPassword problem={problem} value={password} onChange={setPassword} />
        <Wrong problem={problem?.field ? null : problem} />
        <div className="deeds">
          <Button type="submit" data-busy={busy || undefined} isDisabled={!name.trim() || !password}>
            {say.safety.makeToken}
          </Button>
        </div>
      </Form>
    </section>
  );
}
