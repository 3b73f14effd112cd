// When graphql-ws tries again, with the options of this package.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { resumable, retrying } from 'tertulia-resume';
import { CLIENTS, atOnce, follow, stage } from './stage.js';

const followed = async (test) => {
  const on = await stage(test);
  const client = CLIENTS['graphql-ws'](on, { ...retrying, retryWait: atOnce });
  const messages = follow(resumable(client));
  await on.feed.followed.next();
  return { on, messages };
};

for (const code of [1001, 1012, 1013, 4403, 4408, 4499]) {
  it(`connects again after ${code}`, async (test) => {
    const { on, messages } = await followed(test);
    on.cut(code);
    assert.equal(await on.feed.followed.next(), 'a0');
    messages.dispose();
  });
}

for (const code of [1011, 4400, 4401, 4406, 4409, 4429]) {
  it(`does not after ${code}, which is a bug`, async (test) => {
    const { on, messages } = await followed(test);
    on.cut(code);
    assert.equal((await messages.next()).error.code, code);
  });
}

it('connects again where nobody listens', async (test) => {
  const on = await stage(test);
  const url = on.url.replace('http', 'ws');
  let tries = 0;
  const address = () => (tries++ < 7 ? 'ws://127.0.0.1:1' : url);
  const client = CLIENTS['graphql-ws'](on, { ...retrying, retryWait: atOnce, url: address });
  const messages = follow(resumable(client));
  assert.equal(await on.feed.followed.next(), 'a0');
  assert.equal(tries, 8);
  messages.dispose();
});

it('does not where one is not let in any more', () => {
  for (const code of ['UNAUTHENTICATED', 'BANNED']) assert.ok(!retrying.shouldRetry({ code }));
  for (const problem of [new Error('offline'), { code: 1006 }, { code: 'RATE_LIMITED' }, undefined])
    assert.ok(retrying.shouldRetry(problem));
});

it('waits ever longer, up to ten seconds, and nobody exactly as long', async (test) => {
  const waited = [];
  test.mock.method(globalThis, 'setTimeout', (resolve, time) => (waited.push(time), resolve()));
  for (const [retries, longest] of [[0, 500], [1, 1000], [3, 4000], [5, 10_000], [5000, 10_000]]) {
    for (const chance of [0, 0.999999]) {
      test.mock.method(Math, 'random', () => chance);
      await retrying.retryWait(retries);
      assert.ok(Math.abs(waited.pop() - longest * (0.5 + chance / 2)) < 1);
    }
  }
  assert.equal(retrying.retry, retrying.retryWait);
});
