import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sessions } from '../src/session/session';

const user = (id: string) => ({
  __typename: 'User',
  id,
  username: id,
  displayName: id,
  role: 'USER',
  banned: false,
  email: null,
});
const refused = (code: string) => ({ data: null, errors: [{ message: 'no', extensions: { code } }] });
const lost = new TypeError('Failed to fetch');

type Answer = ApolloLink.Result | TypeError;

describe('who is signed in', () => {
  let asked: string[];
  let answers: Record<string, (() => Answer | Promise<Answer>)[]>;
  let kept: Map<string, string>;
  const left: string[] = [];
  /** The other tabs of this browser. */
  let tab: { onmessage: (event: { data: string | null }) => void };
  const posted: unknown[] = [];
  const replaced: string[] = [];

  const link = new ApolloLink(
    ({ operationName }) =>
      new Observable((observer) => {
        asked.push(operationName!);
        const next = answers[operationName!]?.shift() ?? (() => refused('UNAUTHENTICATED'));
        void Promise.resolve(next()).then((answer) => {
          if (answer instanceof TypeError) return observer.error(answer);
          observer.next(answer);
          observer.complete();
        });
      }),
  );
  const isMe = (id: string) => () => ({ data: { me: user(id) } });
  const renewedAs = (id: string) => () => ({ data: { refreshSession: { __typename: 'Session', user: user(id) } } });
  const enteredAs = (id: string) => () => ({ data: { login: { __typename: 'Session', user: user(id) } } });
  const done = () => ({ data: { logout: true } });

  const begun = (first: typeof answers = {}) => {
    answers = first;
    const sessions = new Sessions();
    sessions.use(new ApolloClient({ link, cache: new InMemoryCache() }));
    return sessions;
  };
  const state = (of: Sessions) => {
    const now = of.now.get();
    return now.state === 'in' ? now.me.id : now.state;
  };

  beforeEach(() => {
    asked = [];
    left.length = posted.length = replaced.length = 0;
    kept = new Map([['tertulia.draft.ada.kitchen', '"Not yet"'], ['tertulia.theme', '"dark"']]);
    vi.stubGlobal('localStorage', new Proxy({}, {
      get: (_, name) =>
        ({
          getItem: (key: string) => kept.get(key) ?? null,
          removeItem: (key: string) => kept.delete(key),
        })[name as string],
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    }));
    vi.stubGlobal('BroadcastChannel', class {
      constructor() {
        tab = this as never;
      }
      postMessage = (id: unknown) => posted.push(id);
    });
    // As over plain HTTP, where there are no locks.
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('location', { replace: (to: string) => replaced.push(to) });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    ['whose token is good', { WhoAmI: [isMe('ada')] }, 'ada', ['WhoAmI']],
    ['whose token has expired', { Renew: [renewedAs('ada')] }, 'ada', ['WhoAmI', 'Renew']],
    ['nobody', {}, 'out', ['WhoAmI', 'Renew']],
    ['we cannot know', { WhoAmI: [() => lost] }, 'unreachable', ['WhoAmI']],
  ])('is found out: %s', async (_, first, found, questions) => {
    const sessions = begun(first as never);
    await sessions.look();
    expect(state(sessions)).toBe(found);
    expect(asked).toEqual(questions);
  });

  it('asks once for all who want to renew at the same time', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada')] });
    await Promise.all([sessions.renew(), sessions.renew()]);
    expect(asked).toEqual(['WhoAmI']);
  });

  it('signs out, also where the token has expired, and forgets what was theirs', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada')], Logout: [() => refused('UNAUTHENTICATED'), done], Renew: [renewedAs('ada')] });
    await sessions.look();
    await sessions.leave();
    expect(asked).toEqual(['WhoAmI', 'Logout', 'Renew', 'Logout']);
    expect(state(sessions)).toBe('out');
    expect([...kept.keys()]).toEqual(['tertulia.theme']);
    expect(posted).toEqual([null]);
  });

  it('is out where even the renewal is refused', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada')] });
    await sessions.look();
    await sessions.leave();
    expect(asked).toEqual(['WhoAmI', 'Logout', 'Renew']);
    expect(state(sessions)).toBe('out');
  });

  it('stays in where the server cannot be told', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada')], Logout: [() => lost] });
    await sessions.look();
    await expect(sessions.leave()).rejects.toThrow();
    expect(state(sessions)).toBe('ada');
    expect(kept.size).toBe(2);
  });

  it('keeps what is written where the session ends by itself', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada')] });
    await sessions.look();
    await sessions.renew();
    expect(sessions.now.get()).toMatchObject({ state: 'out', why: { code: 'UNAUTHENTICATED' } });
    expect(kept.size).toBe(2);
  });

  it('goes with the other tabs', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada'), isMe('ada')] });
    await sessions.look();
    tab.onmessage({ data: 'ada' });
    expect(state(sessions)).toBe('ada');
    tab.onmessage({ data: null });
    expect(state(sessions)).toBe('out');
    expect([...kept.keys()]).toEqual(['tertulia.theme']);
    tab.onmessage({ data: 'ada' });
    await vi.waitUntil(() => sessions.signedIn());
    expect(replaced).toEqual([]);
  });

  it('begins a new page for somebody else, and shows nothing until then', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada')] });
    await sessions.look();
    tab.onmessage({ data: 'ben' });
    expect([state(sessions), replaced]).toEqual(['looking', ['/']]);
    tab.onmessage({ data: null });
    expect([state(sessions), replaced]).toEqual(['looking', ['/']]);
    expect(sessions.signedInAs('ada')).toBe(false);
  });

  it('begins a new page where somebody else signs in', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada')], Login: [enteredAs('ben')] });
    await sessions.look();
    tab.onmessage({ data: null });
    await sessions.enter('ben', 'password');
    expect([state(sessions), replaced]).toEqual(['looking', ['/']]);
  });

  it('begins a new page where the cookies turn out to be of somebody else', async () => {
    const sessions = begun({ WhoAmI: [isMe('ada'), isMe('ben')] });
    await sessions.look();
    await sessions.renew();
    expect([state(sessions), replaced]).toEqual(['looking', ['/']]);
  });

  it('is nobody any more once a new page is on its way', async () => {
    let answer = (_: Answer) => {};
    const slow = new Promise<Answer>((resolve) => (answer = resolve));
    const sessions = begun({ WhoAmI: [isMe('ada'), () => slow] });
    await sessions.look();
    const renewed = sessions.renew();
    tab.onmessage({ data: 'ben' });
    answer(isMe('ada')());
    await renewed;
    expect(state(sessions)).toBe('looking');
  });

  it('is not ended by an answer from before somebody signed in', async () => {
    let answer = (_: Answer) => {};
    const slow = new Promise<Answer>((resolve) => (answer = resolve));
    const sessions = begun({ WhoAmI: [() => slow], Login: [enteredAs('ada')] });
    const looked = sessions.look();
    await sessions.enter('ada', 'password');
    answer(refused('UNAUTHENTICATED'));
    await looked;
    expect(state(sessions)).toBe('ada');
    expect(kept.size).toBe(2);
  });
});
