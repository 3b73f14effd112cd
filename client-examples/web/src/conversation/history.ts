// The stretch of a channel's messages that is held, which never grows beyond a few hundred.
import { problemOf, type Problem } from '../api/problems';
import type { Said, Shown } from '../api/said';
import { store } from '../store';

export interface Stretch {
  /** In their order, without a gap between them. */
  readonly messages: readonly Said[];
  /** Whether there is nothing before, and nothing behind. */
  readonly fromStart: boolean;
  readonly toEnd: boolean;
  readonly loading: 'first' | 'older' | 'newer' | null;
  readonly problem: Problem | null;
}

export interface Window {
  first?: number;
  after?: string;
  last?: number;
  before?: string;
}

export interface Page {
  messages: readonly Said[];
  hasPrevious: boolean;
  hasNext: boolean;
}

export const PAGE = 50;
export const MOST = 400;
/** So many more before any are let go: it costs a frame. */
export const OVER = 100;

const EMPTY: Stretch = {
  messages: [],
  fromStart: false,
  toEnd: false,
  loading: 'first',
  problem: null,
};

export class History {
  readonly now = store<Stretch>(EMPTY);
  /** What came while a page was being read. */
  private arriving: Said[] = [];
  /** And what was changed. */
  private changing: Said[] = [];
  private turn = 0;
  /** What went wrong last, if anything did. */
  private failed = () => this.latest();

  constructor(private readonly read: (window: Window) => Promise<Page>) {}

  /** Begins anew with the latest messages. */
  latest(): Promise<void> {
    this.failed = () => this.latest();
    return this.begin(async () => this.read({ last: PAGE }));
  }

  /** Begins anew with what comes after a cursor, and some of what is before it; null: at the start. */
  behind(cursor: string | null): Promise<void> {
    this.failed = () => this.behind(cursor);
    return this.begin(async () => {
      if (cursor === null) return this.read({ first: PAGE });
      const newer = await this.read({ after: cursor, first: PAGE });
      const first = newer.messages[0];
      if (!first) return this.read({ last: PAGE });
      const older = await this.read({ before: first.cursor, last: PAGE / 2 });
      return {
        messages: [...older.messages, ...newer.messages],
        hasPrevious: older.hasPrevious,
        hasNext: newer.hasNext,
      };
    });
  }

  older(): Promise<void> {
    const { messages, fromStart, loading, problem } = this.now.get();
    const first = messages[0];
    if (!first || fromStart || loading || problem) return Promise.resolve();
    this.failed = () => this.older();
    return this.load('older', { before: first.cursor, last: PAGE }, (now, page) => ({
      messages: [...page.messages, ...now.messages],
      fromStart: !page.hasPrevious,
    }));
  }

  newer(): Promise<void> {
    const { messages, toEnd, loading, problem } = this.now.get();
    const last = messages.at(-1);
    if (!last || toEnd || loading || problem) return Promise.resolve();
    this.failed = () => this.newer();
    return this.load('newer', { after: last.cursor, first: PAGE }, (now, page) => ({
      messages: [...now.messages, ...page.messages],
      toEnd: !page.hasNext,
    }));
  }

  /** Tries once more what went wrong: until then, nothing more is loaded. */
  again(): Promise<void> {
    const now = this.now.get();
    if (!now.problem) return Promise.resolve();
    this.now.set({ ...now, problem: null });
    return this.failed();
  }

  /** Takes in what has been said, in whatever order one hears of it, and any number of times. */
  arrived(said: readonly Said[]): void {
    const now = this.now.get();
    if (now.loading) this.arriving.push(...said);
    this.now.set(merged(now, said));
  }

  /** Takes in what messages say now, those that are held. */
  changed(said: readonly Said[]): void {
    const now = this.now.get();
    // Whatever is being read may be from before this.
    if (now.loading) this.changing.push(...said);
    const messages = renewed(now.messages, said);
    if (messages !== now.messages) this.now.set({ ...now, messages });
  }

  /** Takes in what a file is now, in all messages that have it; null: it is gone. */
  filed(id: string, file: Shown | null): void {
    const having = this.now.get().messages.filter(({ files }) => files.some((one) => one.id === id));
    const replaced = (one: Shown) => (one.id === id ? (file ?? []) : one);
    this.changed(having.map((message) => ({ ...message, files: message.files.flatMap(replaced) })));
  }

