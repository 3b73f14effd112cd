// A face made of initials, in a colour that stays the same for each person.
import { memo } from 'react';
import type { Person } from '../api/said';

const HUES = [12, 40, 78, 118, 156, 188, 222, 252, 284, 322];

interface Given {
  person: Person | null;
  online?: boolean;
}

export const Avatar = memo(function Avatar({ person, online }: Given) {
  const name = person?.displayName ?? '?';
  const hue = person ? HUES[number(person.id) % HUES.length] : 30;
  return (
    <span className="avatar" aria-hidden="true" data-online={online || undefined} style={{ '--hue': hue } as React.CSSProperties}>
      {initials(name)}
    </span>
  );
});

export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{M}\p{S}]+/u).filter(Boolean);
  const chosen = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return chosen.map((word) => [...word][0]!.toLocaleUpperCase()).join('') || '?';
}

/** FNV-1a, which spreads ids that begin alike (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv). */
function number(id: string): number {
  let sum = 0x811c9dc5;
  for (const character of id) sum = Math.imul(sum ^ character.charCodeAt(0), 0x01000193);
  return sum >>> 0;
}
