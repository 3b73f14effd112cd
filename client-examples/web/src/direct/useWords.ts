// What is said about what goes directly, beside what is said about all.
import { useMemo } from 'react';
import { useWords as useAll, type Words as All } from '../words';
import { ofDirect, type OfDirect } from './words';

export type Words = All & { readonly of: OfDirect };

export function useWords(): Words {
  const all = useAll();
  return useMemo(() => ({ ...all, of: (ofDirect[all.code] ?? ofDirect.en)! }), [all]);
}