  /** Takes in that a message was deleted. */
  deleted(id: string): void {
    const there = this.now.get().messages.find((message) => message.id === id);
    if (there) this.changed([emptied(there)]);
  }

  /** Lets go of what is far from the message that is looked at, once too much is held. */
  trim(lookedAt: number): void {
    const now = this.now.get();
    if (now.messages.length <= MOST + OVER || now.loading) return;
    this.now.set(
      lookedAt > now.messages.length / 2
        ? { ...now, messages: now.messages.slice(-MOST), fromStart: false }
        : { ...now, messages: now.messages.slice(0, MOST), toEnd: false },
    );
  }

  private begin(read: () => Promise<Page>): Promise<void> {
    this.turn += 1;
    this.arriving = [];
    this.changing = [];
    this.now.set(EMPTY);
    return this.finish(read, (_, page) => ({
      messages: page.messages,
      fromStart: !page.hasPrevious,
      toEnd: !page.hasNext,
    }));
  }

  private load(
    which: 'older' | 'newer',
    window: Window,
    change: (now: Stretch, page: Page) => Partial<Stretch>,
  ): Promise<void> {
    this.arriving = [];
    this.changing = [];
    this.now.set({ ...this.now.get(), loading: which, problem: null });
    return this.finish(() => this.read(window), change);
  }

  private async finish(
    read: () => Promise<Page>,
    change: (now: Stretch, page: Page) => Partial<Stretch>,
  ): Promise<void> {
    const mine = this.turn;
    try {
      const page = await read();
      if (mine !== this.turn) return;
      const now = this.now.get();
      const next = { ...now, ...change(now, page), loading: null };
      const all = merged(next, this.arriving);
      this.now.set({ ...all, messages: renewed(all.messages, this.changing) });
    } catch (error) {
      if (mine !== this.turn) return;
      this.now.set({ ...this.now.get(), loading: null, problem: problemOf(error) });
    } finally {
      if (mine === this.turn) this.arriving = this.changing = [];
    }
  }
}

/** The stretch with those of the messages that belong into it. */
function merged(now: Stretch, said: readonly Said[]): Stretch {
  const first = now.messages[0]?.number ?? (now.fromStart ? 0 : Infinity);
  const last = now.messages.at(-1)?.number ?? -Infinity;
  const known = new Set(now.messages.map(({ number }) => number));
  const fresh = said.filter(
    ({ number }) => !known.has(number) && (number > last ? now.toEnd : number > first),
  );
  if (!fresh.length) return now;
  const inOrder = fresh.every(({ number }, at) => number > (fresh[at - 1]?.number ?? last));
  const messages = [...now.messages, ...fresh];
  if (!inOrder) messages.sort((one, other) => one.number - other.number);
  return { ...now, messages: counted(unique(messages), fresh) };
}

/** The messages, with how many replies each has now that others have come. */
function counted(messages: readonly Said[], fresh: readonly Said[]): readonly Said[] {
  const counts = new Map(fresh.flatMap(({ thread }) => (thread ? [[thread.id, thread.replyCount]] : [])));
  if (!counts.size) return messages;
  return messages.map((message) => {
    const replyCount = counts.get(message.id);
    return replyCount !== undefined && replyCount > message.replyCount ? { ...message, replyCount } : message;
  });
}

/** The messages as they are now, and what they reply to; the same ones where nothing has changed. */
function renewed(messages: readonly Said[], said: readonly Said[]): readonly Said[] {
  const changes = new Map(said.map((message) => [message.id, message]));
  let any = false;
  const renewed = messages.map((message) => {
    const change = changes.get(message.id);
    const quoted = message.replyTo && changes.get(message.replyTo.id);
    if (!change && !quoted) return message;
    any = true;
    const next = change ? { ...message, ...change } : message;
    if (!quoted || !next.replyTo) return next;
    const { body, deletedAt } = quoted;
    return { ...next, replyTo: { ...next.replyTo, body, deletedAt } };
  });
  return any ? renewed : messages;
}

/** What is left of a message that was deleted. */
const emptied = (message: Said): Said => ({
  ...message,
  body: '',
  editedAt: null,
  deletedAt: message.deletedAt ?? new Date().toISOString(),
  pinnedAt: null,
  reactions: [],
  mentions: [],
  files: [],
  myReactions: [],
});

const unique = (messages: Said[]): Said[] =>
  messages.filter(({ number }, at) => number !== messages[at - 1]?.number);
