// The words of the language that somebody reads, which they may change at any time.
import { useMemo } from 'react';
import { kept, store, useStore } from '../store';
import { en, type Words } from './en';

export { sentence } from './sentence';
export type { Words };

interface Language {
  readonly code: string;
  readonly language: string;
  readonly load: () => Promise<Words>;
}

/** English is always there; of the others each comes when it is asked for. */
export const languages: readonly Language[] = [
  { code: 'en', language: en.language, load: () => Promise.resolve(en) },
  { code: 'es', language: 'Español', load: () => import('./es').then(({ es }) => es) },
];

const spoken = store<Words>(en);
let wanted = kept.read<string>('language', preferred());

function preferred(): string {
  const known = languages.map(({ code }) => code);
  return navigator.languages.map((tag) => tag.slice(0, 2)).find((code) => known.includes(code)) ?? 'en';
}

/** The words as they are now, for what is no component. */
export const words = (): Words => spoken.get();

export const useWords = (): Words => useStore(spoken);

/** And what is said in one part of the page, in the same language. */
export function useMore<More>(of: Record<string, More>): Words & { readonly of: More } {
  const all = useWords();
  return useMemo(() => ({ ...all, of: (of[all.code] ?? of.en)! }), [all, of]);
}

export function speak(code: string): Promise<void> {
  kept.write('language', code);
  wanted = code;
  return listen();
}

/** Has the words that are wanted; where they cannot be had, it stays as it is until the next visit. */
export async function listen(): Promise<void> {
  const code = wanted;
  const load = languages.find((language) => language.code === code)?.load ?? languages[0]!.load;
  const found = await load().catch(() => null);
  if (!found || code !== wanted) return;
  spoken.set(found);
  document.documentElement.lang = found.code;
}
