// What can be done from the keyboard wherever one is.
import { useEffect } from 'react';
import type { Room } from '../api/said';
import type { Over } from './House';
import { inSections, unread } from './rooms';

interface Given {
  rooms: readonly Room[];
  here: string | null;
  visit: (channelId: string) => void;
  over: Over;
  show: (over: Over) => void;
}

/** Whether something lies over the page, to which the keys belong. */
export const covered = (): boolean =>
  document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') !== null;

export function useKeys({ rooms, here, visit, over, show }: Given): void {
  useEffect(() => {
    const step = (by: number, among: readonly Room[]) => {
      const at = among.findIndex(({ id }) => id === here);
      const next = among[at < 0 ? (by > 0 ? 0 : among.length - 1) : (at + by + among.length) % among.length];
      if (next) visit(next.id);
    };
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      const command = event.ctrlKey || event.metaKey;
      if (command && event.key.toLowerCase() === 'k' && over === 'switch') show(null);
      else if (covered()) return;
      else if (command && event.key.toLowerCase() === 'k') show('switch');
      else if (command && event.key === '/') show('shortcuts');
      else if (event.altKey && event.key.startsWith('Arrow') && /Up|Down/.test(event.key)) {
        const waiting = (room: Room) => room.id === here || unread(room) > 0;
        const { channels, direct } = inSections(rooms);
        const all = [...channels, ...direct];
        const among = event.shiftKey ? all.filter(waiting) : all;
        step(event.key === 'ArrowDown' ? 1 : -1, among);
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [rooms, here, visit, over, show]);
}
