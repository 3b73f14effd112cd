import { describe, expect, it } from 'vitest';
import type { Said } from '../src/api/said';
import { History, MOST, PAGE, type Page, type Window } from '../src/conversation/history';
import { plain } from './said';

const said = (number: number): Said => ({
  ...plain,
  id: `m${number}`,
  number,
  cursor: `c${number}`,
  body: `${number}`,
  createdAt: new Date(number * 1000).toISOString(),
  author: null,
});

const numbers = (history: History) => history.now.get().messages.map(({ number }) => number);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** A server with so many messages, whose answers can be held back. */
function server(count: number, missing: readonly number[] = []) {
  const all = range(1, count).filter((number) => !missing.includes(number));
  let gate: Promise<void> = Promise.resolve();
  const at = (cursor: string | undefined, otherwise: number) => (cursor ? Number(cursor.slice(1)) : otherwise);
  const read = async ({ first, after, last, before }: Window): Promise<Page> => {
    const between = all.filter((n) => n > at(after, 0) && n < at(before, Infinity));
    const chosen = first ? between.slice(0, first) : between.slice(-(last ?? PAGE));
    const answer = {
      messages: chosen.map(said),
      hasPrevious: chosen.length > 0 && all[0]! < chosen[0]!,
      hasNext: chosen.length > 0 && all.at(-1)! > chosen.at(-1)!,
    };
    await gate;
    return answer;
  };
  return {
    read,
    say: (number: number) => void all.push(number),
    hold() {
      let open = () => {};
      gate = new Promise((resolve) => (open = resolve));
      return () => open();
    },
  };
}

