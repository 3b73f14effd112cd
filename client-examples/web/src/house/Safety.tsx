// What keeps one's account safe: the password, a second factor, where one is signed in, and API tokens.
import { useQuery } from '@apollo/client/react';
import { useState, type FormEvent } from 'react';
import { Button, Form, Label, Radio, RadioGroup } from 'react-aria-components';
import { encode } from 'uqr';
import { useInside } from '../App';
import {
  BeginSecondFactorDocument,
  ChangePasswordDocument,
  CreateApiTokenDocument,
  DisableSecondFactorDocument,
  EnableSecondFactorDocument,
  EndSessionDocument,
  RenewRecoveryCodesDocument,
  RevokeApiTokenDocument,
  SafetyDocument,
  type ApiTokenScope,
  type SafetyQuery,
} from '../api/generated/graphql';
import { problemOf } from '../api/problems';
import { stamp } from '../conversation/times';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence, useWords } from '../words';

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

interface Done {
  onDone: () => Promise<void>;
}

function Password({ onDone }: Done) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [saved, setSaved] = useState(false);
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = { currentPassword: current, newPassword: next };
    const done = await run(() => chat.client.mutate({ mutation: ChangePasswordDocument, variables: { input } }));
    setSaved(done);
    if (!done) return;
    setCurrent('');
    setNext('');
    await onDone();
  };
  return (
    <section>
      <h3>{say.password}</h3>
      <Form onSubmit={(event) => void submit(event)} validationBehavior="aria">
        <Field
          label={say.safety.current}
          wrong={about('currentPassword')}
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
        />
        <Field
          label={say.safety.next}
          help={say.passwordHelp}
          wrong={about('newPassword')}
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={setNext}
        />
        <Wrong problem={problem?.field ? null : problem} />
        <div className="deeds">
          <span role="status">{saved && !busy && say.safety.changed}</span>
          <Button type="submit" data-busy={busy || undefined} isDisabled={!current || !next}>
            {say.safety.change}
          </Button>
        </div>
      </Form>
    </section>
  );
}

function SecondFactor({ isOn, onDone }: Done & { isOn: boolean }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [password, setPassword] = useState('');
  const [otp, setOtp] = useState('');
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const clear = () => {
    setPassword('');
    setOtp('');
  };
  const begin = () =>
    run(async () => {
      const { data } = await chat.client.mutate({ mutation: BeginSecondFactorDocument, variables: { password } });
      setBegun(data!.beginSecondFactor!);
      clear();
    });
  const enable = () =>
    run(async () => {
      const { data } = await chat.client.mutate({ mutation: EnableSecondFactorDocument, variables: { otp } });
      setCodes(data!.enableSecondFactor!);
      setBegun(null);
      clear();
      await onDone();
    });
  const disable = () =>
    run(async () => {
      await chat.client.mutate({ mutation: DisableSecondFactorDocument, variables: { password, otp } });
      setCodes(null);
      clear();
      await onDone();
    });
  const renew = () =>
    run(async () => {
      const { data } = await chat.client.mutate({ mutation: RenewRecoveryCodesDocument, variables: { password } });
      setCodes(data!.renewRecoveryCodes!);
      clear();
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void (begun ? enable() : isOn ? disable() : begin());
  };
  return (
    <section>
      <h3>{say.safety.factor}</h3>
      <p className="quiet">{isOn ? say.safety.factorIsOn : say.safety.factorHelp}</p>
      {codes && (
        <div className="codes" role="status">
          <p>{say.safety.codesHelp}</p>
          <ul>
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {begun && (
        <div className="begun">
          <QrCode text={begun.uri} label={say.safety.qr} />
          <p>
            {say.safety.scan} <code>{begun.secret}</code>
          </p>
        </div>
      )}
      <Form onSubmit={submit} validationBehavior="aria">
        {!begun && (
          <Field
            label={say.safety.current}
            wrong={problem?.field === 'password' ? say.fields.currentPassword : null}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
          />
        )}
        {(begun || isOn) && (
          <Field
            label={say.safety.code}
            wrong={about('otp')}
            autoComplete="one-time-code"
            verbatim
            value={otp}
            onChange={setOtp}
          />
        )}
        <Wrong problem={problem?.field ? null : problem} />
        <div className="deeds">
          {isOn && !begun && (
            <Button data-busy={busy || undefined} isDisabled={!password} onPress={() => void renew()}>
              {say.safety.renewCodes}
            </Button>
          )}
          <Button
            type="submit"
            className={isOn && !begun ? 'grave' : ''}
            data-busy={busy || undefined}
            isDisabled={begun ? !otp : !password || (isOn && !otp)}
          >
            {begun ? say.safety.turnOn : isOn ? say.safety.turnOff : say.safety.setUp}
          </Button>
        </div>
      </Form>
    </section>
  );
}

function QrCode({ text, label }: { text: string; label: string }) {
  const { size, data } = encode(text, { border: 2 });
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark} fill="#000" />
    </svg>
  );
}

function SignIns({ sessions, onDone }: Done & { sessions: NonNullable<SafetyQuery['sessions']> }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const end = (id: string) =>
    run(async () => {
      await chat.client.mutate({ mutation: EndSessionDocument, variables: { id } });
      await onDone();
    });
  return (
    <section>
      <h3>{say.safety.signIns}</h3>
      <Wrong problem={problem} />
      <ul className="entries">
        {sessions.map(({ id, userAgent, lastSeenAt, current }) => (
          <li key={id}>
            <span className="about">
              <strong>{current ? say.safety.thisOne : shortened(userAgent)}</strong>
              <small>{stamp(lastSeenAt, say)}</small>
            </span>
            {!current && (
              <Button className="link" data-busy={busy || undefined} onPress={() => void end(id)}>
                {say.safety.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The browser and the system, of all that it says of itself. */
function shortened(agent: string | null): string {
  const system = agent?.match(/\(([^;)]+)/)?.[1];
  const browser = agent?.match(/(Firefox|Edg|Chrome|Version)\/\d+/)?.[0].replace('/', ' ');
  return [browser, system].filter(Boolean).join(' · ') || agent || '?';
}

function Tokens({ tokens, onDone }: Done & { tokens: NonNullable<SafetyQuery['apiTokens']> }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<ApiTokenScope>('READ');
  const [password, setPassword] = useState('');
  const [made, setMade] = useState<string | null>(null);
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const create = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const input = { name, scope, password };
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
        <Field
          label={say.safety.current}
          wrong={problem?.field === 'password' ? say.fields.currentPassword : null}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
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
