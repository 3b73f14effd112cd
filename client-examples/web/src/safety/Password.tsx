// A new password.
import { useState, type FormEvent } from 'react';
import { Button, Form } from 'react-aria-components';
import { useInside } from '../App';
import { ChangePasswordDocument } from '../api/apart/generated/graphql';
import { Field } from '../ui/Field';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence, useWords } from '../words';
import { OwnPassword } from './OwnPassword';
import type { Done } from './Safety';

export function Password({ onDone }: Done) {
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
    setSaved(false);
    await run(async () => {
      await chat.client.mutate({ mutation: ChangePasswordDocument, variables: { input } });
      setSaved(true);
      setCurrent('');
      setNext('');
      await onDone();
    });
  };
  return (
    <section>
      <h3>{say.password}</h3>
      <Form onSubmit={(event) => void submit(event)} validationBehavior="aria">
        <OwnPassword problem={problem} value={current} onChange={setCurrent} />
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
