// The door: signing in, and making an account.
import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { WelcomeDocument } from '../api/generated/graphql';
import type { Problem } from '../api/problems';
import { invitedBy, Preview } from '../house/Invitation';
import { Field } from '../ui/Field';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { languages, sentence, speak, useWords } from '../words';
import type { Sessions } from './session';

export function SignIn({ sessions, why }: { sessions: Sessions; why: Problem | null }) {
  const say = useWords();
  const { data } = useQuery(WelcomeDocument, { context: { asNobody: true } });
  const code = invitedBy(location.pathname);
  const [making, setMaking] = useState(code !== null);
  const server = data?.server;
  useEffect(() => {
    document.title = server ? `${server.name} · Tertulia` : 'Tertulia';
  }, [server]);
  return (
    <main className="door">
      <div className="card">
        <Mark />
        <h1>{server?.name ?? 'Tertulia'}</h1>
        <p className="quiet">{say.welcome}</p>
        {why && <WhyOut why={why} />}
        {code && <Preview code={code} />}
        <Entering key={String(making)} sessions={sessions} making={making} code={code} />
        {server?.registration === 'OPEN' || (code && server?.registration === 'INVITE') ? (
          <p className="quiet">
            {making ? say.haveAccount : say.newHere}{' '}
            <Button className="link" onPress={() => setMaking(!making)}>
              {making ? say.signIn : say.signUp}
            </Button>
          </p>
        ) : (
          server && <p className="quiet">{server.registration === 'INVITE' ? say.invitesOnly : say.closed}</p>
        )}
        <p className="languages" role="group" aria-label={say.languageOf}>
          {languages.map(({ code, language }) => (
            <Button
              key={code}
              className="link"
              lang={code}
              aria-pressed={code === say.code}
              onPress={() => speak(code)}
            >
              {language}
            </Button>
          ))}
        </p>
      </div>
    </main>
  );
}

function WhyOut({ why }: { why: Problem }) {
  const say = useWords();
  return (
    <p role="alert" className="wrong">
      {why.code === 'UNAUTHENTICATED' ? say.sessionOver : sentence(say, why)}
    </p>
  );
}

interface Entered {
  sessions: Sessions;
  making: boolean;
  /** Of the invitation with which one comes. */
  code: string | null;
}

function Entering({ sessions, making, code }: Entered) {
  const say = useWords();
  const { busy, problem, run } = useDoing();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [otp, setOtp] = useState('');
  const [asksForCode, setAsksForCode] = useState(false);
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const named = problem?.field && ['username', 'password', 'displayName', 'otp'].includes(problem.field);

  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    void run(() =>
      making
        ? sessions.register(username, password, displayName.trim() || null, code)
        : sessions.enter(username, password, otp.trim() || null),
    );
  };
  const needed = problem?.code === 'SECOND_FACTOR_REQUIRED';
  useEffect(() => {
    if (needed) setAsksForCode(true);
  }, [needed]);
  return (
    <Form onSubmit={submit} validationBehavior="aria">
      <Field
        label={making ? say.username : say.usernameOrEmail}
        help={making && say.usernameHelp}
        wrong={about('username')}
        name="username"
        autoComplete="username"
        verbatim
        value={username}
        onChange={setUsername}
        autoFocus
        isRequired
      />
      {making && (
        <Field
          label={say.displayName}
          help={say.displayNameHelp}
          wrong={about('displayName')}
          name="displayName"
          autoComplete="name"
          value={displayName}
          onChange={setDisplayName}
        />
      )}
      <Field
        label={say.password}
        help={making && say.passwordHelp}
        wrong={about('password')}
        name="password"
        type="password"
        autoComplete={making ? 'new-password' : 'current-password'}
        value={password}
        onChange={setPassword}
        isRequired
      />
      {asksForCode && (
        <Field
          label={say.safety.code}
          help={say.safety.codeHelp}
          wrong={about('otp')}
          name="otp"
          autoComplete="one-time-code"
          verbatim
          value={otp}
          onChange={setOtp}
          autoFocus
        />
      )}
      <Wrong problem={named ? null : problem} />
      <Button type="submit" className="main" data-busy={busy || undefined} isDisabled={!username || !password}>
        {making ? say.signUp : say.signIn}
      </Button>
    </Form>
  );
}

/** A cup, as on every sign of such a place. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <g>
        <path d="M7 13h14v6a6 6 0 0 1-6 6h-2a6 6 0 0 1-6-6z" />
        <path d="M21 15h2a3 3 0 0 1 0 6h-2.4" />
        <path d="M11 9.5c-1-1.5 1-2.5 0-4M17 9.5c-1-1.5 1-2.5 0-4" />
      </g>
    </svg>
  );
}
