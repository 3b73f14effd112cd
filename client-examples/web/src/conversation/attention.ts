// Whether somebody looks at the page.
import { useSyncExternalStore } from 'react';

const EVENTS = ['focus', 'blur'] as const;

function listen(changed: () => void): () => void {
  for (const name of EVENTS) addEventListener(name, changed);
  document.addEventListener('visibilitychange', changed);
  return () => {
    for (const name of EVENTS) removeEventListener(name, changed);
    document.removeEventListener('visibilitychange', changed);
  };
}

const looks = (): boolean => document.visibilityState === 'visible' && document.hasFocus();

export const useAttention = (): boolean => useSyncExternalStore(listen, looks);
