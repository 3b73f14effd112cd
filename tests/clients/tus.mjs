// tus-js-client, as people use it: an upload over a bad line, one that is left and gone on with,
// and one that is given up.
//   TOKEN=... node tus.mjs http://127.0.0.1:8000 <channel id>
import { randomBytes, createHash } from 'node:crypto';
import * as tus from 'tus-js-client';
import { channelId, headers, main, step } from './common.mjs';

const [, , server] = process.argv;
const SIZE = 3_000_000;

function upload(content, id, more = {}) {
  const answers = {};
  const made = {};
  made.done = new Promise((resolve, reject) => {
    made.upload = new tus.Upload(content, {
      endpoint: `${server}/files/tus`,
      headers,
      metadata: { filename: 'año.bin', channelId, id },
      retryDelays: [0, 50, 100, 200, 400, 800],
      chunkSize: 1_000_000,
      onAfterResponse: (_, response) => {
        answers.fileId = response.getHeader('Tertulia-File-Id') ?? answers.fileId;
      },
      onError: reject,
      onSuccess: () => resolve(answers.fileId),
      ...more,
    });
  });
  return made;
}

const sha256 = (content) => createHash('sha256').update(content).digest('hex');

main({
  async everyday() {
    const whole = randomBytes(SIZE);
    const first = upload(whole, crypto.randomUUID());
    const fileId = await step('a bad line', () => {
      first.upload.start();
      return first.done;
    });

    const content = randomBytes(SIZE);
    const resumed = await step('left and gone on with', async () => {
      const id = crypto.randomUUID();
      const url = await new Promise((resolve, reject) => {
        const { upload: left } = upload(content, id, {
          onError: reject,
          onChunkComplete: () => left.abort().then(() => resolve(left.url)),
        });
        left.start();
      });
      const again = upload(content, id, { uploadUrl: url });
      again.upload.start();
      return again.done;
    });

    const gone = await step('given up', async () => {
      const url = await new Promise((resolve, reject) => {
        const { upload: given } = upload(content, crypto.randomUUID(), {
          onError: reject,
          onChunkComplete: () => given.abort(true).then(() => resolve(given.url)),
        });
        given.start();
      });
      const asked = { method: 'HEAD', headers: { ...headers, 'Tus-Resumable': '1.0.0' } };
      return (await fetch(url, asked)).status;
    });

    const refused = await step('too large', async () => {
      const { upload: large, done } = upload(Buffer.alloc(10_000_001), crypto.randomUUID());
      large.start();
      return await done.catch((error) => error.originalResponse.getStatus());
    });
    return { files: { [fileId]: sha256(whole), [resumed]: sha256(content) }, gone, refused };
  },
});
