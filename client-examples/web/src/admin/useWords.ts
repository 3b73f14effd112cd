// What is said to those who keep order, beside what is said to all.
import { useMemo } from 'react';
import { useWords as useAll, type Words as All } from '../words';
import { ofOrder, type OfOrder } from './words';

export type Words = All & { readonly admin: OfOrder };

export function useWords(): Words {
  const all = useAll();
  return useMemo(() => ({ ...all, admin: (ofOrder[all.code] ?? ofOrder.en)! }), [all]);
}
