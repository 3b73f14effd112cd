// Runs tests/direct/page.ts in Chromium or Firefox, a page for each person, and does there what is asked for:
//   node browsers.mjs <url> chromium|firefox
// lines of JSON in, [number, person, what, ...arguments], and out, [number, result] or [number, null, error].
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const [url, which] = process.argv.slice(2);
const near = (path) => fileURLToPath(new URL(path, import.meta.url));
const from = (folder, name) => import(createRequire(near(`${folder}/package.json`)).resolve(name));
const vite = near('../../client-examples/web/node_modules/vite/dist/node/index.js');
const { build } = await import(vite);

const built = await build({
  configFile: false,
  logLevel: 'error',
  build: {
    write: false,
    minify: false,
    lib: { entry: near('page.ts'), formats: ['iife'], name: 'page' },
  },
});
const code = [built].flat()[0].output[0].code;

async function chromium() {
  const { chromium } = (await from('../browser', 'playwright-core')).default;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
      ...['--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection'],
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
  const open = async () => {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    return context.newPage();
  };
  return { open, close: () => browser.close() };
}

async function firefox() {
  const puppeteer = (await from('../browser', 'puppeteer-core')).default;
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: {
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
    },
  });
  const open = async () => (await browser.createBrowserContext()).newPage();
  return { open, close: () => browser.close() };
}

const browser = await { chromium, firefox }[which]();
const pages = new Map();

async function pageOf(person) {
  if (!pages.has(person)) {
    const page = await browser.open();
    for (const end of ['crash', 'close']) page.on(end, () => process.stderr.write(`${person}: ${end}\n`));
    page.on('console', (said) => process.stderr.write(`${person}: ${said.text()}\n`));
    await page.goto(`${url}/healthz`);
    await page.evaluate(code);
    pages.set(person, page);
  }
  return pages.get(person);
}

async function run(person, what, given) {
  if (what === 'close') {
    await pages.get(person).close();
    pages.delete(person);
    return null;
  }
  const page = await pageOf(person);
  // As text, for whatever is in between knows no other words for it.
  const told = await page.evaluate(
    async ([name, given]) => JSON.stringify((await window.direct[name](...given)) ?? null),
    [what, given],
  );
  return JSON.parse(told);
}

const tell = (...line) => process.stdout.write(`${JSON.stringify(line)}\n`);
tell(0);
for await (const line of createInterface({ input: process.stdin })) {
  const [number, person, what, ...given] = JSON.parse(line);
  run(person, what, given).then(
    (result) => tell(number, result ?? null),
    (error) => tell(number, null, String(error)),
  );
}
await browser.close();
