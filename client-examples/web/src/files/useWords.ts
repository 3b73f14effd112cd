// What is said about files, beside what is said about all.
import { useMemo } from 'react';
import { useWords as useAll, type Words as All } from '../words';
import { ofFiles, type OfFiles } from './words';

export type Words = All & { readonly of: OfFiles };

export function useWords(): Words {
  const all = useAll();
  return useMemo(() => ({ ...all, of: (ofFiles[all.code] ?? ofFiles.en)! }), [all]);
}
