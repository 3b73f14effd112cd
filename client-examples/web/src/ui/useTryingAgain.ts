// Tries something again by itself, every few seconds and when the network comes back.
import { useEffect } from 'react';
import { useDoing } from './useDoing';

/** In milliseconds. */
const EACH = 5_000;

export function useTryingAgain(work: () => Promise<unknown>) {
  const { busy, run } = useDoing();
  useEffect(() => {
    const again = () => void run(work);
    const timer = setInterval(again, EACH * (0.75 + Math.random() / 2));
    addEventListener('online', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
    };
  }, [run, work]);
  return { busy, again: () => void run(work) };
}
