// The list of messages: loads as one scrolls, never jumps, and stays at the end while one is there.
import { ArrowDown } from 'lucide-react';
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type Ref,
} from 'react';
import { Button } from 'react-aria-components';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { useInside } from '../App';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import type { History, Stretch } from './history';
import { placeOf, takenTo, type LinePlace } from './jump';
import { Message, type Doing } from './Message';
import type { Outgoing } from './outbox';
import { rowMaker } from './rows';

export interface MessagesHandle {
  focusLast(): void;
  toEnd(): void;
  /** Goes to a message, of which the cursor is known. */
  toMessage(id: string, cursor: string): void;
  /** Goes to where the unread ones begin, behind this cursor. */
  toFirst(lastRead: string | null): void;
}

interface Given {
  history: History;
  stretch: Stretch;
  outgoing: readonly Outgoing[];
  /** The number of the message after which the unread ones begin. */
  line: number | null;
  /** How many have not been read. */
  unread: number;
  title: string;
  onEnd: (atEnd: boolean) => void;
  /** Where the line is, if it is loaded: it may be far above what one sees. */
  onLine: (place: LinePlace) => void;
  onType: () => void;
  doing: Doing;
  handle: Ref<MessagesHandle>;
}

/** In pixels: so near to the end is at the end, and so near to what is not loaded it is loaded. */
const NEAR = 60;
const AHEAD = 900;
/** In milliseconds: what moves so soon after a finger or a wheel is moved by it. */
const MEANT = 300;

