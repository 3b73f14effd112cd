// Who may say nothing in a channel for a time.
import { useEffect, useState } from 'react';

const LONGEST = 2 ** 31 - 1;

export const isMuted = (until: string | null): boolean => until !== null && new Date(until) > new Date();

/** Whether that is so now; it ends by itself. */
export function useMuted(until: string | null): boolean {
  const [, look] = useState(0);
  const muted = isMuted(until);
  useEffect(() => {
    if (!muted) return;
    const left = Math.min(new Date(until!).getTime() - Date.now(), LONGEST);
    const timer = setTimeout(() => look((times) => times + 1), left + 1);
    return () => clearTimeout(timer);
  }, [until, muted]);
  return muted;
}
