// Tokens that are renewed in time, on their own and with clients.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resumable, retrying, tokens } from 'tertulia-resume';
import { CLIENTS, FOLLOW, atOnce, follow, stage } from './stage.js';

const URL = 'http://chat.example/graphql';
const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const signIn = (number, seconds = 900) => ({
  accessToken: `access ${number}`,
  accessTokenExpiresAt: inSeconds(seconds),
  refreshToken: `refresh ${number}`,
});
const refused = (code) => ({
  data: { refreshSession: null },
  errors: [{ message: 'No.', extensions: { code } }],
});

/** A fetch that gives one answer after the other, or throws it. */
function answering(...answers) {
  const requests = [];
  const fetch = async (url, { body, ...init }) => {
    requests.push({ url, ...init, ...JSON.parse(body) });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    const renewed = 'accessToken' in answer;
    return Response.json(renewed ? { data: { refreshSession: answer } } : answer);
  };
  return { fetch, requests };
}

describe('tokens', () => {
  it('are as they were for as long as they are good for half a minute', async () => {
    const { fetch, requests } = answering();
    const auth = tokens({ url: URL, fetch, ...signIn(1, 40) });
    assert.equal(await auth.get(), 'access 1');
    assert.deepEqual(await auth.headers(), { authorization: 'Bearer access 1' });
    assert.deepEqual(await auth.connectionParams(), { authorization: 'Bearer access 1' });
    assert.deepEqual(requests, []);
  });

  it('are renewed half a minute before they end', async () => {
    const { fetch, requests } = answering(signIn(2));
    const auth = tokens({ url: URL, fetch, ...signIn(1, 20) });
    assert.equal(await auth.get(), 'access 2');
    assert.equal(await auth.get(), 'access 2');
    assert.equal(requests.length, 1);
    const [{ url, method, credentials, headers, variables }] = requests;
    assert.deepEqual([url, method, credentials], [URL, 'POST', 'same-origin']);
    assert.deepEqual(headers, { 'content-type': 'application/json' });
    assert.deepEqual(variables, { refreshToken: 'refresh 1' });
  });

  it('are renewed first where nobody knows when they end', async () => {
    const { fetch } = answering(signIn(2));
    assert.equal(await tokens({ url: URL, fetch, refreshToken: 'refresh 1' }).get(), 'access 2');
  });

  it('are told to whoever keeps them before they are used', async () => {
    const kept = [];
    const { fetch } = answering(signIn(2));
    const onChange = async (changed) => {
      await new Promise(setImmediate);
      kept.push(changed);
    };
    await tokens({ url: URL, fetch, onChange, ...signIn(1, 0) }).get();
    assert.deepEqual(kept.map(Object.keys), [Object.keys(signIn(2))]);
    assert.equal(kept[0].refreshToken, 'refresh 2');
  });

  it('are renewed once for all who ask meanwhile', async () => {
    const { fetch, requests } = answering(signIn(2));
    const auth = tokens({ url: URL, fetch, ...signIn(1, 0) });
    const asked = [auth.get(), auth.get(), auth.headers()];
    await Promise.all(asked);
    assert.equal(requests.length, 1);
  });

  it('are renewed with the refresh token that came last', async () => {
    const { fetch, requests } = answering(signIn(2), signIn(3));
    const auth = tokens({ url: URL, fetch, ...signIn(1, 0) });
    await auth.get();
    auth.expired();
    assert.equal(await auth.get(), 'access 3');
    assert.deepEqual(requests[1].variables, { refreshToken: 'refresh 2' });
  });

  it('are renewed when told that they have expired, whatever the clock says', async () => {
    const { fetch } = answering(signIn(2));
    const auth = tokens({ url: URL, fetch, ...signIn(1) });
    auth.expired();
    assert.equal(await auth.get(), 'access 2');
  });

  it('are not renewed at every turn where the clock is ahead', async () => {
    const { fetch, requests } = answering(signIn(2, -3600));
    const auth = tokens({ url: URL, fetch, ...signIn(1, -3600) });
    assert.equal(await auth.get(), 'access 2');
    assert.equal(await auth.get(), 'access 2');
    assert.equal(requests.length, 1);
  });

  for (const code of ['UNAUTHENTICATED', 'BANNED']) {
    it(`are refused as ${code}`, async () => {
      const { fetch } = answering(refused(code), refused(code));
      const auth = tokens({ url: URL, fetch, ...signIn(1, 0) });
      await assert.rejects(auth.get(), { message: 'No.', code, extensions: { code } });
      await assert.rejects(auth.headers(), { code });
    });
  }

  it('stay where the network fails, and are tried again', async () => {
    const { fetch } = answering(new TypeError('offline'), new TypeError('offline'), signIn(2));
    const auth = tokens({ url: URL, fetch, ...signIn(1, 0) });
    await assert.rejects(auth.get(), { message: 'offline' });
    assert.deepEqual(await auth.headers(), { authorization: 'Bearer access 1' });
    assert.deepEqual(await auth.headers(), { authorization: 'Bearer access 2' });
  });

  it('stay where the server has no time', async () => {
    const { fetch } = answering(refused('RATE_LIMITED'), refused('RATE_LIMITED'));
    const auth = tokens({ url: URL, fetch, ...signIn(1, 0) });
    await assert.rejects(auth.get(), { code: 'RATE_LIMITED' });
    assert.deepEqual(await auth.headers(), { authorization: 'Bearer access 1' });
  });

  it('are missed where there have been none yet', async () => {
    const { fetch } = answering(new TypeError('offline'));
    const auth = tokens({ url: URL, fetch, refreshToken: 'refresh 1' });
    await assert.rejects(auth.headers(), { message: 'offline' });
  });

  it('may be in cookies', async () => {
    const inCookies = { ...signIn(1), accessToken: null, refreshToken: null };
    const { fetch, requests } = answering(inCookies, inCookies);
    const auth = tokens({ url: URL, fetch });
    assert.equal(await auth.get(), null);
    assert.deepEqual(await auth.headers(), {});
    auth.expired();
    await auth.get();
    assert.equal(requests.length, 2);
    for (const { credentials, variables } of requests) {
      assert.equal(credentials, 'include');
      assert.equal(variables.refreshToken ?? null, null);
    }
  });

  it('say what came instead of an answer', async () => {
    const { fetch } = answering({ detail: 'something else' });
    await assert.rejects(tokens({ url: URL, fetch }).get(), { message: 'no answer but 200' });
  });
});

