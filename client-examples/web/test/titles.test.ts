import { describe, expect, it } from 'vitest';
import type { Room } from '../src/api/said';
import { titleOf } from '../src/house/titles';
import { en } from '../src/words/en';

const room = (kind: Room['kind'], name: string | null, people: string[], memberCount: number) =>
  ({
    kind,
    name,
    memberCount,
    people: { nodes: people.map((displayName) => ({ user: { id: displayName, displayName } })) },
  }) as unknown as Room;

describe('what a conversation is called', () => {
  it.each([
    ['PUBLIC', 'kitchen', ['Ada', 'Ben'], 2, 'kitchen'],
    ['GROUP', 'bakers', ['Ada', 'Ben'], 2, 'bakers'],
    ['GROUP', null, ['Ada', 'Ben', 'Cem'], 3, 'Ben, Cem'],
    ['GROUP', null, ['Ada', 'Ben', 'Cem', 'Dia'], 7, 'Ben, Cem, Dia +3'],
    ['GROUP', null, ['Ada'], 1, en.onlyYou],
    ['DIRECT', null, ['Ada', 'Ben'], 2, 'Ben'],
    ['DIRECT', null, ['Ada'], 1, en.notes],
  ] as const)('%s, named %s, with %s of %s: %s', (kind, name, people, count, title) =>
    expect(titleOf(room(kind, name, [...people], count), 'Ada', en)).toBe(title),
  );
});
