// What a channel is called, what it is about, and for whom it is; its invitations, and its end.
import { useState } from 'react';
import { Button, Form, Label, Radio, RadioGroup } from 'react-aria-components';
import { useLocation } from 'wouter';
import { useInside } from '../App';
import type { Room } from '../api/said';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { sentence, useWords } from '../words';
import { change, destroy } from './deeds';
import { Invites } from './Invites';
import { useTitle } from './rooms';

/** Who may change a channel: the server decides, this only hides what is in vain. */
export function maySettle({ kind, membership }: Room): boolean {
  if (!membership || kind === 'DIRECT') return false;
  return kind === 'GROUP' || membership.role !== 'MEMBER';
}

export function Settings({ room, onClose }: { room: Room; onClose: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const { busy, problem, run } = useDoing();
  const [name, setName] = useState(room.name ?? '');
  const [topic, setTopic] = useState(room.topic ?? '');
  const [kind, setKind] = useState(room.kind);
  const about = (field: string) => (problem?.field === field ? sentence(say, problem) : null);
  const named = problem?.field === 'name' || problem?.field === 'topic';
  const isOwner = room.membership?.role === 'OWNER';
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    const input = {
      id: room.id,
      name: name.trim() || null,
      topic: topic.trim() || null,
      ...(kind !== room.kind && { kind }),
    };
    void run(() => change(chat, input)).then((done) => done && onClose());
  };
  return (
    <Sheet title={say.settings} onClose={onClose} wide>
      <Form onSubmit={submit} validationBehavior="aria">
        <Field label={say.channelName} wrong={about('name')} value={name} onChange={setName} />
        <Field
          label={`${say.channelTopic} (${say.optional})`}
          wrong={about('topic')}
          value={topic}
          onChange={setTopic}
        />
        {isOwner && (
          <RadioGroup
            className="choices"
            value={kind}
            onChange={(chosen) => setKind(chosen as typeof kind)}
            aria-label={say.forWhom}
          >
            <Radio value="PUBLIC">
              <Label>{say.everybody}</Label>
            </Radio>
            <Radio value="PRIVATE">
              <Label>{say.invited}</Label>
            </Radio>
            <Radio value="GROUP">
              <Label>{say.aFew}</Label>
            </Radio>
          </RadioGroup>
        )}
        <Wrong problem={named ? null : problem} />
        <div className="deeds">
          <Button onPress={onClose}>{say.cancel}</Button>
          <Button type="submit" className="main" data-busy={busy || undefined}>
            {say.save}
          </Button>
        </div>
      </Form>
      <Invites channelId={room.id} />
      {isOwner && <End room={room} />}
    </Sheet>
  );
}

function End({ room }: { room: Room }) {
  const say = useWords();
  const title = useTitle();
  const { chat } = useInside();
  const [, go] = useLocation();
  const { busy, problem, run } = useDoing();
  const [sure, setSure] = useState(false);
  const end = () =>
    run(async () => {
      await destroy(chat, room.id);
      go('/');
      chat.feed.dismiss(room.id);
    });
  return (
    <div className="leaving">
      <Wrong problem={problem} />
      {sure ? (
        <div role="group" aria-label={say.destroySure(title(room))}>
          <p>
            <strong>{say.destroySure(title(room))}</strong> {say.destroyHelp}
          </p>
          <div className="deeds">
            <Button onPress={() => setSure(false)} autoFocus>
              {say.cancel}
            </Button>
            <Button className="grave" data-busy={busy || undefined} onPress={() => void end()}>
              {say.destroy}
            </Button>
          </div>
        </div>
      ) : (
        <Button className="grave" onPress={() => setSure(true)}>
          {say.destroy}
        </Button>
      )}
    </div>
  );
}
