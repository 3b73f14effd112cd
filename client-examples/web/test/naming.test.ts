import { describe, expect, it } from 'vitest';
import type { Me, Room } from '../src/api/said';
import { begun, completed, fitting, speaksToAll } from '../src/conversation/naming';

const person = (username: string, displayName: string) => ({
  __typename: 'User' as const,
  id: username,
  username,
  displayName,
  role: 'MEMBER' as const,
  banned: false,
});

describe('a name that is begun', () => {
  it.each([
    ['@', ''],
    ['hola @b', 'b'],
    ['(@ben', 'ben'],
    ['@ben @a.b', 'a.b'],
    ['¿@Día', 'Día'],
  ])('%s is', (text, start) => expect(begun(text)).toBe(start));

  it.each(['', 'ben', 'a@b', '@ben ', 'ben@', '@@', `@${'x'.repeat(33)}`, 'https://a.b/@c'])('%s is none', (text) =>
    expect(begun(text)).toBeNull(),
  );

  it('is written in full', () => {
    expect(completed('hola @b', 'ben')).toBe('hola @ben ');
    expect(completed('@ben y @', 'día')).toBe('@ben y @día ');
  });
});

describe('who is offered', () => {
  const people = [person('ada', 'Ada Lovelace'), person('dn', 'Día Núñez'), person('lou', 'Ana')];

  it.each([
    ['', 'ada,dn,lou'],
    ['a', 'ada,lou'],
    ['LO', 'ada,lou'],
    ['nun', 'dn'],
    ['dia', 'dn'],
    ['x', ''],
  ])('after %s: %s', (start, names) =>
    expect(fitting(people, start).map(({ username }) => username).join()).toBe(names),
  );
});

describe('everybody', () => {
  const room = (kind: Room['kind'], role: string | null) => ({ kind, membership: role && { role } }) as Room;
  const me = (role: string) => ({ role }) as Me;

  it.each([
    ['DIRECT', 'MEMBER', 'MEMBER', true],
    ['GROUP', 'MEMBER', 'MEMBER', true],
    ['PRIVATE', 'MEMBER', 'ADMIN', false],
    ['PRIVATE', 'MODERATOR', 'MEMBER', true],
    ['PUBLIC', 'MEMBER', 'MEMBER', false],
    ['PUBLIC', 'OWNER', 'MEMBER', true],
    ['PUBLIC', 'MEMBER', 'MODERATOR', true],
    ['PUBLIC', null, 'ADMIN', false],
  ] as const)('in a %s channel, as its %s and a %s of the server: %s', (kind, role, rank, may) =>
    expect(speaksToAll(room(kind, role), me(rank))).toBe(may),
  );
});
