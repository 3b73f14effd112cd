import { CombinedGraphQLErrors } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Said } from '../src/api/said';
import { Outbox, type Outgoing } from '../src/conversation/outbox';
import { plain } from './said';

const refusal = (code: string, more = {}) =>
  new CombinedGraphQLErrors({ data: null, errors: [{ message: 'no', extensions: { code, ...more } }] });

const arrived = ({ id, body, createdAt }: Outgoing): Said => ({
  ...plain,
  id,
  body,
  createdAt,
  number: 1,
  cursor: 'c1',
});

const written = (id: string, channelId = 'lobby') => ({
  id,
  channelId,
  body: `says ${id}`,
  createdAt: '2026-01-01T00:00:00Z',
});

function kept() {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem(key: string, value: string) {
      held.set(key, value);
      (this as Record<string, unknown>)[key] = value;
    },
    removeItem(key: string) {
      held.delete(key);
      delete (this as Record<string, unknown>)[key];
    },
  };
}

describe('the outbox', () => {
  const tried: string[] = [];
  const told: string[] = [];
  let answer: (message: Outgoing) => Promise<Said>;
  const outbox = () =>
    new Outbox(
      'outbox.ada',
      (message) => {
        tried.push(message.id);
        return answer(message);
      },
      (_, message) => told.push(message.id),
    );
  const states = (of: Outbox) => of.now.get().map(({ id, state }) => `${id} ${state}`);

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('localStorage', kept());
    const elsewhere = new EventTarget();
    vi.stubGlobal('addEventListener', elsewhere.addEventListener.bind(elsewhere));
    vi.stubGlobal('removeEventListener', elsewhere.removeEventListener.bind(elsewhere));
    vi.stubGlobal('dispatchEvent', elsewhere.dispatchEvent.bind(elsewhere));
    tried.length = told.length = 0;
    answer = async (message) => arrived(message);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('sends what is written, and keeps nothing of what has arrived', async () => {
    const box = outbox();
    box.add(written('a'));
    expect(states(box)).toEqual(['a sending']);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['a']);
    expect(states(box)).toEqual([]);
    expect(states(outbox())).toEqual([]);
  });

  it('sends one after the other within a channel, and the channels beside each other', async () => {
    const open: (() => void)[] = [];
    answer = (message) => new Promise((resolve) => open.push(() => resolve(arrived(message))));
    const box = outbox();
    for (const one of [written('a'), written('b'), written('c', 'kitchen')]) box.add(one);
    await vi.advanceTimersByTimeAsync(0);
    expect(tried).toEqual(['a', 'c']);
    open[0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(tried).toEqual(['a', 'c', 'b']);
  });

  it('tries again under the same id, in the same order, for as long as nothing answers', async () => {
    answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const box = outbox();
    box.add(written('a'));
    box.add(written('b'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states(box)).toEqual(['a waiting', 'b sending']);
    expect(tried.length).toBeGreaterThan(3);
    expect(tried.length).toBeLessThan(12);
    expect(new Set(tried)).toEqual(new Set(['a']));
    answer = async (message) => arrived(message);
    box.hurry();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['a', 'b']);
  });

  it('waits as long as the server asks it to', async () => {
    answer = () => Promise.reject(refusal('RATE_LIMITED', { retryAfter: 20 }));
    const box = outbox();
    box.add(written('a'));
    await vi.advanceTimersByTimeAsync(19_000);
    expect(tried).toEqual(['a']);
    answer = async (message) => arrived(message);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['a']);
  });

  it('leaves what is refused to whoever wrote it, and goes on with the next', async () => {
    answer = async (message) => {
      if (message.id === 'a') throw refusal('FORBIDDEN');
      return arrived(message);
    };
    const box = outbox();
    box.add(written('a'));
    box.add(written('b'));
    await vi.advanceTimersByTimeAsync(0);
    expect(states(box)).toEqual(['a failed']);
    expect(box.now.get()[0]!.problem!.code).toBe('FORBIDDEN');
    answer = async (message) => arrived(message);
    box.retry('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(tried).toEqual(['a', 'b', 'a']);
    expect(states(box)).toEqual([]);
  });

  it('is there again after a reload, what failed as well as what waits', async () => {
    answer = (message) => Promise.reject(message.id === 'a' ? refusal('FORBIDDEN') : new TypeError());
    const box = outbox();
    box.add(written('a'));
    box.add(written('b'));
    await vi.advanceTimersByTimeAsync(0);
    box.close();
    const again = outbox();
    expect(states(again)).toEqual(['a failed', 'b waiting']);
    answer = async (message) => arrived(message);
    again.hurry();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['b']);
  });

  it('takes for sent what the feed tells of, though the answer was lost', async () => {
    answer = () => Promise.reject(new TypeError());
    const box = outbox();
    box.add(written('a'));
    await vi.advanceTimersByTimeAsync(0);
    box.arrived([arrived({ ...written('a'), state: 'waiting' })]);
    expect(states(box)).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tried).toEqual(['a']);
  });

  it('keeps beside each other what several tabs have', async () => {
    answer = () => Promise.reject(new TypeError());
    const one = outbox();
    const other = outbox();
    one.add(written('a'));
    other.add(written('b'));
    await vi.advanceTimersByTimeAsync(0);
    one.close();
    other.close();
    expect(states(outbox())).toEqual(['a waiting', 'b waiting']);
  });

  it('keeps nothing any more once it is closed, whatever is still answered', async () => {
    let fail = () => {};
    answer = () => new Promise((_, reject) => (fail = () => reject(new TypeError())));
    const box = outbox();
    box.add(written('a'));
    box.close();
    localStorage.removeItem('tertulia.outbox.ada.a');
    fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(states(outbox())).toEqual([]);
  });

  it('lets go of what was discarded, or sent, in another tab', async () => {
    answer = () => Promise.reject(refusal('FORBIDDEN'));
    const here = outbox();
    here.add(written('a'));
    await vi.advanceTimersByTimeAsync(0);
    const there = outbox();
    here.discard('a');
    expect(states(there)).toEqual(['a failed']);
    dispatchEvent(Object.assign(new Event('storage'), { key: 'tertulia.outbox.ada.a' }));
    expect(states(there)).toEqual([]);
  });
});
