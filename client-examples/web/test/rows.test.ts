import { describe, expect, it } from 'vitest';
import type { Said } from '../src/api/said';
import type { Outgoing } from '../src/conversation/outbox';
import { rowMaker } from '../src/conversation/rows';
import { plain } from './said';

const MORNING = new Date(2026, 0, 5, 9, 0).getTime();
const minutes = (after: number) => new Date(MORNING + after * 60_000).toISOString();

const said = (number: number, author: string, after: number): Said => ({
  ...plain,
  id: `m${number}`,
  number,
  cursor: `c${number}`,
  body: 'words',
  createdAt: minutes(after),
  author: { __typename: 'User', id: author, username: author, displayName: author, role: 'USER', banned: false } as never,
});
const outgoing = (id: string, after: number): Outgoing => ({
  id,
  channelId: 'kitchen',
  body: 'words',
  createdAt: minutes(after),
  state: 'sending',
});

describe('the rows of a conversation', () => {
  const rows = rowMaker('ada');

  it('stand together by author, until somebody pauses', () => {
    const made = rows([said(1, 'ada', 0), said(2, 'ada', 4), said(3, 'ben', 5), said(4, 'ben', 10), said(5, 'ben', 11)], [], null, true);
    expect(made.map(({ heads }) => heads)).toEqual([true, false, true, true, false]);
    expect(made.map(({ begins }) => begins)).toEqual([true, false, false, false, false]);
  });

  it('begin a day where it begins', () => {
    const made = rows([said(1, 'ada', 0), said(2, 'ada', 24 * 60), said(3, 'ada', 24 * 60 + 1)], [], null, false);
    expect(made.map(({ day }) => day)).toEqual([minutes(0), minutes(24 * 60), null]);
    expect(made.map(({ heads }) => heads)).toEqual([true, true, false]);
  });

  it('name the author again where a day begins in the middle of what somebody says', () => {
    const made = rows([said(1, 'ada', 15 * 60 - 1), said(2, 'ada', 15 * 60 + 1)], [], null, false);
    expect(made.map(({ day, heads }) => [day !== null, heads])).toEqual([[true, true], [true, true]]);
  });

  it.each([
    [null, []],
    [0, []],
    [2, ['m3']],
    [3, ['m4']],
    [5, ['m6']],
    [6, []],
    [9, []],
  ])('have the line behind number %s', (line, fresh) => {
    // Those before number 3 are not loaded, and number 5 is gone.
    const made = rows([said(3, 'ada', 0), said(4, 'ada', 1), said(6, 'ada', 2)], [], line, false);
    expect(made.filter((row) => row.fresh).map(({ key }) => key)).toEqual(fresh);
    expect(made.every((row) => row.heads || !row.fresh)).toBe(true);
  });

  it('have the line at the start where nothing has been read', () => {
    const made = rows([said(2, 'ada', 0), said(3, 'ada', 1)], [], 0, true);
    expect(made.map(({ fresh }) => fresh)).toEqual([true, false]);
  });

  it('have what is on its way last, once, and not as unread', () => {
    const made = rows([said(1, 'ada', 0)], [outgoing('m1', 0), outgoing('m9', 1)], 1, false);
    expect(made.map(({ key, fresh, heads }) => [key, fresh, heads])).toEqual([
      ['m1', false, true],
      ['m9', false, false],
    ]);
  });

  it('are the same ones as long as they look the same', () => {
    const messages = [said(1, 'ada', 0), said(2, 'ben', 1)];
    const before = rows(messages, [], null, false);
    const after = rows([...messages, said(3, 'ben', 2)], [], null, false);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(rows(messages, [], 1, false)[1]).not.toBe(before[1]);
  });
});
