// A new channel, open to all or for those who are added next.
import { useMemo, useState } from 'react';
import { Button, Form, Label, Radio, RadioGroup } from 'react-aria-components';
import { v7 as uuid } from 'uuid';
import { useInside } from '../App';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence, useWords } from '../words';
import { AddPeople } from './AddPeople';
import { create } from './deeds';

interface Given {
  visit: (channelId: string) => void;
  onClose: () => void;
}

export function CreateChannel({ visit, onClose }: Given) {
  const say = useWords();
  const { chat, me } = useInside();
  const { busy, problem, run } = useDoing();
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [made, setMade] = useState<string | null>(null);
  const [kind, setKind] = useState<'PUBLIC' | 'PRIVATE' | 'GROUP'>('PUBLIC');
  // Asked for once more, as after an answer that was lost, it is the same channel.
  const id = useMemo(() => uuid(), [kind, name, topic]);
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const needsName = kind !== 'GROUP';
  const named = problem?.field === 'name' || problem?.field === 'topic';

  const enter = (channelId: string) => {
    onClose();
    visit(channelId);
  };
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const input = { id, kind, name: name.trim() || null, topic: topic.trim() || null };
      const channelId = await create(chat, input);
      if (kind === 'PUBLIC') enter(channelId);
      else setMade(channelId);
    });
  };
  if (made) return <AddPeople channelId={made} members={[me.id]} onClose={() => enter(made)} />;
  return (
    <Sheet title={say.createChannel} onClose={onClose}>
      <Form onSubmit={submit} validationBehavior="aria">
        <Field
          label={needsName ? say.channelName : `${say.channelName} (${say.optional})`}
          wrong={about('name')}
          value={name}
          onChange={setName}
          autoFocus
          isRequired={needsName}
        />
        <Field
          label={`${say.channelTopic} (${say.optional})`}
          wrong={about('topic')}
          value={topic}
          onChange={setTopic}
        />
        <RadioGroup
          className="choices"
          value={kind}
          onChange={(chosen) => setKind(chosen as typeof kind)}
          aria-label={say.forWhom}
        >
          <Radio value="PUBLIC">
            <span>
              <Label>{say.everybody}</Label>
              <small>{say.everybodyHelp}</small>
            </span>
          </Radio>
          <Radio value="PRIVATE">
            <span>
              <Label>{say.invited}</Label>
              <small>{say.invitedHelp}</small>
            </span>
          </Radio>
          <Radio value="GROUP">
            <span>
              <Label>{say.aFew}</Label>
              <small>{say.aFewHelp}</small>
            </span>
          </Radio>
        </RadioGroup>
        <Wrong problem={named ? null : problem} />
        <div className="deeds">
          <Button onPress={onClose}>{say.cancel}</Button>
          <Button type="submit" className="main" data-busy={busy || undefined} isDisabled={needsName && !name.trim()}>
            {say.create}
          </Button>
        </div>
      </Form>
    </Sheet>
  );
}
