// Asking moderators to look at a message.
import { useState, type FormEvent } from 'react';
import { Button, Form } from 'react-aria-components';
import { useInside } from '../App';
import { ReportDocument } from '../api/generated/graphql';
import type { Said } from '../api/said';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence, useWords } from '../words';
import { Excerpt } from './Excerpt';

export function Reporting({ said, onClose }: { said: Said; onClose: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [reason, setReason] = useState('');
  const [done, setDone] = useState(false);
  const wrong = problem?.field === 'reason' ? sentence(say, problem) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const variables = { messageId: said.id, reason };
    void run(() => chat.client.mutate({ mutation: ReportDocument, variables })).then(setDone);
  };
  return (
    <Sheet title={say.report} onClose={onClose} wide>
      <Excerpt said={said} />
      {done ? (
        <div role="status">
          <p>{say.reported}</p>
          <div className="deeds">
            <Button className="main" onPress={onClose}>
              {say.finish}
            </Button>
          </div>
        </div>
      ) : (
        <Form onSubmit={submit} validationBehavior="aria">
          <Field
            label={say.why}
            help={say.reportHelp}
            wrong={wrong}
            value={reason}
            onChange={setReason}
            autoFocus
          />
          <Wrong problem={wrong ? null : problem} />
          <div className="deeds">
            <Button onPress={onClose}>{say.cancel}</Button>
            <Button type="submit" className="main" data-busy={busy || undefined} isDisabled={!reason.trim()}>
              {say.report}
            </Button>
          </div>
        </Form>
      )}
    </Sheet>
  );
}
