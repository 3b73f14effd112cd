// Light or dark: as the device says, or as somebody chose.
import { kept, store } from '../store';

export type Theme = 'system' | 'light' | 'dark';

export const theme = store<Theme>(kept.read<Theme>('theme', 'system'));

export function wear(chosen: Theme): void {
  kept.write('theme', chosen);
  theme.set(chosen);
  show();
}

function show(): void {
  document.documentElement.dataset.theme = theme.get();
}

show();
