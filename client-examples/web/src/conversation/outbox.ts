// What has been written and is not known to have arrived. It survives a reload; ids make retries safe.
import { isPassing, problemOf, type Problem } from '../api/problems';
import type { Said, Shown } from '../api/said';
import { kept, store } from '../store';

export interface Outgoing {
  /** Of the message that it will be. */
  readonly id: string;
  readonly channelId: string;
  readonly body: string;
  /** What it replies to, as far as it is shown. */
  readonly replyTo?: Said['replyTo'];
  /** What is sent with it, which has been uploaded. */
  readonly files?: readonly Shown[];
  readonly createdAt: string;
  /** `waiting`: for the network, or until the server takes it. */
  readonly state: 'sending' | 'waiting' | 'failed';
  readonly problem?: Problem;
}

type Send = (message: Outgoing) => Promise<Said>;

const SHORTEST = 1_000;
const LONGEST = 30_000;

export class Outbox {
  readonly now;
  private readonly busy = new Set<string>();
  private closed = false;
  private readonly tries = new Map<string, number>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly deaf: () => void;

  constructor(
    private readonly place: string,
    private readonly send: Send,
    private readonly sent: (channelId: string, message: Said) => void,
  ) {
    // Perhaps another tab is sending the same: the ids see to it that it is said once.
    const left = kept.below(place).flatMap((key) => kept.read<Outgoing | null>(key, null) ?? []);
    left.sort((one, other) => (one.id < other.id ? -1 : 1));
    this.now = store<readonly Outgoing[]>(
      left.map((message) => (message.state === 'failed' ? message : { ...message, state: 'waiting' })),
    );
    // Sent, or discarded, in another tab.
    this.deaf = kept.elsewhere((key) => {
      const gone = this.now.get().find(({ id }) => key === `${place}.${id}`);
      if (gone && kept.read(key, null) === null) this.discard(gone.id);
    });
  }

  add(message: Pick<Outgoing, 'id' | 'channelId' | 'body' | 'replyTo' | 'files' | 'createdAt'>): void {
    this.keep([...this.now.get(), { ...message, state: 'sending' }]);
    void this.work(message.channelId);
  }

  /** Tries again what failed. */
  retry(id: string): void {
    const message = this.now.get().find((one) => one.id === id);
    if (!message) return;
    this.change(id, { state: 'sending' });
    void this.work(message.channelId);
  }

  discard(id: string): void {
    this.keep(this.now.get().filter((message) => message.id !== id));
  }

  /** The feed tells of messages: those among them that are ours have arrived. */
  arrived(messages: readonly Said[]): void {
    const there = this.now.get();
    if (!there.length) return;
    const ids = new Set(messages.map(({ id }) => id));
    if (there.some(({ id }) => ids.has(id))) this.keep(there.filter(({ id }) => !ids.has(id)));
  }

  /** The line stands again. */
  hurry(): void {
    for (const channelId of new Set(this.now.get().map((message) => message.channelId))) {
      void this.work(channelId);
    }
  }

  /** How many have not been sent, those of other tabs among them. */
  get left(): number {
    return Math.max(this.now.get().length, kept.below(this.place).length);
  }

  /** Nothing is sent any more; what is left is sent the next time. */
  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.deaf();
    this.closed = true;
  }

  /** Sends what waits in a channel, one after the other, so that it arrives in its order. */
  private async work(channelId: string): Promise<void> {
    if (this.busy.has(channelId) || this.closed) return;
    this.busy.add(channelId);
    clearTimeout(this.timers.get(channelId));
    try {
      for (let next = this.next(channelId); next; next = this.next(channelId)) {
        if (!(await this.attempt(next))) return;
      }
    } finally {
      this.busy.delete(channelId);
    }
  }

  private next(channelId: string): Outgoing | undefined {
    return this.now.get().find((one) => one.channelId === channelId && one.state !== 'failed');
  }

  /** Whether it is worth going on with the next one at once. */
  private async attempt(message: Outgoing): Promise<boolean> {
    if (message.state === 'waiting') this.change(message.id, { state: 'sending' });
    let said: Said;
    try {
      said = await this.send(message);
    } catch (error) {
      const problem = problemOf(error);
      // Whoever signs in again has it sent then.
      if (!isPassing(problem) && problem.code !== 'UNAUTHENTICATED') {
        this.change(message.id, { state: 'failed', problem });
        return true;
      }
      this.change(message.id, { state: 'waiting', problem });
      this.later(message.channelId, problem);
      return false;
    }
    this.tries.delete(message.channelId);
    this.sent(message.channelId, said);
    this.discard(message.id);
    return true;
  }

  private later(channelId: string, { retryAfter }: Problem): void {
    if (this.closed) return;
    const tried = this.tries.get(channelId) ?? 0;
    this.tries.set(channelId, tried + 1);
    const pause = Math.min(LONGEST, SHORTEST * 2 ** tried) * (0.5 + Math.random() / 2);
    const wait = retryAfter ? retryAfter * 1000 : pause;
    this.timers.set(channelId, setTimeout(() => void this.work(channelId), wait));
  }

  private change(id: string, changes: Partial<Outgoing>): void {
    this.keep(
      this.now.get().map((message) => {
        if (message.id !== id) return message;
        const { problem: _, ...rest } = message;
        return { ...rest, ...changes };
      }),
    );
  }

  private keep(messages: readonly Outgoing[]): void {
    // What is kept may have been forgotten by now, and stays so.
    if (this.closed) return;
    const before = this.now.get();
    this.now.set(messages);
    // Each by itself: other tabs keep theirs beside them.
    for (const message of messages) {
      if (!before.includes(message)) kept.write(`${this.place}.${message.id}`, message);
    }
    const left = new Set(messages.map(({ id }) => id));
    for (const { id } of before) if (!left.has(id)) kept.write(`${this.place}.${id}`, undefined);
  }
}
