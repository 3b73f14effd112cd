// What asks before something is done to an account.
import { useState, type FormEvent, type ReactNode } from 'react';
import { Button, Form, Label, Radio, RadioGroup } from 'react-aria-components';
import { useInside } from '../App';
import type { AccountFragment, Role, UserContent } from '../api/apart/generated/graphql';
import { Field } from '../ui/Field';
import { endOf, HowLong } from '../ui/HowLong';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence } from '../words';
import { useWords } from './useWords';
import { ban, changeUser, deleteUser, makeUser, purge } from './calls';

interface About {
  whom: AccountFragment;
  onClose: (changed?: boolean) => void;
}

interface Asked {
  title: string;
  deed: string;
  grave?: boolean;
  ready?: boolean;
  /** Closes by itself once it is done. */
  work: () => Promise<unknown>;
  onClose: (changed?: boolean) => void;
  children: (about: (field: string) => string | null) => ReactNode;
  fields?: readonly string[];
}

function Asking({ title, deed, grave, ready = true, work, onClose, children, fields = [] }: Asked) {
  const say = useWords();
  const { busy, problem, run } = useDoing();
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(work).then((done) => done && onClose(true));
  };
  return (
    <Sheet title={title} onClose={() => onClose()} wide>
      <Form onSubmit={submit} validationBehavior="aria">
        {children(about)}
        <Wrong problem={problem?.field && fields.includes(problem.field) ? null : problem} />
        <div className="deeds">
          <Button onPress={() => onClose()}>{say.cancel}</Button>
          <Button type="submit" className={grave ? 'grave' : 'main'} data-busy={busy || undefined} isDisabled={!ready}>
            {deed}
          </Button>
        </div>
      </Form>
    </Sheet>
  );
}

/** In hours; null: for good. */
const SPANS = [1, 24, 7 * 24, null] as const;

export function BanSheet({ whom, onClose }: About) {
  const say = useWords();
  const { chat } = useInside();
  const [reason, setReason] = useState('');
  const [span, setSpan] = useState<number | null>(24);
  const work = () => ban(chat, whom.id, reason, endOf(span));
  return (
    <Asking
      title={say.admin.banWhom(whom.displayName)}
      deed={say.admin.ban}
      grave
      ready={Boolean(reason.trim())}
      {...{ work, onClose }}
      fields={['reason']}
    >
      {(about) => (
        <>
          <Field
            label={say.why}
            help={say.admin.reasonHelp}
            wrong={about('reason')}
            value={reason}
            onChange={setReason}
            autoFocus
          />
          <HowLong label={say.howLong} spans={SPANS} value={span} onChange={setSpan} />
        </>
      )}
    </Asking>
  );
}

export function ChangeSheet({ whom, onClose }: About) {
  const say = useWords();
  const { chat } = useInside();
  const [username, setUsername] = useState(whom.username);
  const [displayName, setDisplayName] = useState(whom.displayName);
  const [email, setEmail] = useState(whom.email ?? '');
  // Only what is changed: where the username was shown as the name, the new one is then.
  const work = () =>
    changeUser(chat, {
      userId: whom.id,
      ...(username !== whom.username && { username }),
      ...(displayName !== whom.displayName && { displayName: displayName || null }),
      ...(email !== (whom.email ?? '') && { email: email.trim() || null }),
    });
  return (
    <Asking
      title={say.admin.changeWhom(whom.displayName)}
      deed={say.save}
      {...{ work, onClose }}
      fields={['username', 'displayName', 'email']}
    >
      {(about) => (
        <>
          <Field label={say.username} wrong={about('username')} verbatim value={username} onChange={setUsername} />
          <Field label={say.admin.name} wrong={about('displayName')} value={displayName} onChange={setDisplayName} />
          <Field label={say.admin.email} wrong={about('email')} verbatim value={email} onChange={setEmail} />
        </>
      )}
    </Asking>
  );
}

export function DeleteSheet({ whom, onClose }: About) {
  const say = useWords();
  const { chat } = useInside();
  const [content, setContent] = useState<UserContent>('KEEP');
  return (
    <Asking
      title={say.admin.deleteWhom(whom.displayName)}
      deed={say.admin.delete}
      grave
      work={() => deleteUser(chat, whom.id, content)}
      onClose={onClose}
    >
      {() => (
        <>
          <p>{say.admin.deleteHelp}</p>
          <RadioGroup
            className="choices"
            value={content}
            onChange={(chosen) => setContent(chosen as UserContent)}
            aria-label={say.admin.content}
          >
            <Radio value="KEEP">{say.admin.keepContent}</Radio>
            <Radio value="DELETE">{say.admin.deleteContent}</Radio>
          </RadioGroup>
        </>
      )}
    </Asking>
  );
}

export function PurgeSheet({ whom, onClose }: About) {
  const say = useWords();
  const { chat } = useInside();
  return (
    <Asking
      title={say.admin.purgeWhom(whom.displayName)}
      deed={say.admin.purge}
      grave
      work={() => purge(chat, whom.id)}
      onClose={onClose}
    >
      {() => <p>{say.admin.purgeHelp}</p>}
    </Asking>
  );
}

export function SureSheet({ title, work, onClose }: { title: string; work: () => Promise<unknown> } & Pick<About, 'onClose'>) {
  const say = useWords();
  return (
    <Asking title={title} deed={say.admin.confirm} work={work} onClose={onClose}>
      {() => null}
    </Asking>
  );
}

export function CreateSheet({
  onClose,
  onMade,
}: {
  onClose: (changed?: boolean) => void;
  onMade: (url: string | null, name: string) => void;
}) {
  const say = useWords();
  const { chat } = useInside();
  const [username, setUsername] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [role, setRole] = useState<Role>('MEMBER');
  const work = async () => {
    const input = { username, displayName: displayName.trim() || null, role };
    const url = await makeUser(chat, input);
    onMade(url, displayName.trim() || username);
  };
  return (
    <Asking
      title={say.admin.create}
      deed={say.create}
      ready={Boolean(username)}
      work={work}
      onClose={(changed) => changed || onClose()}
      fields={['username', 'displayName']}
    >
      {(about) => (
        <>
          <Field
            label={say.username}
            help={say.usernameHelp}
            wrong={about('username')}
            verbatim
            value={username}
            onChange={setUsername}
            autoFocus
          />
          <Field label={say.admin.name} wrong={about('displayName')} value={displayName} onChange={setDisplayName} />
          <RadioGroup className="choices row" value={role} onChange={(chosen) => setRole(chosen as Role)}>
            <Label>{say.admin.role}</Label>
            {(['MEMBER', 'MODERATOR', 'ADMIN'] as const).map((one) => (
              <Radio key={one} value={one}>
                {say.admin.roles[one]}
              </Radio>
            ))}
          </RadioGroup>
        </>
      )}
    </Asking>
  );
}

export function LinkSheet({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  const say = useWords();
  const [copied, setCopied] = useState(false);
  return (
    <Sheet title={say.admin.linkFor(name)} onClose={() => onClose()} wide>
      <p>{say.admin.linkHelp}</p>
      <Field label={say.admin.link} value={url} isReadOnly verbatim />
      <div className="deeds">
        <span role="status">{copied && say.copied}</span>
        <Button
          className="main"
          onPress={() => void navigator.clipboard.writeText(url).then(() => setCopied(true))}
        >
          {say.admin.copyLink}
        </Button>
      </div>
    </Sheet>
  );
}
