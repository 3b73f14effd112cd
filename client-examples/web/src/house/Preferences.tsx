// What one is called, and how the page looks and speaks.
import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Button, Form, Label, Radio, RadioGroup } from 'react-aria-components';
import { useInside } from '../App';
import { BlockedDocument } from '../api/generated/graphql';
import { theme, wear, type Theme } from '../look/theme';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { exportOwn, unblock } from './deeds';
import { languages, sentence, speak, useWords } from '../words';

export function Preferences({ onClose }: { onClose: () => void }) {
  const say = useWords();
  const { me, sessions } = useInside();
  const { busy, problem, run } = useDoing();
  const [name, setName] = useState(me.displayName);
  const [status, setStatus] = useState(me.statusText ?? '');
  const [zone, setZone] = useState(me.timeZone ?? '');
  const [saved, setSaved] = useState(false);
  const worn = useStore(theme);
  const wrong = problem?.field === 'displayName' ? sentence(say, problem) : null;

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const changes = { displayName: name, statusText: status.trim() || null, timeZone: zone || null };
    setSaved(await run(() => sessions.change(changes)));
  };
  const same = name === me.displayName && status === (me.statusText ?? '') && zone === (me.timeZone ?? '');
  return (
    <Sheet title={say.preferences} onClose={onClose}>
      <Form onSubmit={(event) => void submit(event)} validationBehavior="aria">
        <Field label={say.displayName} wrong={wrong} value={name} onChange={setName} autoComplete="name" />
        <Field label={`${say.statusText} (${say.optional})`} value={status} onChange={setStatus} />
        <label className="field">
          <span>{say.timeZone}</span>
          <select value={zone} onChange={(event) => setZone(event.target.value)}>
            <option value="" />
            {Intl.supportedValuesOf('timeZone').map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <Wrong problem={wrong ? null : problem} />
        <div className="deeds">
          <span role="status">{saved && !busy && same && say.saved}</span>
          <Button type="submit" className="main" data-busy={busy || undefined} isDisabled={!name.trim() || same}>
            {say.save}
          </Button>
        </div>
      </Form>
      <RadioGroup className="choices row" value={worn} onChange={(chosen) => wear(chosen as Theme)}>
        <Label>{say.theme}</Label>
        {(['system', 'light', 'dark'] as const).map((one) => (
          <Radio key={one} value={one}>
            {say.themes[one]}
          </Radio>
        ))}
      </RadioGroup>
      <RadioGroup className="choices row" value={say.code} onChange={speak}>
        <Label>{say.languageOf}</Label>
        {languages.map(({ code, language }) => (
          <Radio key={code} value={code}>
            <span lang={code}>{language}</span>
          </Radio>
        ))}
      </RadioGroup>
      <Blocked />
      <Export />
    </Sheet>
  );
}

function Blocked() {
  const say = useWords();
  const { chat } = useInside();
  const { data, refetch } = useQuery(BlockedDocument, { fetchPolicy: 'no-cache' });
  const { problem, run } = useDoing();
  const people = data?.blockedUsers?.nodes ?? [];
  return (
    <section className="blocked">
      <h3>{say.blocked}</h3>
      <p className="quiet">{people.length ? say.blockedHelp : say.noBlocked}</p>
      <Wrong problem={problem} />
      <ul className="entries">
        {people.map(
          ({ user }) =>
            user && (
              <li key={user.id}>
                <Avatar person={user} />
                <span className="about">
                  <strong>{user.displayName}</strong>
                </span>
                <Button
                  className="link"
                  onPress={() => void run(() => unblock(chat, user.id).then(() => refetch()))}
                >
                  {say.unblock}
                </Button>
              </li>
            ),
        )}
      </ul>
    </section>
  );
}

function Export() {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const get = () => run(() => exportOwn(chat));
  return (
    <>
      <Wrong problem={problem} />
      <Button data-busy={busy || undefined} onPress={() => void get()}>
        {say.exportOwn}
      </Button>
    </>
  );
}
