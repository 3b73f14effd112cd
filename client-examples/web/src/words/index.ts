// The words of the language that somebody reads, which they may change at any time.
import { kept, store, useStore } from '../store';
import { en, type Words } from './en';
import { es } from './es';

export { sentence } from './sentence';
export type { Words };

export const languages: Record<string, Words> = { en, es };

const preferred = (): string =>
  navigator.languages.map((tag) => tag.slice(0, 2)).find((code) => code in languages) ?? 'en';

const chosen = store(kept.read<string>('language', preferred()));

/** The words as they are now, for what is no component. */
export const words = (): Words => languages[chosen.get()] ?? en;

export function useWords(): Words {
  return languages[useStore(chosen)] ?? en;
}

export function speak(code: string): void {
  kept.write('language', code);
  chosen.set(code);
  document.documentElement.lang = code;
}

document.documentElement.lang = words().code;
