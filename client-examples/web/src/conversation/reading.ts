// Tells the server up to where somebody has read, not at each message, and not in vain.
import { isPassing, problemOf } from '../api/problems';

const FIRST = 400;
const EACH = 4_000;

interface Mark {
  cursor: string;
  number: number;
}

export class Reading {
  private readonly wanted = new Map<string, Mark>();
  private readonly told = new Map<string, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private latest = -Infinity;

  constructor(private readonly mark: (channelId: string, cursor: string) => Promise<unknown>) {}

  /** All up to this message has been read. */
  upTo(channelId: string, { cursor, number }: Mark): void {
    if (number <= Math.max(this.told.get(channelId) ?? 0, this.wanted.get(channelId)?.number ?? 0)) {
      return;
    }
    this.wanted.set(channelId, { cursor, number });
    this.soon();
  }

  /** One's own message marks what is before it as read by itself. */
  known(channelId: string, number: number): void {
    this.told.set(channelId, Math.max(number, this.told.get(channelId) ?? 0));
  }

  /** The line stands again, or the page is about to go: tells what there is to tell. */
  async now(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.latest = Date.now();
    const marks = [...this.wanted];
    this.wanted.clear();
    // All at once: a page that goes has no second turn.
    await Promise.all(marks.map(([channelId, mark]) => this.tell(channelId, mark)));
  }

  private async tell(channelId: string, mark: Mark): Promise<void> {
    try {
      await this.mark(channelId, mark.cursor);
      this.known(channelId, mark.number);
    } catch (error) {
      // With the next one, or when the line stands again; unless it is in vain.
      if (isPassing(problemOf(error)) && !this.wanted.has(channelId)) this.wanted.set(channelId, mark);
    }
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private soon(): void {
    const since = Date.now() - this.latest;
    this.timer ??= setTimeout(() => void this.now(), Math.max(FIRST, EACH - since));
  }
}
