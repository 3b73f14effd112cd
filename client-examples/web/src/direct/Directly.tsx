// What is said and sent directly between two.
import { ArrowUp, FileDown, FileUp, Paperclip, Pause, Play, Save, X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, FileTrigger, Form } from 'react-aria-components';
import { useInside } from '../App';
import { sized } from '../files/sized';
import { useStore } from '../store';
import { Field } from '../ui/Field';
import { Sheet } from '../ui/Sheet';
import { LONGEST } from './chat';
import type { Talk, Transfer } from './talk';
import { talksOf } from './talks';
import { useWords } from './useWords';

interface Given {
  talk: Talk;
  name: string;
  onClose: () => void;
}

export function Directly({ talk, name, onClose }: Given) {
  const say = useWords();
  const { chat } = useInside();
  const state = useStore(talk.state);
  const files = useStore(talk.files);
  useStore(talk.said);
  const offered = files.filter((file) => file.state === 'offered');
  const [asked, setAsked] = useState(false);
  const lost = [talk.left > 0 && say.of.unsent, talk.unsaved && say.of.unsaved].filter(Boolean).join(' ');
  const end = () => {
    if (lost && !asked) return setAsked(true);
    onClose();
    void talksOf(chat).close(talk.userId);
  };
  return (
    <Sheet title={say.of.directly(name)} onClose={onClose} wide>
      <div className="directly">
        <p className="quiet">{say.of.help}</p>
        <p role="status" className="state" data-state={state}>
          {say.of.states[state]}
        </p>
        <Said talk={talk} name={name} />
        {files.length > 0 && (
          <ul className="tray" aria-label={say.of.files}>
            {files.map((file) => (
              <OneFile key={file.id} file={file} talk={talk} name={name} />
            ))}
          </ul>
        )}
        {offered.length > 1 && (
          <div className="deeds">
            <Button onPress={() => offered.forEach(({ id }) => talk.answer(id, true))}>
              {say.of.takeAll(offered.length)}
            </Button>
          </div>
        )}
        <Write talk={talk} />
        <Keeping talk={talk} name={name} />
        <div className="deeds">
          {asked && lost && <span role="alert">{lost}</span>}
          <Button className="grave" onPress={end}>
            {say.of.end}
          </Button>
        </div>
      </div>
    </Sheet>
  );
}

function Said({ talk, name }: Pick<Given, 'talk' | 'name'>) {
  const say = useWords();
  useStore(talk.said);
  const { messages, unarrived, saved } = talk.chat;
  const log = useRef<HTMLDivElement>(null);
  const count = messages.length;
  useEffect(() => {
    log.current!.scrollTop = log.current!.scrollHeight;
  }, [count]);
  return (
    <div ref={log} className="talk" role="log" tabIndex={0} aria-label={say.of.messages(name)}>
      {messages.map(({ id, body, mine }) => (
        <p key={id} dir="auto" data-mine={mine || undefined}>
          {body}
          {unarrived.has(id) && <small className="quiet"> {say.of.waits}</small>}
          {saved.has(id) && <small className="quiet"> {say.of.saved}</small>}
        </p>
      ))}
    </div>
  );
}

function Write({ talk }: { talk: Talk }) {
  const say = useWords();
  const [body, setBody] = useState('');
  const over = [...body].length - LONGEST;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!body.trim() || over > 0) return;
    talk.say(body);
    setBody('');
  };
  return (
    <Form onSubmit={submit} validationBehavior="aria">
      <Field label={say.of.write} value={body} onChange={setBody} wrong={over > 0 ? say.tooLong(over) : null} />
      <div className="deeds">
        <FileTrigger allowsMultiple onSelect={(chosen) => [...(chosen ?? [])].forEach((file) => talk.send(file))}>
          <Button>
            <Paperclip aria-hidden="true" />
            {say.of.sendFiles}
          </Button>
        </FileTrigger>
        <Button type="submit" className="main icon" aria-label={say.send}>
          <ArrowUp aria-hidden="true" />
        </Button>
      </div>
    </Form>
  );
}

