// Audits a server by the GraphQL-over-HTTP specification, and prints a line of JSON an audit:
//   node audit.mjs http://127.0.0.1:8000
import { serverAudits } from 'graphql-http';

const SECONDS = 30;

const [server] = process.argv.slice(2);
if (!server) {
  console.error('usage: node audit.mjs <url>');
  process.exit(2);
}

const audits = serverAudits({ url: `${server}/graphql` });
const unfinished = new Set(audits.map(({ id }) => id));
setTimeout(() => {
  console.error(`audit.mjs: nothing came in ${SECONDS} seconds of ${[...unfinished].join(', ')}`);
  process.exit(1);
}, SECONDS * 1000).unref();

async function audited({ id, name, fn }) {
  try {
    const { status, reason, response } = await fn();
    return { id, name, status, reason: reason && `${reason}: ${await shown(response)}` };
  } catch (error) {
    return { id, name, status: 'fatal', reason: `${error} ${error.cause ?? ''}`.trim() };
  } finally {
    unfinished.delete(id);
  }
}

async function shown(response) {
  const body = response.bodyUsed ? '' : await response.text();
  return `${response.status} ${response.headers.get('content-type')} ${body}`.trim();
}

for (const result of await Promise.all(audits.map(audited))) console.log(JSON.stringify(result));
