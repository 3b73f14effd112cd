// Signs in with cookies, and follows a channel with the browser's own EventSource:
//   node event-source.mjs <url> <username> <password> <channel id> <cursor> <last body>
// Prints each message as it comes, one line of JSON each, until the last; whatever goes wrong ends
// it with 1.
import { chromium } from 'playwright-core';

const [url, username, password, channelId, after, last] = process.argv.slice(2);
const { CHROMIUM = '/usr/bin/chromium' } = process.env;
const FOLLOW = `subscription Follow($channelId: ID!, $after: Cursor) {
  messageAdded(channelId: $channelId, after: $after) { body } }`;

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
});
const page = await browser.newPage();
const ended = new Promise((resolve) => {
  page.exposeFunction('told', (line) => {
    console.log(line);
    if (JSON.parse(line) === last) resolve();
  });
});
await page.goto(url);
await page.evaluate(follow, { username, password, channelId, after, FOLLOW });
await ended;
await browser.close();

/** In the page: stays signed in by cookies alone, as an EventSource can send nothing else. */
async function follow({ username, password, channelId, after, FOLLOW }) {
  const query = `mutation Login($input: LoginInput!) { login(input: $input) { user { id } } }`;
  const input = { username, password, useCookies: true };
  await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const variables = JSON.stringify({ channelId, after });
  const source = new EventSource(
    `/graphql/stream?${new URLSearchParams({ query: FOLLOW, variables })}`,
  );
  source.addEventListener('next', ({ data }) => {
    const { data: given, errors } = JSON.parse(data);
    window.told(JSON.stringify(errors ? errors[0].message : given.messageAdded.body));
  });
  source.addEventListener('complete', () => source.close());
}
