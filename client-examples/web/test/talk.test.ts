// What one agrees to of what goes directly, and what becomes of a file whose receiver stays away.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Chat as House } from '../src/chat';
import { type Incoming, NotSent, type Offer } from '../src/direct/files';
import type { Wishes } from '../src/direct/link';
import type { Pipe } from '../src/direct/pipe';
import { Talk } from '../src/direct/talk';
import { ofCalls } from '../src/calls/words';
import { ofDirect } from '../src/direct/words';

let wishes: Wishes;
let connect: () => void;
/** Channels for files that are open now, each with what ends it. */
const open = new Set<() => void>();

vi.mock('../src/files/uploads', () => ({}));
vi.mock('../src/calls/server', () => ({ signalsOf: () => ({}) }));
vi.mock('../src/direct/link', () => ({
  Link: class {
    constructor(_signals: unknown, _other: unknown, _chat: unknown, given: Wishes) {
      wishes = given;
    }
    again() {}
    leave() {}
    connected = () => (connected ? Promise.resolve() : new Promise<void>((resolve) => (connect = resolve)));
    openFile = () => {
      if (!connected) throw new Error('lost');
      return channel();
    };
  },
}));

let connected = false;

/** One over which nobody answers until it ends: the file has been declined then. */
function channel() {
  let end = () => {};
  const over = new Promise<void>((resolve) => (end = resolve));
  const close = () => {
    open.delete(close);
    end();
  };
  open.add(close);
  const receive = () => over.then(() => ({ type: 'decline' }));
  return { opened: async () => {}, tell: () => {}, closed: false, receive, close } as never as Pipe;
}

const MINE = 'photo.jpg';
let talk: Talk;
const forgotten: string[] = [];

/** Only asks; what is agreed to never ends. */
const incoming = {
  async receive(pipe: Pipe, wanted: (offer: Offer) => Promise<boolean>) {
    const agreed = await wanted((pipe as never as { offer: Offer }).offer);
    (pipe as never as { agreed: boolean }).agreed = agreed;
    if (!agreed) throw new NotSent('not wanted');
    return new Promise(() => {});
  },
  forget: async (id: string) => void forgotten.push(id),
} as never as Incoming;

/** Somebody offers a file; afterwards it says whether that was agreed to. */
function offered(id: string, name = MINE, size = 20_000) {
  let lose = () => {};
  const over = new Promise<void>((resolve) => (lose = resolve));
  const pipe = {
    ...{ offer: { id, name, size, contentType: '' }, agreed: undefined as boolean | undefined, closed: false },
    ...{ over: () => over, has: (_: string) => false, tell: () => {}, close: () => {} },
  };
  wishes.takeFile!(pipe as never as Pipe);
  return { pipe, lose };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const states = () => talk.files.get().map(({ state }) => state);

beforeEach(() => {
  connected = false;
  open.clear();
  talk = new Talk({} as House, 'ben', 'channel', incoming);
});

describe('many files', () => {
  it('go eight at a time, and leave nothing to send in the end', async () => {
    connected = true;
    for (let number = 0; number < 20; number += 1) talk.send(new File(['x'], `${number}.jpg`));
    await settled();
    expect([open.size, talk.left]).toEqual([8, 20]);
    for (const end of [...open].slice(0, 3)) end();
    await settled();
    expect([open.size, talk.left]).toEqual([8, 17]);
    expect(states().filter((state) => state === 'sending')).toHaveLength(8);
    talk.cancel(talk.files.get().at(-1)!.id);
    await settled();
    expect([open.size, talk.left]).toEqual([8, 16]);
    while (open.size) {
      for (const end of open) end();
      await settled();
    }
    expect(talk.left).toBe(0);
  });
});

describe('a file that is offered', () => {
  it('is taken when somebody has said so, and no other under its id', async () => {
    const { pipe } = offered('a');
    await settled();
    expect([pipe.agreed, states()]).toEqual([undefined, ['offered']]);
    talk.answer('a', true);
    await settled();
    expect(pipe.agreed).toBe(true);
    const others = [offered('a', 'x.exe'), offered('a', MINE, 50_000_000), offered('a')];
    await settled();
    expect(others.map(({ pipe }) => pipe.agreed)).toEqual([false, false, true]);
  });

  it('is not taken under the id of one that goes the other way', async () => {
    talk.send(new File(['x'], MINE));
    const { id, size } = talk.files.get()[0]!;
    const { pipe } = offered(id, MINE, size);
    await settled();
    expect([pipe.agreed, states()]).toEqual([false, ['waiting']]);
  });

  it('is asked about once, also when the connection is lost meanwhile', async () => {
    const { pipe, lose } = offered('a');
    await settled();
    pipe.closed = true;
    lose();
    await settled();
    expect(states()).toEqual(['offered']);
    talk.answer('a', true);
    const again = offered('a');
    await settled();
    expect([again.pipe.agreed, states()]).toEqual([true, ['coming']]);
  });

  it('is not asked about any more when its sender has thought better of it', async () => {
    const { pipe, lose } = offered('a');
    await settled();
    Object.assign(pipe, { closed: true, has: (type: string) => type === 'cancel' });
    lose();
    await settled();
    expect(states()).toEqual(['failed']);
  });

  it('is gone from the browser when it is taken off the list', async () => {
    const { pipe } = offered('a');
    await settled();
    talk.answer('a', true);
    await settled();
    talk.cancel('a');
    expect([pipe.agreed, states(), forgotten]).toEqual([true, ['failed'], []]);
    talk.discard('a');
    expect([states(), forgotten]).toEqual([[], ['a']]);
  });

  it('waits with twenty others at the most', async () => {
    const all = Array.from({ length: 25 }, (_, place) => offered(String(place)));
    await settled();
    expect(all.filter(({ pipe }) => pipe.agreed === false)).toHaveLength(5);
    expect(states()).toHaveLength(20);
  });
});

describe('a file whose receiver stays away', () => {
  it('is asked about, and again only after a while', async () => {
    vi.useFakeTimers();
    talk.send(new File(['x'], MINE));
    const { id } = talk.files.get()[0]!;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(states()).toEqual(['asking']);
    talk.decide(id, false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states()).toEqual(['waiting']);
    await vi.advanceTimersByTimeAsync(10_500);
    expect(states()).toEqual(['asking']);
    connect();
    await vi.advanceTimersByTimeAsync(300);
    expect(states()).toEqual(['waiting']);
    talk.cancel(id);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states()).toEqual(['failed']);
    vi.useRealTimers();
  });
});

it('has the same words in each language', () => {
  for (const each of [ofCalls, ofDirect]) {
    for (const words of Object.values(each)) expect(Object.keys(words)).toEqual(Object.keys(each.en!));
  }
});
