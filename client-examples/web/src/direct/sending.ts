// A file on its way to somebody: what is decided about it while it waits or goes.
import { NotSent, type Outgoing } from './files';
import type { Pipe } from './pipe';

/** Takes or sends no more over a channel. */
export function endPipe(pipe: Pipe | undefined): void {
  try {
    if (pipe && !pipe.closed) pipe.tell('cancel');
  } catch {
    // Then it is about to be closed already.
  }
  pipe?.close();
}

/** What is known of a file that is under way, and what is decided about it. */
export class Sending {
  pipe: Pipe | undefined;
  /** When anything of it arrived last, on performance's clock. */
  movedAt = performance.now();
  stop: () => void = () => {};
  decide: (toServer: boolean) => void = () => {};
  private cancelled = false;
  private wake: () => void = () => {};
  private readonly ended = new Promise<void>((resolve) => (this.wake = resolve));

  constructor(readonly outgoing: Outgoing) {}

  cancel(): void {
    this.cancelled = true;
    this.wake();
    this.stop();
    endPipe(this.pipe);
  }

  /** Waits for something, unless this is cancelled. Rejects with NotSent then. */
  async unlessEnded<Result>(work: Promise<Result>): Promise<Result> {
    await Promise.race([work, this.ended]);
    this.check();
    return work;
  }

  /** Throws NotSent where it is not to be sent any more. */
  check(): void {
    if (this.cancelled) throw new NotSent('cancel');
  }

  /** Whether something comes to be in so much time. */
  async within(work: Promise<void>, time: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), time)));
    const found = await Promise.race([work.then(() => true), this.ended.then(() => true), late]);
    clearTimeout(timer!);
    this.check();
    return found;
  }

  /** What is decided; where there is a connection again, there is nothing to decide. */
  async toServer(connected: Promise<void>): Promise<boolean> {
    const decided = new Promise<boolean>((resolve) => (this.decide = resolve));
    const found = await Promise.race([decided, connected.then(() => false), this.ended.then(() => false)]);
    this.check();
    return found;
  }
}
