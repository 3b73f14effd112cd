// Opens GraphiQL in a browser, signs in, asks, follows a channel live, and signs out:
//   TOKEN=... node graphiql.mjs <url> <username> <password> <channel id> <screenshot folder>
// TOKEN is an access token of somebody who may write in the channel, the user's latest.
// Prints one line of JSON, and ends with 1 if anything was not as it should be.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { theBrowser } from './cast.mjs';

const [url, username, password, channelId, folder] = process.argv.slice(2);
const { TOKEN } = process.env;
if (!folder || !TOKEN) {
  console.error('usage: TOKEN=... node graphiql.mjs <url> <username> <password> <channel> <folder>');
  process.exit(2);
}

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

await mkdir(folder, { recursive: true });
const problems = [];
const seen = [];
const screenshots = [];
const browser = await theBrowser();
const context = await browser.newContext({ viewport: DESK, colorScheme: 'light' });
const page = await context.newPage();
page.setDefaultTimeout(20_000);
await watch();
try {
  await visit();
} catch (error) {
  problems.push(error.message);
  await shot('failed');
}
await browser.close();
console.log(JSON.stringify({ ok: problems.length === 0, seen, problems, screenshots }));
process.exitCode = problems.length === 0 ? 0 : 1;

async function visit() {
  await page.goto(`${url}/graphql`);
  await rendered();
  await shot('signed-out');
  seen.push('rendered');

  await button('Show Documentation Explorer').click();
  await page.getByRole('link', { name: 'Subscription' }).waitFor();
  await shot('documentation');
  await button('Show Examples').click();
  seen.push('documentation');

  await signIn(`not ${password}`);
  await page.locator('.told').filter({ hasText: /\w/ }).waitFor();
  await shot('refused');
  await signIn(password);
  await button('Sign out').waitFor();
  seen.push('signed in');

  await choose('Who am I, and where?', 'WhoAmI');
  await run();
  await answered(`"username": "${username}"`);
  await shot('answered');
  seen.push('asked');

  await choose('My channels, with their last message', 'MyChannels');
  await spoilAccess();
  await run();
  await answered(`"id": "${channelId}"`);
  seen.push('renewed');

  await choose('Follow a channel live', 'FollowChannel');
  await shows('.graphiql-editor-tool', channelId);
  await spoilAccess();
  await run();
  await messageArrives();
  await shot('followed');
  seen.push('followed');

  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator(':root[data-theme=dark] .monaco-editor.vs-dark').first().waitFor();
  await shot('dark');
  await page.setViewportSize(PHONE);
  await button('Hide Examples').click();
  await answered('¡Hola!');
  await shot('phone-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator(':root[data-theme=light] .monaco-editor.vs').first().waitFor();
  await choose('Who am I, and where?', 'WhoAmI', () => shot('phone-examples'));
  await run();
  await answered(`"username": "${username}"`);
  await shot('phone-answered');
  seen.push('dark', 'phone');

  await button('Sign out').click();
  await button('Sign in').waitFor();
  await run();
  await answered('"me": null');
  await page.reload();
  await rendered();
  await shot('phone-signed-out');
  seen.push('signed out');
}

async function rendered() {
  await page.locator('.graphiql-query-editor .view-lines').waitFor();
  await button('Sign in').waitFor();
  // The page's own colours leave the editors without a background.
  await page.waitForFunction(() => {
    const editor = document.querySelector('.graphiql-query-editor .monaco-editor-background');
    return getComputedStyle(editor).backgroundColor === 'rgba(0, 0, 0, 0)';
  });
}

function button(name) {
  return page.getByRole('button', { name });
}

async function signIn(word) {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(word);
  await button('Sign in').click();
}

async function choose(title, name, before = () => {}) {
  if (await button('Show Examples').isVisible()) await button('Show Examples').click();
  await button(title).waitFor();
  await before();
  await button(title).click();
  await page.locator('.graphiql-tab-active').filter({ hasText: name }).waitFor();
  await shows('.graphiql-query-editor', name);
}

/** As if the time of the access token was over. */
async function spoilAccess() {
  const cookies = await context.cookies();
  const access = cookies.find(({ name }) => name.includes('access'));
  check(cookies.length === 3 && access, 'there are no three cookies of which one gives access');
  check(
    cookies.every(({ httpOnly }) => httpOnly),
    'a script can read a cookie',
  );
  await context.addCookies([{ ...access, value: 'nonsense' }]);
}

async function run() {
  await button(/^Execute query/).click();
}

async function answered(text, timeout = 20_000) {
  await shows('.graphiql-response', text, timeout);
}

/** Waits until an editor shows a text, which it may have broken into lines. */
async function shows(place, text, timeout = 20_000) {
  const lines = `${place} .view-line`;
  await page.waitForFunction(
    ([lines, text]) => {
      const shown = [...document.querySelectorAll(lines)].map((line) => line.textContent).join('');
      return shown.replace(/\s/g, '').includes(text.replace(/\s/g, ''));
    },
    [lines, text],
    { timeout },
  );
}

/** Nobody says when a subscription has begun, and what was said before is not shown. */
async function messageArrives() {
  for (let attempt = 1; ; attempt++) {
    await say(`¡Hola! (${attempt})`);
    try {
      await answered(`¡Hola! (${attempt})`, 2_000);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

async function say(body) {
  const query = `mutation($channelId: ID!, $body: String) {
    sendMessage(input: { channelId: $channelId, body: $body }) { id }
  }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query, variables: { channelId, body } }),
  });
  const { errors } = await response.json();
  check(!errors, `the message was refused: ${errors?.[0]?.message}`);
}

async function shot(name) {
  const path = join(folder, `${String(screenshots.length + 1).padStart(2, '0')}-${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  screenshots.push(path);
}

function check(condition, problem) {
  if (!condition) throw new Error(problem);
}

async function watch() {
  const { host } = new URL(url);
  const asked = (address) => {
    const to = new URL(address);
    if (to.protocol !== 'data:' && to.host !== host) problems.push(`request to ${address}`);
  };
  context.on('request', (request) => asked(request.url()));
  page.on('websocket', (socket) => asked(socket.url()));
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error(`CSP: ${violatedDirective} ${blockedURI}`);
    });
  });
}