/** A client of a server that takes one token alone, with tokens that are renewed. */
async function signedIn(test, clientOf, ...answers) {
  let good = 'Bearer access 1';
  const on = await stage(test, { permits: (authorization) => authorization === good });
  const { fetch, requests } = answering(...answers);
  const auth = tokens({ url: URL, fetch, ...signIn(1) });
  const options = { ...retrying, retryWait: atOnce, retry: atOnce, headers: auth.headers };
  const client = resumable(clientOf(on, options), { tokens: auth });
  const replaceToken = (number) => (good = `Bearer access ${number}`);
  return { on, client, requests, replaceToken };
}

for (const [name, clientOf] of Object.entries(CLIENTS)) {
  describe(`tokens with ${name}`, { timeout: 20_000 }, () => {
    it('are renewed once refused, and what was followed goes on', async (test) => {
      const { on, client, replaceToken } = await signedIn(test, clientOf, signIn(2));
      const messages = follow(client);
      await on.feed.followed.next();
      on.feed.add('one');
      assert.equal(await messages.next(), 'one');
      replaceToken(2);
      on.cut(4403);
      on.cut();
      on.feed.add('missed');
      assert.equal(await messages.next(), 'missed');
      assert.deepEqual(on.feed.followed.rest(), ['a1']);
      messages.dispose();
    });

    it('end what they are for when they are refused', async (test) => {
      const { on, client, replaceToken } = await signedIn(test, clientOf, refused('BANNED'));
      const messages = follow(client);
      await on.feed.followed.next();
      replaceToken(2);
      on.cut();
      assert.equal((await messages.next()).error.code, 'BANNED');
    });
  });
}

it('a socket is tried again with the old token while only the network fails', async (test) => {
  const answers = [new TypeError('offline'), new TypeError('offline'), signIn(2)];
  const clientOf = CLIENTS['graphql-ws'];
  const { on, client, replaceToken, requests } = await signedIn(test, clientOf, ...answers);
  replaceToken(2);
  const messages = follow(client);
  assert.equal(await on.feed.followed.next(), 'a0');
  assert.equal(requests.length, 3);
  messages.dispose();
});

it('an operation that is refused with fresh tokens too ends', async (test) => {
  const { client, replaceToken } = await signedIn(test, CLIENTS['graphql-sse'], signIn(2));
  replaceToken(3);
  const messages = follow(client, { query: FOLLOW, variables: { after: 'a0' } });
  const { errors } = await messages.next();
  assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(await messages.next(), 'the end');
});
