// People in front of the web client, each in a browser of their own.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  // A camera that shows a clock and a microphone that beeps, which may be used.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];
export const DESK = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const PASSWORD = 'correct horse battery';
export const PATIENCE = 60_000;

export const OUTAGE = /net::ERR_|WebSocket connection/;

export const problems = [];
export const screenshots = [];

export function check(condition, problem) {
  if (!condition) throw new Error(problem);
}

/** What a function gives once it is true. */
export async function until(what, condition) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it never came to be that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function theBrowser() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: FLAGS });
}

export class Person {
  /** What the browser may complain of, for now. */
  static expected = null;

  static async at(browser, url, folder, name, options) {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const person = new Person(context, page, url, folder, name);
    await person.watch();
    return person;
  }

  constructor(context, page, url, folder, name) {
    Object.assign(this, { context, page, url, folder, name });
  }

  /** The same browser, another page. */
  async anotherTab() {
    const page = await this.context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const { context, url, folder, name } = this;
    const tab = new Person(context, page, url, folder, name);
    await tab.watchPage();
    return tab;
  }

  button(name, options) {
    return this.page.getByRole('button', { name, ...options });
  }

  async press(name, options = { exact: true }) {
    await this.button(name, options).first().click();
  }

  async fill(label, text) {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** One of those who, or which, are offered in a dialog. */
  async pick(name) {
    await this.page.locator('.entries .entry').filter({ hasText: name }).click();
  }

  composer(title) {
    return this.page.getByRole('textbox', { name: `Message ${title}` });
  }

  async say(title, text) {
    await this.composer(title).fill(text);
    await this.composer(title).press('Enter');
  }

  message(text) {
    return this.page.locator('.message').filter({ hasText: text });
  }

  /** Waits until it is there, once, and known to have arrived. */
  async sees(text) {
    await this.page.locator('.message:not([data-state])').filter({ hasText: text }).first().waitFor();
    const times = await this.message(text).count();
    check(times === 1, `${this.name} sees "${text}" ${times} times`);
  }

  room(title) {
    return this.page.getByRole('navigation').getByRole('link', { name: title });
  }

  async goTo(title) {
    await this.room(title).click();
    await this.composer(title).waitFor();
  }

  async reads(text) {
    await this.page.getByText(text).first().waitFor();
  }

  /** As if the time of the access token was over. */
  async spoilAccess() {
    const cookies = await this.context.cookies();
    const access = cookies.find(({ name }) => name.includes('access'));
    const names = cookies.map(({ name }) => name.replace('__Host-', '')).sort();
    check(names.join() === 'tertulia_access,tertulia_device,tertulia_refresh', `cookies: ${names}`);
    check(
      cookies.every(({ httpOnly }) => httpOnly),
      'a script can read a cookie',
    );
    await this.context.addCookies([{ ...access, value: 'nonsense' }]);
  }

  /** Looks at the page: a picture for people, and what would shut somebody out of it. */
  async look(what) {
    screenshots.push(await this.picture(`${String(screenshots.length + 1).padStart(2, '0')}-${what}`));
    problems.push(...(await this.faults()).map((fault) => `${what}: ${fault}`));
  }

  async picture(name) {
    const path = join(this.folder, `${name}.png`);
    await this.settled();
    await this.page.screenshot({ path });
    return path;
  }

  /** Waits until what comes in has come in: what cannot be seen yet is not looked at either. */
  async settled() {
    await this.page.evaluate(async () => {
      const drawn = () => new Promise(requestAnimationFrame);
      const hidden = () => [...document.querySelectorAll('.veil')].some((veil) => getComputedStyle(veil).opacity === '0');
      // On a phone, React Aria shows a dialog once its keyboard is there.
      do await drawn();
      while (hidden());
      await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
      await drawn();
      await drawn();
    });
  }

  /** What would shut somebody out of the page. */
  async faults() {
    await this.settled();
    return this.page.evaluate(async (source) => {
      // Not as a script of the page, which takes none from us.
      if (!globalThis.axe) (0, eval)(source);
      const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    }, AXE);
  }

  async watch() {
    const { host } = new URL(this.url);
    const asked = (address) => {
      const to = new URL(address);
      if (!/^(data|blob):/.test(to.protocol) && to.host !== host) problems.push(`request to ${address}`);
    };
    this.context.on('request', (request) => asked(request.url()));
    this.context.on('page', (page) => page.on('websocket', (socket) => asked(socket.url())));
    this.page.on('websocket', (socket) => asked(socket.url()));
    await this.watchPage();
  }

  async watchPage() {
    this.page.on('pageerror', (error) => problems.push(`${this.name}'s page: ${error.stack}`));
    this.page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (Person.expected?.test(message.text())) return;
      problems.push(`${this.name}'s console: ${message.text()}`);
    });
    await this.page.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
        if (blockedURI !== 'eval') console.error(`CSP: ${violatedDirective} ${blockedURI} ${sample}`);
      });
    });
  }
}

/** Somebody who uses the API, not the page. */
export class Caller {
  constructor(url) {
    this.url = url;
  }

  async enter(username, password) {
    const query = `mutation($input: LoginInput!) { login(input: $input) { accessToken } }`;
    this.token = (await this.ask(query, { input: { username, password } })).login.accessToken;
  }

  async ask(query, variables = {}) {
    const headers = { 'content-type': 'application/json' };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    const body = JSON.stringify({ query, variables });
    const response = await fetch(`${this.url}/graphql`, { method: 'POST', headers, body });
    const { data, errors } = await response.json();
    check(!errors, `refused: ${errors?.[0]?.message}`);
    return data;
  }
}
