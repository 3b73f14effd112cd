import { useState, type FormEvent } from 'react';
import { enter, leave, useSession, type User } from './session';

export function Bar() {
  const { server, user } = useSession();
  const [told, setTold] = useState('');
  const [busy, setBusy] = useState(false);

  async function attempt(work: () => Promise<unknown>) {
    setBusy(true);
    setTold('');
    try {
      await work();
    } catch (error) {
      setTold(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  }

  return (
    <header className="bar">
      <img src="/graphiql/favicon.svg" alt="" width="28" height="28" />
      <h1>{server?.name}</h1>
      <p className="told" aria-live="polite">
        {told}
        {user && <span className="unseen">Signed in as {user.username}</span>}
      </p>
      {user && <SignedIn user={user} busy={busy} onLeave={() => attempt(leave)} />}
      {user === null && (
        <SignIn
          busy={busy}
          open={server?.registration === 'OPEN'}
          onEnter={(...given) => attempt(() => enter(...given))}
        />
      )}
    </header>
  );
}

function SignedIn({ user, busy, onLeave }: { user: User; busy: boolean; onLeave: () => void }) {
  return (
    <p className="who">
      <span title={user.displayName}>{user.username}</span>
      <span aria-hidden="true"> · </span>
      <button type="button" disabled={busy} onClick={onLeave}>
        Sign out
      </button>
    </p>
  );
}

interface SignInProps {
  busy: boolean;
  open: boolean;
  onEnter: (...given: Parameters<typeof enter>) => void;
}

function SignIn({ busy, open, onEnter }: SignInProps) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const { submitter } = event.nativeEvent as SubmitEvent;
    const how = submitter instanceof HTMLButtonElement && submitter.value;
    onEnter(
      how === 'register' ? 'register' : 'login',
      String(given.get('username')),
      String(given.get('password')),
    );
  }

  return (
    <form onSubmit={submit}>
      <input
        name="username"
        aria-label="Username"
        placeholder="Username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <input
        name="password"
        type="password"
        aria-label="Password"
        placeholder="Password"
        autoComplete="current-password"
        required
      />
      <button disabled={busy}>Sign in</button>
      {open && (
        <button className="quiet" value="register" disabled={busy}>
          Create account
        </button>
      )}
    </form>
  );
}
