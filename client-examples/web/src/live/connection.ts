// Whether the line to the server stands, and when it is tried again.
import { store, type Store } from '../store';

export type Line = 'open' | 'opening' | 'lost';

export interface Connection {
  readonly line: Store<Line>;
  /** Called whenever the line stands again. */
  onMade(listener: () => void): () => void;
  /** Tries again now. */
  hurry(): void;
  /** The session may not be good any more. */
  doubt(): void;
  doubted(): boolean;
  tried(): void;
  made(): void;
  lost(refused: boolean): void;
  /** Waits, but no longer once somebody looks at the page again, or the network has come back. */
  wait(pause: () => Promise<void>): Promise<void>;
}

export function connection(): Connection {
  const line = store<Line>('opening');
  const listeners = new Set<() => void>();
  const waiting = new Set<() => void>();
  let doubts = false;

  const hurry = () => {
    for (const wake of [...waiting]) wake();
  };
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') hurry();
  });

  return {
    line,
    onMade(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hurry,
    doubt: () => void (doubts = true),
    doubted: () => doubts,
    tried: () => {
      if (line.get() !== 'lost') line.set('opening');
    },
    made() {
      doubts = false;
      line.set('open');
      for (const listener of [...listeners]) listener();
    },
    lost(refused) {
      doubts ||= refused;
      line.set('lost');
    },
    async wait(pause) {
      let wake = () => {};
      const woken = new Promise<void>((resolve) => (wake = resolve));
      waiting.add(wake);
      await Promise.race([pause(), woken]);
      waiting.delete(wake);
    },
  };
}