describe('a stretch of history', () => {
  it('begins with the latest', async () => {
    const history = new History(server(120).read);
    await history.latest();
    expect(numbers(history)).toEqual(range(71, 120));
    expect(history.now.get()).toMatchObject({ fromStart: false, toEnd: true, loading: null });
  });

  it('loads what is older until there is no more', async () => {
    const history = new History(server(120).read);
    await history.latest();
    await history.older();
    await history.older();
    await history.older();
    expect(numbers(history)).toEqual(range(1, 120));
    expect(history.now.get().fromStart).toBe(true);
  });

  it('begins behind a cursor, with some of what is before it', async () => {
    const history = new History(server(500).read);
    await history.behind('c200');
    expect(numbers(history)).toEqual(range(176, 250));
    expect(history.now.get()).toMatchObject({ fromStart: false, toEnd: false });
    await history.newer();
    expect(numbers(history)).toEqual(range(176, 300));
  });

  it('begins at the start where nothing has been read', async () => {
    const history = new History(server(120).read);
    await history.behind(null);
    expect(numbers(history)).toEqual(range(1, 50));
    expect(history.now.get()).toMatchObject({ fromStart: true, toEnd: false });
  });

  it('takes each message once, in its order, however it comes', async () => {
    const there = server(10);
    const history = new History(there.read);
    await history.latest();
    history.arrived([said(12)]);
    history.arrived([said(11), said(12), said(13)]);
    history.arrived([said(5)]);
    expect(numbers(history)).toEqual(range(1, 13));
  });

  it('keeps what comes while a page is on its way', async () => {
    const there = server(60);
    const open = there.hold();
    const history = new History(there.read);
    const loaded = history.latest();
    history.arrived([said(61), said(62)]);
    open();
    await loaded;
    expect(numbers(history)).toEqual(range(11, 62));
    const again = there.hold();
    const older = history.older();
    history.arrived([said(63)]);
    again();
    await older;
    expect(numbers(history)).toEqual(range(1, 63));
  });

  it('does not take what is new for what comes next, where it does not reach to the end', async () => {
    const history = new History(server(500).read);
    await history.behind('c200');
    history.arrived([said(501)]);
    expect(numbers(history)).toEqual(range(176, 250));
  });

  it('holds no more than a few hundred, on the side that somebody looks at', async () => {
    const history = new History(server(2000).read);
    await history.latest();
    for (let page = 0; page < 10; page++) await history.older();
    history.trim(10);
    expect(numbers(history)).toHaveLength(MOST);
    expect(numbers(history)[0]).toBe(1451);
    expect(history.now.get().toEnd).toBe(false);
    for (let page = 0; page < 3; page++) await history.newer();
    history.trim(MOST);
    expect(numbers(history)).toHaveLength(MOST);
    expect(numbers(history).at(-1)).toBe(2000);
    expect(history.now.get().fromStart).toBe(false);
  });

  it('knows that there is something before once it has let go of it', async () => {
    const history = new History(server(520).read);
    await history.latest();
    while (!history.now.get().fromStart) await history.older();
    history.trim(MOST);
    expect(numbers(history)).toEqual(range(121, 520));
    expect(history.now.get().fromStart).toBe(false);
    await history.older();
    expect(numbers(history)[0]).toBe(71);
  });

  it('takes no answer that comes after that to a later question', async () => {
    const { read } = server(300);
    let open = () => {};
    const held = new Promise<void>((resolve) => (open = resolve));
    const history = new History(async (window) => {
      if (window.before) await held;
      return read(window);
    });
    await history.latest();
    const older = history.older();
    await history.behind(null);
    open();
    await older;
    expect(numbers(history)).toEqual(range(1, 50));
  });

  it('forgets the answer to a question that is no longer asked', async () => {
    const there = server(300);
    const history = new History(there.read);
    await history.latest();
    const open = there.hold();
    const older = history.older();
    const latest = history.latest();
    open();
    await Promise.all([older, latest]);
    expect(numbers(history)).toEqual(range(251, 300));
  });

  it('says what went wrong, and keeps what it has', async () => {
    let broken = false;
    const { read } = server(100);
    const history = new History((window) => (broken ? Promise.reject(new Error('gone')) : read(window)));
    await history.latest();
    broken = true;
    await history.older();
    expect(history.now.get()).toMatchObject({ loading: null, problem: { code: 'UNREACHABLE' } });
    expect(numbers(history)).toEqual(range(51, 100));
    broken = false;
    // Whoever scrolls asks all the time: not again before somebody says so, or the line stands again.
    await history.older();
    expect(numbers(history)).toEqual(range(51, 100));
    await history.again();
    expect(history.now.get().problem).toBe(null);
    expect(numbers(history)).toEqual(range(1, 100));
  });

  it('ends in the same whatever happens in whichever order', async () => {
    let seed = 7;
    const chance = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    for (let walk = 0; walk < 100; walk++) {
      let newest = 150;
      const there = server(newest, [20, 21, 99]);
      const history = new History(there.read);
      const under: Promise<void>[] = [history.latest()];
      for (let step = 0; step < 60; step++) {
        const which = chance(6);
        if (which === 0) under.push(history.older());
        else if (which === 1) under.push(history.newer());
        else if (which === 2) await Promise.all(under.splice(0));
        else if (which === 3) history.trim(chance(2) * history.now.get().messages.length);
        else if (which === 4 && chance(9) === 0) under.push(history.behind(`c${chance(newest)}`));
        else {
          newest += 1;
          there.say(newest);
          history.arrived([said(newest)]);
          if (chance(2)) history.arrived([said(newest)]);
        }
        const held = numbers(history);
        const whole = range(held[0] ?? 1, held.at(-1) ?? 0).filter((n) => ![20, 21, 99].includes(n));
        expect(held).toEqual(whole);
      }
      await Promise.all(under);
      while (!history.now.get().toEnd) await history.newer();
      expect(numbers(history).at(-1)).toBe(newest);
    }
  });

  it('says what messages say now, and what is one\'s own about them stays', async () => {
    const history = new History(server(3).read);
    await history.latest();
    history.changed([{ ...said(2), myReactions: ['👍'] }]);
    history.changed([{ ...said(2), body: 'mended' }, { ...said(9), body: 'not held' }]);
    expect(history.now.get().messages.map(({ body }) => body)).toEqual(['1', 'mended', '3']);
    expect(history.now.get().messages[1]!.myReactions).toEqual(['👍']);
  });

  it('has files as they are now, wherever they were sent', async () => {
    const history = new History(server(2).read);
    await history.latest();
    const file = { id: 'f', name: 'old' } as never;
    const other = { id: 'g', name: 'other' } as never;
    history.arrived([{ ...said(3), files: [file, other] }, { ...said(4), files: [file] }]);
    const names = () => history.now.get().messages.map(({ files }) => files.map(({ name }) => name).join());
    history.filed('f', { id: 'f', name: 'new' } as never);
    expect(names()).toEqual(['', '', 'new,other', 'new']);
    history.filed('f', null);
    expect(names()).toEqual(['', '', 'other', '']);
  });

  it('has what was deleted as a place, also in what replies to it', async () => {
    const history = new History(server(2).read);
    await history.latest();
    history.arrived([{ ...said(3), replyTo: { id: 'm2', body: '2', deletedAt: null, author: null } }]);
    history.deleted('m2');
    const [, second, third] = history.now.get().messages;
    expect([second!.body, second!.deletedAt === null, third!.replyTo!.body]).toEqual(['', false, '']);
  });

  it('counts replies as they come, and never backwards', async () => {
    const history = new History(server(2).read);
    await history.latest();
    history.arrived([{ ...said(3), thread: { id: 'm1', replyCount: 5 } }]);
    history.arrived([{ ...said(4), thread: { id: 'm1', replyCount: 4 } }]);
    expect(history.now.get().messages[0]!.replyCount).toBe(5);
  });

  it('takes in what changes while a page is being read', async () => {
    const at = server(60);
    const history = new History(at.read);
    await history.latest();
    const open = at.hold();
    const reading = history.older();
    history.changed([{ ...said(5), body: 'mended' }]);
    open();
    await reading;
    expect(history.now.get().messages[4]!.body).toBe('mended');
  });
});
