// A name that one is about to write, and whom it may be.
import type { Me, Person, Room } from '../api/said';
import { folded } from '../ui/folded';

/** A name that is begun at the end of a text, as the server reads names. */
const BEGUN = /(?<![\p{L}\p{N}_.@/-])@([\p{L}\p{N}_.-]{0,32})$/u;

export const begun = (text: string): string | null => BEGUN.exec(text)?.[1] ?? null;

/** The text before the caret with the name that is begun in it in full. */
export const completed = (text: string, name: string): string => text.replace(BEGUN, `@${name} `);

/** Whether `@channel` is one's to say: what the server would not take is not offered. */
export function speaksToAll({ kind, membership }: Room, me: Me): boolean {
  if (!membership) return false;
  if (kind === 'DIRECT' || kind === 'GROUP' || membership.role !== 'MEMBER') return true;
  return kind === 'PUBLIC' && me.role !== 'MEMBER';
}

/** Those whose username, or a word of whose name, begins so. */
export function fitting(people: readonly Person[], start: string): Person[] {
  const sought = folded(start);
  const fits = (name: string) => folded(name).startsWith(sought);
  return people.filter(
    ({ username, displayName }) => fits(username) || displayName.split(/\s+/).some(fits) || fits(displayName),
  );
}
