// Where one writes. What has been begun stays, in each conversation, until it is sent.
import { Paperclip, SendHorizontal, X } from 'lucide-react';
import { useEffect, useEffectEvent, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import { useInside } from '../App';
import { IsTypingDocument } from '../api/generated/graphql';
import type { Said } from '../api/said';
import { kept, useStore } from '../store';
import { later } from '../ui/later';
import { touches } from '../ui/touches';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { plain } from './Markdown';
import { attach, goOn, letGo } from './attached';
import { completed } from './naming';
import { offerId, Offers } from './Offers';
import { useNaming } from './useNaming';

const Tray = later(() => import('../files/Tray').then(({ Tray }) => Tray));

export interface ComposerHandle {
  focus(): void;
}

/** What one writes, if it is not simply something new. */
export type Mode =
  | { readonly what: 'reply'; readonly to: Said }
  | { readonly what: 'edit'; readonly of: Said }
  | null;

interface Given {
  channelId: string;
  mode: Mode;
  onMode: (mode: Mode) => void;
  title: string;
  onSent: () => void;
  onUp: () => void;
  handle: Ref<ComposerHandle>;
}

const LONGEST = 8_000;
const WARN = 500;

export function Composer({ channelId, mode, onMode, title, onSent, onUp, handle }: Given) {
  const say = useWords();
  const { chat, me } = useInside();
  const place = `draft.${me.id}.${channelId}`;
  const [text, setText] = useState(() => kept.read(place, ''));
  const area = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(handle, () => ({ focus: () => area.current?.focus() }));
  const left = LONGEST - [...text].length;
  const { problem, run } = useDoing();
  const edited = mode?.what === 'edit' ? mode.of : null;
  const typing = useTypingSaid(channelId);
  const [caret, setCaret] = useState(text.length);
  const put = useRef<number | null>(null);
  const naming = useNaming(channelId, text.slice(0, caret));
  const offered = naming.offers.length > 0;
  const attached = useStore(chat.attached).filter((one) => one.channelId === channelId);
  const files = attached.flatMap(({ file }) => file ?? []);
  const ready = left >= 0 && files.length === attached.length && (text.trim() || files.length > 0);
  const take = (chosen: Iterable<File>) => {
    // Several may be on their way at once.
    attach(chat, channelId, chosen).catch((error) => void run(() => Promise.reject(error)));
  };

  // What is edited is there to be changed; the draft comes back after it.
  useEffect(() => {
    setText(edited ? edited.body : kept.read(place, ''));
    if (mode) area.current?.focus();
  }, [mode, edited, place]);

  useEffect(() => {
    if (!touches()) area.current?.focus();
    void goOn(chat).catch(() => {});
  }, [chat]);
  useDropped(take);
  useLayoutEffect(() => {
    const element = area.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
    if (put.current !== null) element.setSelectionRange(put.current, put.current);
    put.current = null;
  }, [text]);

  // What is written, or sent, in another tab.
  useEffect(() => kept.elsewhere((key) => key === place && setText(kept.read(place, ''))), [place]);

  const change = (next: string) => {
    setText(next);
    if (edited) return;
    if (next) typing();
    kept.write(place, next || undefined);
  };
  const send = () => {
    if (!ready) return;
    const body = text.replace(/\s+$/, '');
    if (edited) {
      void run(() => chat.edit(channelId, edited.id, body)).then((done) => done && onMode(null));
      return;
    }
    chat.write(channelId, body, mode?.what === 'reply' ? quoted(mode.to) : undefined, files);
    void letGo(chat, files.map(({ id }) => id));
    change('');
    onMode(null);
    onSent();
    area.current?.focus();
  };
  const call = (name: string) => {
    const before = completed(text.slice(0, caret), name);
    put.current = before.length;
    setCaret(before.length);
    change(before + text.slice(caret));
  };
  /** Whether a key was for what is offered. */
  const chose = ({ key, shiftKey }: React.KeyboardEvent): boolean => {
    if (!offered || shiftKey) return false;
    if (key === 'ArrowDown') naming.step(1);
    else if (key === 'ArrowUp') naming.step(-1);
    else if (key === 'Enter' || key === 'Tab') call(naming.offers[naming.at]!.name);
    else if (key === 'Escape') naming.dismiss();
    else return false;
    return true;
  };
  const pressed = (event: React.KeyboardEvent) => {
    // 229: Safari says so of the Enter with which a composition ends.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (chose(event)) event.stopPropagation();
    // On a touch screen there is no other key for a new line.
    else if (event.key === 'Enter' && !event.shiftKey && !touches()) send();
    else if (event.key === 'ArrowUp' && !text) onUp();
    else if (event.key === 'Escape' && mode) {
      event.stopPropagation();
      onMode(null);
    }
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
      {mode && (
        <div className="mode">
          <span dir="auto">
            {edited ? say.editing : say.replyingTo(mode.what === 'reply' ? (mode.to.author?.displayName ?? say.gone) : '')}
          </span>
          {mode.what === 'reply' && <span className="quiet">{plain(mode.to.body)}</span>}
          <Button className="icon" aria-label={say.cancel} onPress={() => onMode(null)}>
            <X aria-hidden="true" />
          </Button>
        </div>
      )}
      <Wrong problem={problem} />
      {offered && <Offers offers={naming.offers} at={naming.at} onTake={call} />}
      {attached.length > 0 && <Tray channelId={channelId} onType={() => area.current?.focus()} />}
      {!edited && (
        <FileTrigger allowsMultiple onSelect={(chosen) => take(chosen ?? [])}>
          <Button className="icon attach" aria-label={say.attach}>
            <Paperclip aria-hidden="true" />
          </Button>
        </FileTrigger>
      )}
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
        aria-autocomplete="list"
        aria-controls={offered ? 'offers' : undefined}
        aria-activedescendant={offered ? offerId(naming.at) : undefined}
        onChange={(event) => change(event.target.value)}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onKeyDown={pressed}
        onPaste={(event) => {
          if (event.clipboardData.files.length) {
            event.preventDefault();
            take(event.clipboardData.files);
          }
        }}
      />
      <span id="left" className={left < 0 ? 'left over' : 'left'}>
        {left < 0 ? say.tooLong(-left) : left < WARN ? say.left(left) : ''}
      </span>
      {/* Not at each letter. */}
      <span role="status" className="unseen">
        {left < 0 ? say.muchTooLong : left < WARN ? say.left(Math.ceil(left / 100) * 100) : ''}
      </span>
      <Button type="submit" className="icon main" aria-label={say.send} isDisabled={!ready}>
        <SendHorizontal aria-hidden="true" />
      </Button>
    </form>
  );
}

/** Takes what is dropped anywhere on the page. */
function useDropped(take: (files: Iterable<File>) => void): void {
  const dropped = useEffectEvent((event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    if (event.type === 'drop') take(event.dataTransfer.files);
  });
  useEffect(() => {
    addEventListener('dragover', dropped);
    addEventListener('drop', dropped);
    return () => {
      removeEventListener('dragover', dropped);
      removeEventListener('drop', dropped);
    };
  }, []);
}

/** A message as far as those see it who reply to it. */
const quoted = ({ id, body, deletedAt, author }: Said): NonNullable<Said['replyTo']> => ({
  id,
  body,
  deletedAt,
  author,
});

/** In milliseconds: so often others are told, at the most. */
const TOLD_AGAIN = 3_000;

/** Tells others that one is writing; nobody minds if that fails. */
function useTypingSaid(channelId: string): () => void {
  const { chat } = useInside();
  const told = useRef(-Infinity);
  return () => {
    if (performance.now() - told.current < TOLD_AGAIN) return;
    told.current = performance.now();
    void chat.client.mutate({ mutation: IsTypingDocument, variables: { channelId } }).catch(() => {});
  };
}
