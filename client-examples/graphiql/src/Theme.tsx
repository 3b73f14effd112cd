import { useGraphiQL, useGraphiQLActions, useMonaco } from '@graphiql/react';
import type { editor } from 'monaco-editor';
import { useEffect, useLayoutEffect } from 'react';

type Shades = Record<
  'paper' | 'ink' | 'faint' | 'accent' | 'keyword' | 'field' | 'argument' | 'type' | 'string' | 'number',
  string
>;

const light: Shades = {
  paper: '#fffdf9',
  ink: '#3b2f28',
  faint: '#8a7868',
  accent: '#a8502c',
  keyword: '#9c3f1d',
  field: '#2f5d62',
  argument: '#7a5195',
  type: '#8a6100',
  string: '#4d6b1f',
  number: '#1f5f99',
};

const dark: Shades = {
  paper: '#2a231e',
  ink: '#e9dfd3',
  faint: '#9c8b7b',
  accent: '#e59a6c',
  keyword: '#e8946a',
  field: '#8fc1bd',
  argument: '#c7a6de',
  type: '#e0bd6b',
  string: '#b5c982',
  number: '#8fb8de',
};

function colours(base: editor.BuiltinTheme, shades: Shades): editor.IStandaloneThemeData {
  const { paper, ink, faint, accent } = shades;
  const rule = (token: string, color: string) => ({ token, foreground: color.slice(1) });
  return {
    base,
    inherit: true,
    rules: [
      rule('', ink),
      rule('comment', faint),
      rule('keyword', shades.keyword),
      rule('key.identifier', shades.field),
      rule('argument.identifier', shades.argument),
      rule('type.identifier', shades.type),
      rule('string', shades.string),
      rule('string.key.json', shades.field),
      rule('string.value.json', shades.string),
      rule('number', shades.number),
      rule('keyword.json', shades.keyword),
    ],
    colors: {
      'editor.background': '#00000000',
      'editor.foreground': ink,
      'editorLineNumber.foreground': faint,
      'editorLineNumber.activeForeground': ink,
      'editorBracketHighlight.foreground1': faint,
      'editorBracketHighlight.foreground2': faint,
      'editorBracketHighlight.foreground3': faint,
      'editorWidget.background': paper,
      'editorHoverWidget.background': paper,
      'editorSuggestWidget.background': paper,
      'editorSuggestWidget.selectedBackground': `${accent}22`,
      'editorSuggestWidget.selectedForeground': ink,
      'editorSuggestWidget.highlightForeground': accent,
      'list.hoverBackground': `${accent}14`,
      'list.highlightForeground': accent,
      'menu.background': paper,
      'menu.selectionBackground': `${accent}22`,
      'menu.selectionForeground': ink,
      'quickInput.background': paper,
      'quickInputList.focusBackground': `${accent}22`,
      'quickInputList.focusForeground': ink,
      'scrollbar.shadow': '#00000000',
      'textLink.foreground': accent,
      focusBorder: accent,
    },
  };
}

/** The editors' colours, under the names that GraphiQL is to use. */
export const editorTheme = { light: 'tertulia-light', dark: 'tertulia-dark' };

export function Theme() {
  const theme = useGraphiQL((state) => state.theme);
  const { setTheme } = useGraphiQLActions();
  const monaco = useMonaco((state) => state.monaco);

  // GraphiQL makes its editors in an effect: this comes before.
  useLayoutEffect(() => {
    monaco?.editor.defineTheme(editorTheme.light, colours('vs', light));
    monaco?.editor.defineTheme(editorTheme.dark, colours('vs-dark', dark));
  }, [monaco]);

  // GraphiQL asks the system whether it is light or dark only once, and tells nobody else.
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const show = () => {
      document.documentElement.dataset.theme = theme ?? (system.matches ? 'dark' : 'light');
    };
    const follow = () => {
      show();
      setTheme(theme);
    };
    show();
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, [theme, setTheme]);

  return null;
}
