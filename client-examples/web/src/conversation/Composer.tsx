// Where one writes. What has been begun stays, in each conversation, until it is sent.
import { SendHorizontal } from 'lucide-react';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { kept } from '../store';
import { touches } from '../ui/touches';
import { useWords } from '../words';

export interface ComposerHandle {
  focus(): void;
}

interface Given {
  channelId: string;
  title: string;
  onSent: () => void;
  onUp: () => void;
  handle: Ref<ComposerHandle>;
}

const LONGEST = 8_000;
const WARN = 500;

export function Composer({ channelId, title, onSent, onUp, handle }: Given) {
  const say = useWords();
  const { chat, me } = useInside();
  const place = `draft.${me.id}.${channelId}`;
  const [text, setText] = useState(() => kept.read(place, ''));
  const area = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(handle, () => ({ focus: () => area.current?.focus() }));
  const left = LONGEST - [...text].length;

  useEffect(() => {
    if (!touches()) area.current?.focus();
  }, []);
  useLayoutEffect(() => {
    const element = area.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  // What is written, or sent, in another tab.
  useEffect(() => kept.elsewhere((key) => key === place && setText(kept.read(place, ''))), [place]);

  const change = (next: string) => {
    setText(next);
    kept.write(place, next || undefined);
  };
  const send = () => {
    if (!text.trim() || left < 0) return;
    chat.write(channelId, text.replace(/\s+$/, ''));
    change('');
    onSent();
    area.current?.focus();
  };
  const pressed = (event: React.KeyboardEvent) => {
    // 229: Safari says so of the Enter with which a composition ends.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // On a touch screen there is no other key for a new line.
    if (event.key === 'Enter' && !event.shiftKey && !touches()) send();
    else if (event.key === 'ArrowUp' && !text) onUp();
    else return;
    event.preventDefault();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        rows={1}
        dir="auto"
        value={text}
        aria-label={say.writeTo(title)}
        placeholder={say.writeTo(title)}
        aria-invalid={left < 0}
        aria-describedby="left"
        enterKeyHint={touches() ? 'enter' : 'send'}
        onChange={(event) => change(event.target.value)}
        onKeyDown={pressed}
      />
      <span id="left" className={left < 0 ? 'left over' : 'left'}>
        {left < 0 ? say.tooLong(-left) : left < WARN ? say.left(left) : ''}
      </span>
      {/* Not at each letter. */}
      <span role="status" className="unseen">
        {left < 0 ? say.muchTooLong : left < WARN ? say.left(Math.ceil(left / 100) * 100) : ''}
      </span>
      <Button type="submit" className="icon main" aria-label={say.send} isDisabled={!text.trim() || left < 0}>
        <SendHorizontal aria-hidden="true" />
      </Button>
    </form>
  );
}
