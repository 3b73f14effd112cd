// Something that is kept outside of React, and told to whoever shows it.
import { useSyncExternalStore } from 'react';

export interface Store<State> {
  get(): State;
  set(next: State): void;
  listen(listener: () => void): () => void;
}

export function store<State>(first: State): Store<State> {
  let state = first;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(next) {
      if (Object.is(next, state)) return;
      state = next;
      for (const listener of [...listeners]) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Resolves once it is so, or after so many milliseconds. */
export function until<State>(
  from: Store<State>,
  condition: (state: State) => boolean,
  within: number,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(end, within);
    const stop = from.listen(() => condition(from.get()) && end());
    if (condition(from.get())) end();
  });
}

export const useStore = <State>(from: Pick<Store<State>, 'get' | 'listen'>): State =>
  useSyncExternalStore(from.listen, from.get);

/** What is kept in the browser; a browser that keeps nothing is no reason to stop. */
export const kept = {
  read<T>(key: string, otherwise: T): T {
    try {
      const text = localStorage.getItem(`tertulia.${key}`);
      return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
      return otherwise;
    }
  },
  /** The keys of all that is kept below a place. */
  below(place: string): string[] {
    try {
      const start = `tertulia.${place}.`;
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(start));
      return keys.map((key) => key.slice('tertulia.'.length));
    } catch {
      return [];
    }
  },
  /** Forgets all that is kept below a place. */
  forget(place: string): void {
    for (const key of kept.below(place)) kept.write(key, undefined);
  },
  /** Listens to what other tabs keep and forget. */
  elsewhere(listener: (key: string) => void): () => void {
    const heard = ({ key }: StorageEvent) => {
      if (key?.startsWith('tertulia.')) listener(key.slice('tertulia.'.length));
    };
    addEventListener('storage', heard);
    return () => removeEventListener('storage', heard);
  },
  write(key: string, value: unknown): void {
    try {
      if (value === undefined) localStorage.removeItem(`tertulia.${key}`);
      else localStorage.setItem(`tertulia.${key}`, JSON.stringify(value));
    } catch {
      // Full, or not allowed.
    }
  },
};
