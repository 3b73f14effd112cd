// What is said about calls, beside what is said about all.
import { useMemo } from 'react';
import { useWords as useAll, type Words as All } from '../words';
import { ofCalls, type OfCalls } from './words';

export type Words = All & { readonly of: OfCalls };

export function useWords(): Words {
  const all = useAll();
  return useMemo(() => ({ ...all, of: (ofCalls[all.code] ?? ofCalls.en)! }), [all]);
}
