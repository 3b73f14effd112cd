import { CombinedGraphQLErrors } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Reading } from '../src/conversation/reading';

const at = (number: number) => ({ cursor: `c${number}`, number });

describe('what has been read', () => {
  const told: string[] = [];
  let answer: () => Promise<void>;
  let reading: Reading;

  beforeEach(() => {
    vi.useFakeTimers();
    told.length = 0;
    answer = async () => {};
    reading = new Reading((channelId, cursor) => {
      told.push(`${channelId} ${cursor}`);
      return answer();
    });
  });
  afterEach(() => void vi.useRealTimers());

  it('is told once for all that is read within some seconds', async () => {
    for (const number of [1, 2, 3]) reading.upTo('kitchen', at(number));
    await vi.advanceTimersByTimeAsync(500);
    expect(told).toEqual(['kitchen c3']);
    reading.upTo('kitchen', at(4));
    reading.upTo('garden', at(9));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told.slice(1)).toEqual(['kitchen c4', 'garden c9']);
  });

  it('is not told again, nor backwards, nor where it is known', async () => {
    reading.upTo('kitchen', at(5));
    await vi.advanceTimersByTimeAsync(500);
    reading.known('garden', 7);
    for (const [channelId, number] of [['kitchen', 5], ['kitchen', 2], ['garden', 7]] as const) {
      reading.upTo(channelId, at(number));
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['kitchen c5']);
  });

  it('is told again where nothing answered, once the line stands again', async () => {
    answer = () => Promise.reject(new TypeError());
    reading.upTo('kitchen', at(5));
    await vi.advanceTimersByTimeAsync(500);
    answer = async () => {};
    await reading.now();
    await reading.now();
    expect(told).toEqual(['kitchen c5', 'kitchen c5']);
  });

  it('is not told again where it was refused', async () => {
    const errors = [{ message: 'no', extensions: { code: 'NOT_FOUND' } }];
    answer = () => Promise.reject(new CombinedGraphQLErrors({ data: null, errors }));
    reading.upTo('kitchen', at(5));
    await vi.advanceTimersByTimeAsync(500);
    await reading.now();
    expect(told).toEqual(['kitchen c5']);
  });
});