function Keeping({ talk, name }: Pick<Given, 'talk' | 'name'>) {
  const say = useWords();
  useStore(talk.said);
  const refused = useStore(talk.refused);
  const { agreesSelf, agreesOther } = talk.chat;
  const agree = (agrees: boolean) => {
    talk.refused.set(false);
    talk.chat.agree(agrees);
  };
  return (
    <div className="keeping">
      <label>
        <input type="checkbox" checked={agreesSelf} onChange={({ target }) => agree(target.checked)} />
        {say.of.keep}
      </label>
      <p className="quiet" role="status">
        {agreesOther ? say.of.agrees(name) : agreesSelf ? say.of.agreesNot(name) : ''}
      </p>
      {refused && (
        <p className="wrong" role="alert">
          {say.of.refused}
        </p>
      )}
    </div>
  );
}

interface Filed {
  file: Transfer;
  talk: Talk;
  name: string;
}

function OneFile({ file, talk, name: other }: Filed) {
  const say = useWords();
  const { id, mine, name, size, done, state, reason, file: come } = file;
  const percent = size ? Math.floor((100 * done) / size) : 100;
  const moves = ['sending', 'paused', 'uploading', 'coming'].includes(state);
  const isOver = ['sent', 'stored', 'come', 'failed'].includes(state);
  const why = state === 'failed' ? (say.of.reasons[mine ? reason! : `own ${reason}`] ?? say.of.reasons[reason!] ?? say.of.file.failed) : null;
  return (
    <li data-state={state === 'failed' ? 'failed' : undefined}>
      {mine ? <FileUp aria-hidden="true" /> : <FileDown aria-hidden="true" />}
      <span dir="auto" className="name">
        {name}
      </span>
      <span className={why ? 'failed' : 'quiet'} role="status">
        {sized(size, say.code)} · {why ?? say.of.file[state]}
      </span>
      {moves && <progress value={done} max={size || 1} aria-label={say.of.progress(name, percent)} />}
      {state === 'offered' && (
        <Question text={say.of.offered(other)}>
          <Button className="main" onPress={() => talk.answer(id, true)}>
            {say.of.take}
          </Button>
          <Button onPress={() => talk.answer(id, false)}>{say.of.refuse}</Button>
        </Question>
      )}
      {state === 'asking' && (
        <Question text={say.of.stays(other)}>
          <Button className="main" onPress={() => talk.decide(id, true)}>
            {say.of.leaveIt}
          </Button>
          <Button onPress={() => talk.decide(id, false)}>{say.of.wait}</Button>
        </Question>
      )}
      <span className="ends">
      {(state === 'sending' || state === 'paused') && (
        <Small
          label={state === 'paused' ? say.of.resume(name) : say.of.pause(name)}
          onPress={() => talk.pause(id, state !== 'paused')}
        >
          {state === 'paused' ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}
        </Small>
      )}
      {come && <SaveIt file={come} onSave={() => talk.keep(id)} />}
      {!isOver && state !== 'offered' && (
        <Small label={mine ? say.of.cancel(name) : say.of.takeNot(name)} onPress={() => talk.cancel(id)}>
          <X aria-hidden="true" />
        </Small>
      )}
      {isOver && (
        <Small label={say.of.discard(name)} onPress={() => talk.discard(id)}>
          <X aria-hidden="true" />
        </Small>
      )}
      </span>
    </li>
  );
}

function Question({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className="question" role="group" aria-label={text}>
      <p>{text}</p>
      {children}
    </div>
  );
}

function Small({ label, onPress, children }: { label: string; onPress: () => void; children: ReactNode }) {
  return (
    <Button className="icon" aria-label={label} onPress={onPress}>
      {children}
    </Button>
  );
}

function SaveIt({ file, onSave }: { file: File; onSave: () => void }) {
  const say = useWords();
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <a className="save" href={url} download={file.name} onClick={onSave} aria-label={say.of.save(file.name)}>
      <Save aria-hidden="true" />
    </a>
  );
}
