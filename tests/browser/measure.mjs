// How the web client takes a long channel and a busy one. Prints one line of JSON.
//   TOKENS=... node measure.mjs <url> <username> <password> <channel's name> <its id> <seconds> <rate>
// TOKENS: access tokens, with commas between them, of those who talk.
import { Caller, DESK, Person, theBrowser } from './cast.mjs';

const [url, username, password, title, channelId, seconds, rate] = process.argv.slice(2);
const talkers = process.env.TOKENS.split(',').map((token) => Object.assign(new Caller(url), { token }));
const SEND = 'mutation($c: ID!, $b: String) { sendMessage(input: { channelId: $c, body: $b }) { id } }';
const SAMPLES = 10;
const UP = 20_000; // messages that are scrolled past
const HERE = 0.9; // each tenth message is said elsewhere

const browser = await theBrowser();
const person = await Person.at(browser, url, '/nowhere', 'reader', { ...DESK, colorScheme: 'light' });
const { page } = person;
const devtools = await page.context().newCDPSession(page);
await page.addInitScript(() => {
  globalThis.long = [];
  globalThis.keys = [];
  // From when a key goes down until what it did has been painted; what takes less than a frame is not told.
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === 'keydown') globalThis.keys.push(duration);
  }).observe({ type: 'event', durationThreshold: 16 });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.long.push(duration);
  }).observe({ type: 'longtask', buffered: true });
});
await page.goto(url);
await person.fill('Username or email address', username);
await person.fill('Password', password);
await person.press('Sign in');
await person.goTo(title);
await page.locator('.message').last().waitFor();

const idle = await used();
const scrolled = await scrolling();
await page.reload();
await person.composer(title).waitFor();
const busy = await talking();
await browser.close();
console.log(JSON.stringify({ idle, scrolled, busy }));

/** Scrolls up at a steady pace, as fast as pages come. */
async function scrolling() {
  await reset();
  const memory = [];
  const frames = [];
  let number = await first();
  const from = number;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const upto = from - (UP / SAMPLES) * sample;
    frames.push(...(await page.evaluate(up, { upto, here: HERE })));
    number = await first();
    memory.push(await used());
  }
  return { messages: from - number, frames: spread(frames), long: await longTasks(), memory };
}

/** Runs in the page: scrolls up past a number, and gives how long each frame took. */
async function up({ upto, here }) {
  const scroller = document.querySelector('.scroller');
  const first = () => Number(scroller.querySelector('.prose').textContent.match(/message (\d+)/)?.[1]);
  const frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let turn = 0; turn < 200_000 && first() * here > upto; turn++) {
    // Not before what is to be scrolled to is there.
    if (scroller.scrollTop > 100) scroller.scrollTop -= 120;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return frames;
}

async function first() {
  const text = await page.locator('.scroller .prose').first().innerText();
  return Math.round(Number(text.match(/message (\d+)/)?.[1] ?? 0) * HERE);
}

/** Lets others talk, and somebody write meanwhile. */
async function talking() {
  await reset();
  const memory = [];
  const frames = page.evaluate(async (seconds) => {
    const found = [];
    const end = performance.now() + seconds * 1000;
    let before = await new Promise(requestAnimationFrame);
    while (before < end) {
      const now = await new Promise(requestAnimationFrame);
      found.push(now - before);
      before = now;
    }
    return found;
  }, Number(seconds));
  const composer = person.composer(title);
  let pressed = 0;
  const end = Date.now() + seconds * 1000;
  let sent = 0;
  const begun = Date.now();
  const under = new Set();
  const writing = (async () => {
    while (Date.now() < end) {
      await composer.press('x');
      pressed += 1;
      if (pressed % 50 === 0) await composer.fill('');
      await new Promise((resolve) => setTimeout(resolve, 150));
      if (pressed % 60 === 0) memory.push(await used());
    }
  })();
  while (Date.now() < end) {
    const due = Math.floor(((Date.now() - begun) / 1000) * rate);
    for (; sent < due; sent++) {
      const b = `said ${sent} with **some** words in it, and https://example.org/${sent}`;
      const one = talkers[sent % talkers.length].ask(SEND, { c: channelId, b });
      under.add(one);
      void one.finally(() => under.delete(one));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await writing;
  await Promise.all(under);
  await page.getByText(`said ${sent - 1} with`).waitFor();
  const slower = await page.evaluate(() => globalThis.keys);
  const keys = spread([...Array(Math.max(0, pressed - slower.length)).fill(0), ...slower]);
  return { sent, frames: spread(await frames), keys, long: await longTasks(), memory };
}

async function reset() {
  await page.evaluate(() => void (globalThis.long.length = globalThis.keys.length = 0));
}

async function longTasks() {
  const all = await page.evaluate(() => globalThis.long);
  return { count: all.length, longest: Math.max(0, ...all), over100: all.filter((ms) => ms > 100).length };
}

/** Megabytes of script's memory after a collection, and the elements on the page. */
async function used() {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const elements = await page.evaluate(() => document.querySelectorAll('*').length);
  return { mb: Math.round(usedSize / 1e5) / 10, elements };
}

function spread(times) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (part) => Math.round((sorted[Math.floor((sorted.length - 1) * part)] ?? 0) * 10) / 10;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), longest: at(1) };
}
