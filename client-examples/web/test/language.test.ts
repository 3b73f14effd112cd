import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let kept: Map<string, string>;

/** The words of a page that has just been opened. */
async function opened(preferred: string[]) {
  vi.stubGlobal('navigator', { languages: preferred });
  const language = await import('../src/words');
  await language.listen();
  return language;
}

beforeEach(() => {
  kept = new Map();
  vi.resetModules();
  vi.stubGlobal('document', { documentElement: { lang: '' } });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

afterEach(() => {
  vi.doUnmock('../src/words/es');
  vi.unstubAllGlobals();
});

it('is the first that the browser prefers and that is known', async () => {
  const { words } = await opened(['de-AT', 'es-MX', 'en']);
  expect(words().language).toBe('Español');
  expect(document.documentElement.lang).toBe('es');
});

it('is English where none is known', async () => {
  expect((await opened(['de', 'fr'])).words().code).toBe('en');
});

it('is what was chosen last', async () => {
  const { speak } = await opened(['en']);
  await speak('es');
  vi.resetModules();
  expect((await opened(['en'])).words().code).toBe('es');
});

it('is what is chosen last, though the words of another come later', async () => {
  const { speak, words } = await opened(['en']);
  await Promise.all([speak('es'), speak('en')]);
  expect(words().code).toBe('en');
  expect(document.documentElement.lang).toBe('en');
});

it('stays where another cannot be had', async () => {
  vi.doMock('../src/words/es', () => {
    throw new TypeError('Failed to fetch dynamically imported module');
  });
  const { speak, words } = await opened(['en']);
  await speak('es');
  expect(words().code).toBe('en');
  expect(document.documentElement.lang).toBe('en');
});
