// A second factor: an authenticator app, and codes for when it is lost.
import { useState, type FormEvent } from 'react';
import { Button, Form } from 'react-aria-components';
import { encode } from 'uqr';
import { useInside } from '../App';
import {
  BeginSecondFactorDocument,
  DisableSecondFactorDocument,
  EnableSecondFactorDocument,
  RenewRecoveryCodesDocument,
} from '../api/apart/generated/graphql';
import { Field } from '../ui/Field';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence, useWords } from '../words';
import { OwnPassword } from './OwnPassword';
import type { Done } from './Safety';

export function SecondFactor({ isOn, onDone }: Done & { isOn: boolean }) {
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
      const { data } = await chat.client.mutate({ mutation: RenewRecoveryCodesDocument, variables: { password, otp } });
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
          <OwnPassword problem={problem} value={password} onChange={setPassword} />
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
            <Button data-busy={busy || undefined} isDisabled={!password || !otp} onPress={() => void renew()}>
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