export function Messages({ history, stretch, outgoing, line, unread, title, onEnd, onLine, onType, doing, handle }: Given) {
  const say = useWords();
  const { me } = useInside();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const sticky = useRef(true);
  const top = useRef(0);
  /** When somebody has last meant to go up. */
  const goesUp = useRef(-Infinity);
  /** While one is taken somewhere, nothing is loaded: it would move the place. */
  const jumping = useRef(false);
  const [away, setAway] = useState(false);
  const [focused, setFocused] = useState<string | null>(null);
  const trimming = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(trimming.current);
      trimming.current = undefined;
    },
    [],
  );
  const make = useMemo(() => rowMaker(me.id), [me.id]);
  const pending = stretch.toEnd || !stretch.messages.length ? outgoing : NONE;
  const rows = useMemo(
    () => make(stretch.messages, pending, line, stretch.fromStart),
    [make, stretch.messages, pending, line, stretch.fromStart],
  );

  // What has the focus stays, however far one scrolls.
  const held = rows.findIndex(({ key }) => key === focused);
  // Only what is put before the first row, or taken away there, moves what one looks at.
  const first = useRef<string | undefined>(undefined);
  const shift = first.current !== undefined && rows[0]?.key !== first.current;
  useLayoutEffect(() => {
    first.current = rows[0]?.key;
  });

  const fresh = useRef(-1);
  fresh.current = rows.findIndex((row) => row.fresh);

  const stick = useCallback(() => {
    const element = scroller.current;
    if (element && sticky.current) element.scrollTop = element.scrollHeight;
  }, []);

  const look = useCallback(() => {
    const element = scroller.current;
    const { toEnd, loading } = history.now.get();
    if (!element || loading === 'first' || jumping.current) return;
    const below = element.scrollHeight - element.clientHeight - element.scrollTop;
    // What grows below is no scrolling away: only somebody who goes up leaves the end, however slowly.
    const up = top.current - element.scrollTop;
    if (up > 1 && (below >= NEAR || performance.now() - goesUp.current < MEANT)) sticky.current = false;
    else if (toEnd && (below < 2 || (up < -1 && below < NEAR))) sticky.current = true;
    top.current = element.scrollTop;
    if (element.scrollTop < AHEAD) void history.older();
    if (below < AHEAD) void history.newer();
    const atEnd = sticky.current && toEnd;
    setAway(!atEnd);
    onEnd(atEnd);
    onLine(list.current && fresh.current >= 0 ? placeOf(list.current, fresh.current) : null);
  }, [history, onEnd, onLine]);

  useLayoutEffect(stick, [rows, stick]);
  useEffect(() => {
    const element = scroller.current!;
    const watch = new ResizeObserver(() => {
      stick();
      look();
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [stick, look]);
  // A page may not fill the screen, and what is held may be more than is good.
  useEffect(() => {
    if (!stretch.loading) look();
    trimming.current ??= setTimeout(() => {
      trimming.current = undefined;
      const element = list.current;
      if (element && !jumping.current) history.trim(element.findItemIndex(element.scrollOffset));
    }, 250);
  }, [stretch, line, history, look]);

  const jump = useCallback(
    async (at: number) => {
      jumping.current = true;
      await takenTo(list, at);
      jumping.current = false;
      look();
    },
    [look],
  );
  const jumps = useRef(false);
  useLayoutEffect(() => {
    // Begun anew at the first unread message.
    if (stretch.loading === 'first') jumps.current = !sticky.current;
    else if (jumps.current && rows.length) {
      jumps.current = false;
      if (fresh.current >= 0) void jump(fresh.current);
    }
  }, [stretch.loading, rows, jump]);

  const toEnd = useCallback(() => {
    sticky.current = true;
    if (history.now.get().toEnd) stick();
    else void history.latest();
  }, [history, stick]);

  const focus = (at: number) => {
    const row = rows[at];
    if (!row) return;
    setFocused(row.key);
    list.current?.scrollToIndex(at, { align: 'nearest' });
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-id="${row.key}"]`)?.focus({ preventScroll: true });
    });
  };
  const toFirst = (lastRead: string | null) => {
    sticky.current = false;
    if (fresh.current >= 0) void jump(fresh.current);
    else void history.behind(lastRead);
  };
  const wanted = useRef<string | null>(null);
  const toMessage = (id: string, cursor: string) => {
    sticky.current = false;
    const at = rows.findIndex(({ key }) => key === id);
    if (at >= 0) void jump(at).then(() => focus(at));
    else {
      wanted.current = id;
      void history.behind(cursor);
    }
  };
  useLayoutEffect(() => {
    const at = rows.findIndex(({ key }) => key === wanted.current);
    if (stretch.loading === 'first' || at < 0) return;
    wanted.current = null;
    jumps.current = false;
    void jump(at).then(() => focus(at));
  });
  useImperativeHandle(handle, () => ({ focusLast: () => focus(rows.length - 1), toEnd, toFirst, toMessage }));

  const pressed = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A button on a message has keys of its own.
    if (event.target instanceof HTMLButtonElement && (event.key === 'Enter' || event.key === ' ')) return;
    const id = (document.activeElement as HTMLElement | null)?.dataset.id;
    const at = rows.findIndex(({ key }) => key === id);
    if (event.key === 'ArrowUp' && at >= 0) focus(at - 1);
    else if (event.key === 'ArrowDown' && at >= 0) at === rows.length - 1 ? onType() : focus(at + 1);
    else if (event.key === 'End') toEnd();
    else if (event.key === 'Escape' && at >= 0) onType();
    else if (event.key.length === 1 && event.key !== ' ') {
      return onType(); // the key itself goes where one types
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="history">
      <div
        className="scroller"
        ref={scroller}
        role="log"
        aria-live="off"
        aria-busy={stretch.loading !== null}
        aria-label={say.messagesIn(title)}
        tabIndex={0}
        onKeyDown={pressed}
        onScroll={look}
        onWheel={({ deltaY }) => deltaY < 0 && (goesUp.current = performance.now())}
        onTouchMove={() => (goesUp.current = performance.now())}
      >
        <div className="spacer" />
        {rows.length > 0 && (
          <Virtualizer
            ref={list}
            data={rows}
            shift={shift}
            scrollRef={scroller}
            onResize={stick}
            keepMounted={held < 0 ? NOWHERE : [held]}
          >
            {(row) => <Message key={row.key} row={row} title={title} onType={onType} doing={doing} />}
          </Virtualizer>
        )}
        {rows.length === 0 && !stretch.loading && !stretch.problem && <p className="quiet">{say.quiet}</p>}
      </div>
      {stretch.loading && (
        <p className="loading quiet late" role="status">
          {say.loading}
        </p>
      )}
      <Wrong problem={stretch.problem}>
        <Button className="link" onPress={() => void history.again()}>
          {say.tryAgain}
        </Button>
      </Wrong>
      {away && rows.length > 0 && (
        <Button className="latest" onPress={toEnd}>
          <ArrowDown aria-hidden="true" />
          {unread ? say.arrivedBelow(unread) : say.toLatest}
        </Button>
      )}
    </div>
  );
}

const NONE: readonly Outgoing[] = [];
const NOWHERE: readonly number[] = [];
