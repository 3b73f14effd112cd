// Something that takes a moment and may fail: whether it is under way, and what went wrong.
import { useCallback, useRef, useState } from 'react';
import { problemOf, type Problem } from '../api/problems';

export function useDoing() {
  const [busy, setBusy] = useState(false);
  const started = useRef(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = useCallback(async (work: () => Promise<unknown>): Promise<boolean> => {
    // Pressed twice is meant once.
    if (started.current) return false;
    started.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    } finally {
      started.current = false;
      setBusy(false);
    }
  }, []);
  return { busy, problem, run };
}
