// Two people and the web client, through everything that it can do:
//   node web.mjs <url> <admin's username> <admin's password> <screenshot folder>
// When it prints "stop" or "start", the server is to be stopped or started at the same address;
// it goes on when it reads a line. At last it prints one line of JSON.
import { createHmac } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { calls, devices, directly } from './calls.mjs';
import {
  Caller,
  check,
  DESK,
  OUTAGE,
  Person,
  PASSWORD,
  PHONE,
  problems,
  screenshots,
  theBrowser,
  until,
} from './cast.mjs';
import { files, outOfSight } from './files.mjs';

const [url, adminName, adminPassword, folder] = process.argv.slice(2);
const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const seen = [];
await mkdir(folder, { recursive: true });
const browser = await theBrowser();
const admin = new Caller(url);
await admin.enter(adminName, adminPassword);
const ada = await Person.at(browser, url, folder, 'ada', { ...DESK, colorScheme: 'light' });
const ben = await Person.at(browser, url, folder, 'ben', { ...PHONE, colorScheme: 'dark' });

const story = {
  'signed up': signUp,
  'refused in a sentence': refusals,
  'created and joined': channels,
  'said safely': talk,
  'kept drafts': drafts,
  'wrote directly': direct,
  'called each other': () => calls(ada, ben),
  'chose what to speak with': () => devices(ada),
  'talked directly': () => directly(ada, ben),
  'kept a sheet open': () => outOfSight(ada, ben, 'later.bin'),
  'drew the line': unreadLine,
  'scrolled up without a jump': history,
  'began at the first unread message': firstUnread,
  'sent again under the same id': retries,
  'went on after a restart': restart,
  'caught up after a sleep': sleep,
  'renewed unseen': renewal,
  'used the keyboard': keyboard,
  'looked in and left': lookingIn,
  'came by invitation': invitation,
  'changed what was said': conversing,
  'shared files': () => files(ada, ben, 'terrace'),
  'named each other': naming,
  'kept the house': house,
  'saw each other come and write': company,
  'found what was said': finding,
  'kept order': keeping,
  'kept an account safe': safety,
  'changed looks and language': preferences,
  'banned while typing': ban,
  'two tabs, one person': tabs,
  'signed out with something unsent': unsent,
  'two people, one browser': nextPerson,
};
try {
  for (const [name, chapter] of Object.entries(story)) {
    await chapter();
    seen.push(name);
  }
} catch (error) {
  problems.push(error.stack);
  await ada.page.screenshot({ path: `${folder}/failed-ada.png` });
  await ben.page.screenshot({ path: `${folder}/failed-ben.png` });
}
await browser.close();
console.log(JSON.stringify({ seen, problems, screenshots }));
process.exit(problems.length ? 1 : 0);

async function signUp() {
  for (const [person, name] of [
    [ada, 'Ada Lovelace'],
    [ben, 'Ben'],
  ]) {
    await person.page.goto(url);
    await person.look(`${person.name}-door`);
    await person.press('Create an account');
    await person.fill('Username', person.name);
    await person.fill('Your name, as others see it', name);
    await person.fill('Password', PASSWORD);
    await person.look(`${person.name}-new-account`);
    await person.press('Create an account');
    await person.button('New channel').first().waitFor();
    await person.look(`${person.name}-empty`);
  }
}

async function refusals() {
  const cem = await Person.at(browser, url, folder, 'cem', { ...DESK, colorScheme: 'dark' });
  await cem.page.goto(url);
  await cem.fill('Username or email address', 'ada');
  await cem.fill('Password', 'not hers');
  await cem.press('Sign in');
  await cem.reads('The name or the password is not right.');
  await cem.look('wrong-password');
  await cem.press('Create an account');
  await cem.fill('Username', 'ada');
  await cem.fill('Password', PASSWORD);
  await cem.press('Create an account');
  await cem.reads('This username is taken.');
  await cem.fill('Username', 'cem');
  await cem.fill('Password', '12345678');
  await cem.press('Create an account');
  await cem.reads('Choose a password of 8 to 256 characters');
  await cem.look('refused');
  await cem.context.close();
}

async function channels() {
  await ada.press('New channel');
  await ada.fill('Name', 'kitchen');
  await ada.fill('What is it about? (optional)', 'Recipes, and who brings what');
  await ada.look('create-channel');
  await ada.press('Create');
  await ada.composer('kitchen').waitFor();
  await ada.look('beginning');
  await ben.press('Find channels');
  await ben.fill('Search by name or topic', 'RECIPES');
  await ben.button('Join: kitchen').waitFor();
  await ben.look('find-channels');
  await ben.press('Join: kitchen');
  await ben.composer('kitchen').waitFor();
  await ada.button('2 members').waitFor();
  await ada.press('2 members');
  await ada.reads('@ben');
  await ada.look('members');
  await ada.press('Close');
}

async function talk() {
  await ada.say('kitchen', 'Who brings the **bread** on Friday?');
  await ben.sees('Who brings the bread on Friday?');
  await ben.composer('kitchen').fill('I can.\nAnd some *cheese*.');
  await ben.press('Send');
  await ada.sees('I can.');
  await ada.say('kitchen', 'See https://example.org/bread?x=1&y=2 and:\n\n- flour\n- `salt`\n\n> slowly');
  await ada.say('kitchen', '<img src=x onerror=alert(1)> <script>alert(2)</script> [x](javascript:alert(3))');
  await ben.sees('<img src=x onerror=alert(1)>');
  const link = ben.page.getByRole('link', { name: 'https://example.org/bread?x=1&y=2' });
  check((await link.getAttribute('rel'))?.includes('noopener'), 'a link tells where it was');
  check((await ben.page.locator('.prose :is(img, script, [href^=javascript])').count()) === 0, 'HTML is HTML');
  check((await ada.page.locator('.message.heads').count()) === 3, 'messages are not grouped by author');
  await ada.look('talk');
  await ben.look('talk-phone');
}

async function drafts() {
  await ada.press('New channel');
  await ada.fill('Name', 'garden');
  await ada.press('Create');
  await ada.composer('garden').fill('Not yet');
  await ada.goTo('kitchen');
  check((await ada.composer('kitchen').inputValue()) === '', 'a draft is everywhere');
  await ada.goTo('garden');
  // On a wide screen, one finds oneself where one was.
  await ada.page.goto(url);
  await ada.composer('garden').waitFor();
  check((await ada.composer('garden').inputValue()) === 'Not yet', 'a draft is lost');
  await ada.composer('garden').fill('');
}

async function direct() {
  await ben.page.goBack();
  await ben.press('New direct message');
  await ben.fill('Search by name', 'lovel');
  await ben.look('new-direct');
  await ben.pick('Ada Lovelace');
  await ben.composer('Ada Lovelace').fill('Shall we meet before?');
  await ben.press('Send');
  await ada.room('Ben').getByText('1 unread message').waitFor();
  await ada.look('unread');
  await ada.goTo('Ben');
  await ada.sees('Shall we meet before?');
  await until('the count is gone', async () => !(await ada.room('Ben').innerText()).includes('unread'));
  await ada.say('Ben', 'At six.');
  await ben.sees('At six.');
  const second = await Person.at(browser, url, folder, 'ada', { ...DESK, colorScheme: 'light' });
  await second.page.goto(url);
  await second.fill('Username or email address', 'ada');
  await second.fill('Password', PASSWORD);
  await second.press('Sign in');
  await second.room('Ben').waitFor();
  await ben.composer('Ada Lovelace').fill('I will be there.');
  await ben.press('Send');
  await ada.sees('I will be there.');
  await until('what is read here is read there', async () => {
    const shown = await second.room('Ben').innerText();
    return !shown.includes('unread');
  });
  await second.context.close();
}

async function unreadLine() {
  await ben.page.goto(url);
  await ben.room('kitchen').click();
  for (const text of ['one more thing', 'and another', 'and the last']) {
    await ben.composer('kitchen').fill(text);
    await ben.press('Send');
    await ben.sees(text);
  }
  await ada.room('kitchen').getByText('3 unread messages').waitFor();
  await ada.goTo('kitchen');
  const line = ada.page.locator('.fresh[role=separator]');
  await line.waitFor();
  await ada.look('new-messages');
  await ada.page.keyboard.press('Escape');
  await line.waitFor({ state: 'detached' });
}

async function history() {
  await ada.page.evaluate(fill, { name: 'archive', with: 'ben', from: 1, to: 300 });
  await ada.goTo('archive');
  await ada.sees('number 300.');
  const scroller = ada.page.locator('.scroller');
  let highest = 300;
  // A page of history comes only once it has been looked at where everything is without it.
  let gate = Promise.resolve();
  let loads = 0;
  await ada.page.route('**/graphql', async (route) => {
    if (route.request().postDataJSON()?.operationName === 'Stretch') await gate;
    await route.continue();
  });
  for (let turn = 0; !(await ada.page.getByText('This is the beginning of archive.').isVisible()); turn++) {
    check(turn < 200, 'the beginning is never reached');
    const { before, after } = await scrolledUp(ada, (held) => (gate = held));
    // What is looked at stays where it is, whatever is loaded above it.
    check(Math.abs(after.top - before.top) < 3, `it jumps by ${after.top - before.top} px`);
    if (before.loading) loads += 1;
    check(before.number <= highest + 1, `after ${highest} comes ${before.number}`);
    highest = before.number;
  }
  await ada.page.unroute('**/graphql');
  check(loads > 3, `only ${loads} pages were loaded`);
  await ada.look('history');
  const held = await scroller.evaluate((element) => element.querySelectorAll('.message').length);
  check(held < 80, `${held} messages are drawn at once`);
  await ada.press('To the latest');
  await ada.sees('number 300.');
}

async function firstUnread() {
  await ben.page.goto(url);
  await ben.room('archive').getByText('300 unread messages').waitFor();
  await ben.room('archive').click();
  await ben.sees('number 300.');
  await ben.look('much-unread');
  await ben.press('300 new messages, from the first');
  await ben.page.locator('.fresh[role=separator]').waitFor();
  await ben.sees('number 1.');
  await until('the first of them is in sight', () =>
    ben.page.evaluate(() => {
      const line = document.querySelector('.fresh[role=separator]').getBoundingClientRect();
      return line.top >= 0 && line.bottom < innerHeight;
    }),
  );
  await ben.look('first-unread');
  await ben.press('To the latest');
  await ben.sees('number 300.');
  await ben.page.goto(url);
  await ben.room('archive').waitFor();
  await ben.room('archive').getByText('unread').waitFor({ state: 'detached' });
  // Again, with what has been read above it.
  await ada.page.evaluate(fill, { name: 'archive', from: 301, to: 480 });
  await ben.room('archive').getByText('180 unread messages').waitFor();
  await ben.room('archive').click();
  await ben.sees('number 480.');
  // Whoever looks up meanwhile, and hears something new, still finds the place.
  await ben.page.locator('.scroller').evaluate((scroller) => (scroller.scrollTop -= 500));
  await ben.button('To the latest').waitFor();
  await ada.say('archive', 'number 481. just now');
  await ben.button('1 new message', { exact: true }).waitFor();
  await ben.press('181 new messages, from the first');
  await ben.page.locator('.fresh[role=separator] + .message').filter({ hasText: 'number 301.' }).waitFor();
  await ben.sees('number 300.');
  await ada.say('archive', 'number 482. and one more');
  await ben.button('2 new messages', { exact: true }).waitFor();
  check(
    await ben.page.locator('.fresh[role=separator] + .message').filter({ hasText: 'number 301.' }).isVisible(),
    'the line has gone elsewhere',
  );
  await ben.press('2 new messages');
  await ben.sees('number 482.');
  // Whoever goes up slowly while others talk is not drawn back to the end.
  await ada.page.mouse.move(700, 400);
  for (let turn = 1; turn <= 4; turn++) {
    for (let step = 0; step < 3; step++) await ada.page.mouse.wheel(0, -8);
    await ben.composer('archive').fill(`slowly, ${turn}`);
    await ben.press('Send');
    await ben.sees(`slowly, ${turn}`);
  }
  await ada.button('4 new messages', { exact: true }).waitFor();
  await ada.button('4 new messages', { exact: true }).click();
  await ada.sees('slowly, 4');
  await ben.page.goto(url);
}

/** Runs in the page: has somebody say much in a channel, which is made with somebody where it is not there. */
async function fill({ name, with: whom, from: first, to: last }) {
  const ask = async (query, variables) => {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  if (whom) {
    const { user } = await ask('query($whom: String!) { user(address: $whom) { id } }', { whom });
    const create = 'mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
    await ask(create, { input: { kind: 'PUBLIC', name, memberIds: [user.id] } });
  }
  const { publicChannels } = await ask('query($name: String) { publicChannels(search: $name) { nodes { id } } }', { name });
  const channelId = publicChannels.nodes[0].id;
  for (let from = first; from <= last; from += 20) {
    const names = Array.from({ length: 20 }, (_, at) => from + at);
    const body = (number) => `number ${number}.` + ' and so on'.repeat((number * 7) % 40);
    const inputs = names.map((number) => [`m${number}`, { channelId, body: body(number) }]);
    const declared = names.map((number) => `$m${number}: SendMessageInput!`).join(', ');
    const sends = names.map((number) => `m${number}: sendMessage(input: $m${number}) { id }`);
    await ask(`mutation(${declared}) { ${sends.join(' ')} }`, Object.fromEntries(inputs));
  }
}

/** As a page in the background is put to sleep: nothing of it runs any more, until it wakes. */
async function sleep() {
  Person.expected = OUTAGE;
  const devtools = await ben.page.context().newCDPSession(ben.page);
  await devtools.send('Debugger.enable');
  const asleep = new Promise((resolve) => devtools.once('Debugger.paused', resolve));
  await devtools.send('Debugger.pause');
  // His line is gone meanwhile, and he does not know.
  await order('stop');
  await order('start');
  await ada.page.getByText('The connection is lost.').waitFor({ state: 'detached' });
  for (const text of ['while he slept', 'and again', 'and once more']) await ada.say('kitchen', text);
  await ada.sees('and once more');
  await asleep;
  await devtools.send('Debugger.disable');
  for (const text of ['while he slept', 'and again', 'and once more']) await ben.sees(text);
  await ben.page.getByText('The connection is lost.').waitFor({ state: 'detached' });
  Person.expected = null;
  await admin.enter(adminName, adminPassword);
}

/** Scrolls up, and says where the first message in sight is, before more has been loaded and after. */
async function scrolledUp(person, hold) {
  let open = () => {};
  hold(new Promise((resolve) => (open = resolve)));
  const before = await person.page.evaluate(scrollUp);
  open();
  const after = await person.page.evaluate(placeOnceLoaded, before.id);
  return { before, after };
}

/** In the page: scrolls, and says which message is the first in sight, and where. */
async function scrollUp() {
  const scroller = document.querySelector('.scroller');
  scroller.scrollTop -= 700;
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  const edge = scroller.getBoundingClientRect().top;
  const all = [...scroller.querySelectorAll('.message')];
  const shown = all.find((one) => one.getBoundingClientRect().top > edge);
  const text = shown.querySelector('.prose');
  return {
    id: shown.dataset.id,
    top: text.getBoundingClientRect().top,
    number: Number(text.textContent.match(/number (\d+)/)[1]),
    loading: scroller.getAttribute('aria-busy') === 'true',
  };
}

/** In the page: where that message is once nothing is being loaded any more. */
async function placeOnceLoaded(id) {
  const scroller = document.querySelector('.scroller');
  const drawn = async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  };
  while (scroller.getAttribute('aria-busy') === 'true') await drawn();
  await drawn();
  const text = scroller.querySelector(`[data-id="${id}"] .prose`);
  return { top: text.getBoundingClientRect().top };
}

async function retries() {
  await ada.goTo('kitchen');
  await ben.room('kitchen').click();
  const ids = [];
  const sends = (request) => request.postDataJSON()?.operationName === 'Send';
  const kept = (request) => ids.push(request.postDataJSON().variables.input.id);
  Person.expected = OUTAGE;
  // It arrives, but the answer gets lost, and so does the news of it: twice said would be wrong, and
  // so would be not at all.
  const other = await ada.anotherTab();
  const deaf = await withoutNews(other.page);
  await other.page.goto(ada.page.url());
  await other.composer('kitchen').waitFor();
  await other.page.route('**/graphql', async (route) => {
    if (!sends(route.request())) return route.continue();
    kept(route.request());
    if (ids.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  deaf.begin();
  await other.say('kitchen', 'said once');
  await until('it has been sent again', () => ids.length > 1);
  check(ids[0] === ids[1], 'it was sent again under another id');
  await other.sees('said once');
  deaf.end();
  await ben.sees('said once');
  await other.sees('said once');
  await other.page.close();
  await madeOnce();
  // The server says no: then somebody decides.
  await ada.page.route('**/graphql', async (route) => {
    if (!sends(route.request())) return route.continue();
    kept(route.request());
    return route.fulfill({
      json: {
        data: { sendMessage: null },
        errors: [{ message: 'no', extensions: { code: 'INTERNAL', errorId: 'abc' } }],
      },
    });
  });
  await ada.say('kitchen', 'refused at first');
  await ada.reads('Not sent. Something went wrong on the server.');
  await ada.look('not-sent');
  await ada.page.unroute('**/graphql');
  await ada.page.reload();
  await ada.reads('Not sent.');
  const again = ada.page.waitForRequest((request) => request.method() === 'POST' && sends(request));
  await ada.press('Send again');
  kept(await again);
  await ben.sees('refused at first');
  await ada.sees('refused at first');
  check(ids.at(-1) === ids.at(-2), 'it was sent again under another id');
  Person.expected = null;
}

/** Lets one hold back, for a while, all that the server says on a socket. */
async function withoutNews(page) {
  let waiting = null;
  await page.routeWebSocket('**/graphql', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => (waiting ? waiting.push(() => socket.send(message)) : socket.send(message)));
  });
  return {
    begin: () => void (waiting = []),
    end() {
      for (const tell of waiting.splice(0)) tell();
      waiting = null;
    },
  };
}

async function restart() {
  Person.expected = OUTAGE;
  await order('stop');
  await ada.reads('The connection is lost.');
  await ada.say('kitchen', 'written while the server was away');
  await ada.reads('Waiting for the connection');
  await ada.look('connection-lost');
  // What comes after the page itself has come by now.
  await ada.page.locator('.self').click();
  await ada.page.getByRole('menuitem', { name: 'Safety of my account' }).click();
  await ada.page.getByRole('dialog', { name: 'Safety of my account' }).getByText('cannot be reached').waitFor();
  await ada.page.keyboard.press('Escape');
  await ben.composer('kitchen').fill('so was this');
  await ben.press('Send');
  await ben.look('connection-lost-phone');
  await order('start');
  for (const person of [ada, ben]) {
    await person.sees('written while the server was away');
    await person.sees('so was this');
    await person.page.getByText('The connection is lost.').waitFor({ state: 'detached' });
  }
  Person.expected = null;
  await admin.enter(adminName, adminPassword);
  await ada.say('kitchen', 'and on it goes');
  await ben.sees('and on it goes');
}

async function renewal() {
  await ada.spoilAccess();
  await ada.say('kitchen', 'with a token that was over');
  await ben.sees('with a token that was over');
  await ada.spoilAccess();
  await ada.page.reload();
  await ada.composer('kitchen').waitFor();
  await ada.sees('with a token that was over');
}

async function keyboard() {
  const { keyboard } = ada.page;
  await keyboard.press('Control+k');
  await ada.page.getByRole('dialog').waitFor();
  await keyboard.type('gard');
  await ada.page.getByRole('menuitem', { name: 'garden' }).waitFor();
  await ada.look('switcher');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await ada.composer('garden').waitFor();
  await keyboard.press('Control+k');
  await keyboard.type('x');
  await keyboard.press('Escape');
  await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
  const at = () => ada.page.locator('.room[aria-current] .name').innerText();
  const order = await ada.page.locator('.sidebar .room .name').allInnerTexts();
  check(order.length >= 4, `there are only ${order}`);
  // In the order in which they stand there.
  for (let step = 1; step <= order.length; step++) {
    await keyboard.press('Alt+ArrowDown');
    const expected = order[(order.indexOf('garden') + step) % order.length];
    await until(`${expected} is shown`, async () => (await at()).startsWith(expected));
  }
  await keyboard.press('Alt+ArrowUp');
  await until('one goes back', async () => {
    return (await at()).startsWith(order.at(order.indexOf('garden') - 1));
  });
  await ada.goTo('kitchen');
  await ada.sees('with a token that was over');
  await until('one can write at once', () =>
    ada.composer('kitchen').evaluate((element) => element === document.activeElement),
  );
  await keyboard.press('ArrowUp');
  await until('the last message has the focus', () =>
    ada.page.evaluate(() => document.activeElement.textContent.includes('with a token that was over')),
  );
  await keyboard.press('ArrowUp');
  await until('the one before has it', () =>
    ada.page.evaluate(() => document.activeElement.textContent.includes('and once more')),
  );
  await keyboard.type('back');
  check((await ada.composer('kitchen').inputValue()) === 'back', 'a letter does not lead back');
  await ada.composer('kitchen').fill('');
  await keyboard.press('Control+/');
  await ada.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await ada.look('shortcuts');
  await keyboard.press('Escape');
}

async function lookingIn() {
  await ben.page.goto(url);
  await ben.press('Find channels');
  await ben.pick('garden');
  await ben.reads('You are looking in from outside.');
  await ada.goTo('garden');
  await ada.say('garden', 'The roses are out');
  await ben.sees('The roses are out');
  await ben.look('looking-in');
  // What is said while one looks elsewhere is there when one comes back.
  await ben.page.goBack();
  await ben.button('Find channels').first().waitFor();
  await ada.say('garden', 'and the beans');
  await ada.say('garden', 'and the peas');
  await ada.sees('and the peas');
  await ada.goTo('kitchen');
  await ada.say('kitchen', 'something else');
  await ben.room('kitchen').getByText('unread').waitFor();
  await ada.goTo('garden');
  await ben.press('Find channels');
  await ben.pick('garden');
  for (const text of ['The roses are out', 'and the beans', 'and the peas']) await ben.sees(text);
  await ada.say('garden', 'that is all');
  await ben.sees('that is all');
  await ben.press('Join');
  await ben.composer('garden').fill('Lovely');
  await ben.press('Send');
  await ada.sees('Lovely');
  await ben.press('2 members');
  await ben.press('Leave channel');
  await ben.look('leaving');
  await ben.press('Leave channel');
  await ben.button('New channel').first().waitFor();
  await ben.room('garden').waitFor({ state: 'detached' });
  await ada.press('New channel');
  await ada.fill('Name', 'cellar');
  await ada.page.getByText('Only for those who are added').click();
  await ada.press('Create');
  await bring(ada, 'Ben');
  await ada.look('added');
  await ada.press('Done');
  await ada.composer('cellar').waitFor();
  await ada.button('2 members').waitFor();
  await ben.room('cellar').waitFor();
}

async function invitation() {
  await ada.press('New channel');
  await ada.fill('Name', 'terrace');
  await ada.page.getByText('Only for those who are added').click();
  await ada.press('Create');
  await ada.reads('Add people');
  await ada.page.keyboard.press('Escape');
  await ada.composer('terrace').waitFor();
  await ada.press('1 member');
  await ada.press('Invite by a link');
  const link = await ada.page.getByLabel('Invite by a link').inputValue();
  check(link.startsWith(`${url}/invite/`), `a strange link: ${link}`);
  await ada.look('invite-link');
  await ada.page.getByText('Mentions', { exact: true }).click();
  await ada.page.getByRole('radio', { name: 'Mentions' }).and(ada.page.locator(':checked')).waitFor();
  await ada.page.keyboard.press('Escape');
  await ben.page.goto(link);
  await ben.reads('You are invited to terrace');
  await ben.look('invited');
  await ben.press('Go on');
  await ben.composer('terrace').waitFor();
  const dora = await Person.at(browser, url, folder, 'dora', { ...DESK, colorScheme: 'light' });
  await dora.page.goto(link);
  await dora.reads('You are invited to terrace');
  await dora.look('invited-door');
  await dora.fill('Username', 'dora');
  await dora.fill('Password', PASSWORD);
  await dora.press('Create an account');
  await dora.press('Go on');
  await dora.composer('terrace').waitFor();
  await ada.button('3 members').waitFor();
  await ada.press('3 members');
  await ada.press('What to do about Ben');
  await ada.page.getByRole('menuitem', { name: 'Make a moderator' }).click();
  await ada.page.getByRole('dialog').getByText('Moderator', { exact: true }).waitFor();
  await ada.press('Channel settings');
  await ada.reads('used 2 times');
  await ada.look('channel-settings');
  await ada.press('End it');
  await ada.page.getByText('used 2 times').waitFor({ state: 'detached' });
  await ada.fill('What is it about? (optional)', 'Tea, mostly');
  await ada.press('Save');
  await ada.page.locator('.about').getByText('Tea, mostly').waitFor();
  await ada.page.keyboard.press('Escape');
  await dora.page.goto(link);
  await dora.reads('This invitation is no good, or no longer.');
  await dora.page.goto(`${url}/invite/not-one-of-ours`);
  await dora.reads('This invitation is no good, or no longer.');
  await group(dora);
  await dora.context.close();
}

/** A channel that is made although the answer gets lost is not made twice. */
async function madeOnce() {
  const other = await ada.anotherTab();
  const ids = [];
  await other.page.route('**/graphql', async (route) => {
    const { operationName, variables } = route.request().postDataJSON() ?? {};
    if (operationName !== 'CreateChannel') return route.continue();
    ids.push(variables.input.id);
    if (ids.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await other.page.goto(url);
  await other.press('New channel');
  await other.fill('Name', 'attic');
  await other.press('Create');
  await other.page.getByRole('alert').getByText(/./).waitFor();
  await other.press('Create');
  await other.composer('attic').waitFor();
  check(ids.length === 2 && ids[0] === ids[1], 'a channel was asked for under two ids');
  check((await other.room('attic').count()) === 1, 'a channel was made twice');
  await other.press('1 member');
  await other.press('Leave channel');
  await other.press('Leave channel');
  await other.room('attic').waitFor({ state: 'detached' });
  await other.page.close();
}

/** Adds somebody where people are added. */
async function bring(person, name) {
  await person.fill('Search by name', name);
  await person.pick(name);
  await person.reads('Added');
}

/** A few people, known by their names alone. */
async function group(dora) {
  await ada.press('New channel');
  await ada.page.getByText('For a few people').click();
  await ada.press('Create');
  await bring(ada, 'dora');
  await ada.press('Done');
  await ada.composer('dora').waitFor();
  await dora.room('Ada').waitFor();
  await ada.press('2 members');
  await ada.press('Add people');
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await ada.page.route('**/graphql', async (route) => {
    if (route.request().postDataJSON()?.operationName === 'AddMembers') await held;
    return route.continue();
  });
  // The second is picked before the first is in.
  await ada.pick('Ben');
  await ada.pick('root.admin');
  answer();
  await until('both are in', async () => (await ada.page.getByText('Added', { exact: true }).count()) === 2);
  await ada.page.unroute('**/graphql');
  await ada.press('Done');
  await ada.press('Close');
  await dora.room('Ada Lovelace, Ben, root.admin').waitFor();
  await ada.goTo('terrace');
}

/** Opens what can be done with a message. */
async function choose(person, text) {
  const message = person.page.locator('.message').filter({ has: person.page.locator('.prose', { hasText: text }) });
  await message.hover();
  await message.getByRole('button', { name: /What to do with the message/ }).click();
  await person.page.getByRole('dialog', { name: 'What to do with this message' }).waitFor();
}

async function conversing() {
  const deed = (person, name) => person.page.getByRole('menuitem', { name, exact: true }).click();
  await ada.say('terrace', 'Tea at five, @ben?');
  await ben.sees('Tea at five, @ben?');
  await ben.page.locator('.message.calls').filter({ hasText: 'Tea at five' }).waitFor();
  await choose(ada, 'Tea at five');
  await ada.look('message-actions');
  await deed(ada, 'Edit');
  check((await ada.composer('terrace').inputValue()) === 'Tea at five, @ben?', 'what is edited is not there');
  await ada.look('editing');
  await ada.say('terrace', 'Tea at **six**, @ben?');
  await ben.sees('Tea at six, @ben?');
  await ben.message('Tea at six').getByText('(edited)').waitFor();
  await choose(ada, 'Tea at six');
  await deed(ada, 'What it said before');
  await ada.page.getByRole('dialog').getByText('Tea at five').waitFor();
  await ada.look('versions');
  await ada.press('Close');
  await choose(ben, 'Tea at six');
  await deed(ben, 'Reply');
  await ben.reads('Replying to Ada Lovelace');
  await ben.look('replying');
  await ben.composer('terrace').fill('Gladly');
  await ben.press('Send');
  await ada.sees('Gladly');
  await ada.message('Gladly').locator('.quote').filter({ hasText: 'Tea at' }).waitFor();
  await choose(ben, 'Gladly');
  await ben.page.getByRole('dialog').getByRole('button', { name: '🎉' }).click();
  const cheers = (person, name) => person.message('Gladly').getByRole('button', { name, exact: true });
  await cheers(ada, '🎉: 1 person').click();
  await cheers(ben, '🎉: 2 people').and(ben.page.locator('[aria-pressed=true]')).waitFor();
  await choose(ada, 'Gladly');
  await ada.page.getByLabel('Another emoji').fill('🫖');
  await ada.page.keyboard.press('Enter');
  await cheers(ben, '🫖: 1 person').waitFor();
  await cheers(ada, '🎉: 2 people').and(ada.page.locator('[aria-pressed=true]')).click();
  await cheers(ben, '🎉: 1 person').waitFor();
  await choose(ada, 'Tea at six, @ben?');
  await deed(ada, 'Pin');
  await ben.message('Pinned').waitFor();
  await ben.press('Pinned messages');
  await ben.page.getByRole('dialog').getByText('Tea at').waitFor();
  await ben.look('pins');
  await ben.press('Close');
  await ada.page.getByRole('button', { name: '1 reply', exact: true }).click();
  await ada.page.getByRole('dialog').getByText('Gladly').waitFor();
  await ada.look('thread');
  await ada.press('Close');
  await ada.look('conversation');
  await choose(ben, 'Gladly');
  await deed(ben, 'Delete');
  await ben.look('deleting');
  await ben.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await ada.sees('This message was deleted.');
  check((await ada.message('Gladly').count()) === 0, 'what was deleted is still shown');
  await ada.page.reload();
  await ada.sees('This message was deleted.');
  await ada.sees('Tea at six, @ben?');
}

/** Who is begun to be named is offered, and can be taken by key, by hand or not at all. */
async function naming() {
  const offered = ada.page.getByRole('option', { name: 'Ben' });
  const composer = ada.composer('terrace');
  await composer.pressSequentially('And bring scones, @b');
  await offered.waitFor();
  await ada.look('naming');
  await ada.page.keyboard.press('Escape');
  await offered.waitFor({ state: 'detached' });
  await ada.page.keyboard.press('Backspace');
  await ada.page.keyboard.press('Backspace');
  await composer.pressSequentially('@');
  await offered.waitFor();
  await ada.page.keyboard.press('Enter');
  check((await composer.inputValue()) === 'And bring scones, @ben ', 'Ben is not named in full');
  await composer.pressSequentially('and @chan');
  await ada.page.getByRole('option', { name: 'Everybody in this channel' }).click();
  await composer.pressSequentially('jam');
  check((await composer.inputValue()) === 'And bring scones, @ben and @channel jam', 'a name is not where it belongs');
  await composer.fill('And bring scones, @ben.');
  await composer.press('Enter');
  await ben.sees('And bring scones, @ben.');
  check((await ben.message('And bring scones').locator('.mention').innerText()) === '@ben', 'more than a name stands out');
}

/** What admins do: see which channels there are, join one visibly, and invite to the server. */
async function house() {
  const root = await Person.at(browser, url, folder, 'root', { ...DESK, colorScheme: 'light' });
  const menu = async (name) => {
    await root.page.locator('.self').click();
    await root.page.getByRole('menuitem', { name }).click();
  };
  await root.page.goto(url);
  await root.fill('Username or email address', adminName);
  await root.fill('Password', adminPassword);
  await root.press('Sign in');
  await root.page.locator('.self').waitFor();
  await menu('All channels of this server');
  await root.page.getByRole('dialog').getByText('terrace').waitFor();
  await root.look('all-channels');
  check(!(await root.page.getByRole('dialog').innerText()).includes('Tea at'), 'a list tells what is said');
  await root.press('Join: terrace');
  await root.sees('Tea at six, @ben?');
  await ada.button('4 members').waitFor();
  await root.press('4 members');
  const download = root.page.waitForEvent('download');
  await root.press('Download this channel');
  const path = await (await download).path();
  check((await readFile(path, 'utf8')).includes('Tea at'), 'what was said is not in the export');
  await root.page.keyboard.press('Escape');
  await menu('Invite to this server');
  await root.press('Invite by a link');
  const link = await root.page.getByLabel('Invite by a link').inputValue();
  await root.page.getByText('not used yet').waitFor();
  await root.look('invite-to-server');
  await root.press('Close');
  await root.page.getByRole('link', { name: 'Latest of all conversations' }).click();
  await root.page.getByRole('list', { name: 'Latest of all conversations' }).getByText('And bring scones').waitFor();
  await root.look('latest');
  await root.press(/Open.*terrace/, {});
  await root.press('4 members');
  await root.press('Leave channel');
  await root.page.getByRole('group').getByRole('button', { name: 'Leave channel' }).click();
  await ada.button('3 members').waitFor();
  await ben.page.goto(link);
  await ben.reads('You are invited to');
  await ben.press('Go on');
  await ben.room('terrace').waitFor();
  await ben.goTo('terrace');
  await root.context.close();
}

async function company() {
  await ada.room('Ben').locator('.avatar[data-online]').waitFor();
  await ben.composer('terrace').pressSequentially('Is there ca');
  await ada.reads('Ben is typing …');
  await ada.look('typing');
  await ben.composer('terrace').fill('Is there cake?');
  await ben.press('Send');
  await ada.sees('Is there cake?');
  await ada.page.locator('.typists').filter({ hasNotText: 'typing' }).waitFor();
  await ben.page.goto('about:blank');
  await ada.page.locator('nav .room:has-text("Ben") .avatar:not([data-online])').waitFor();
  await ben.page.goto(`${url}/`);
  await ada.room('Ben').locator('.avatar[data-online]').waitFor();
}

async function finding() {
  await ada.goTo('garden');
  await ada.press('Search messages');
  await ada.fill('What to look for', 'cak* in:terrace');
  const found = ada.page.getByRole('dialog').locator('.excerpt').filter({ hasText: 'Is there cake?' });
  await found.waitFor();
  await ada.look('search');
  await ada.fill('What to look for', 'nobody ever said this');
  await ada.reads('No message that you can read says so.');
  await ada.fill('What to look for', 'before:yesterday');
  await ada.reads('That cannot be looked for');
  await ada.fill('What to look for', 'cak* in:terrace');
  await found.waitFor();
  await ada.press('Go there');
  await ada.composer('terrace').waitFor();
  await ada.page.locator('.message:focus').filter({ hasText: 'Is there cake?' }).waitFor();
}

/** What those who keep order do, and what comes of it elsewhere. */
async function keeping() {
  const part = (name) => ada.page.locator('.admin nav').getByRole('link', { name, exact: true }).click();
  const about = async (name, deed) => {
    await ada.press(`What to do about ${name}`);
    await ada.page.getByRole('menuitem', { name: deed, exact: true }).click();
  };
  const sheet = (name) => ada.page.getByRole('dialog').getByRole('button', { name, exact: true });
  const asGull = async (password) => {
    await gull.fill('Username or email address', 'gull');
    await gull.fill('Password', password);
    await gull.press('Sign in');
  };
  const { user } = await admin.ask('{ user(address: "ada") { id } }');
  const role = (role) =>
    admin.ask('mutation($id: ID!, $role: Role!) { setRole(userId: $id, role: $role) { id } }', { id: user.id, role });
  await ben.page.goto(`${url}/admin/reports`);
  await ben.reads('This is for those who keep order here.');
  await role('ADMIN');
  await ada.page.reload();
  await ada.composer('terrace').waitFor();
  await ada.page.locator('.self').click();
  await ada.page.getByRole('menuitem', { name: 'Order in the house' }).click();
  await ada.reads('Nothing has been reported.');

  // An account with a link, as there is no mail.
  await part('People');
  await ada.press('New account');
  await ada.fill('Username', 'gull');
  await ada.fill('Name, as others see it', 'Gull');
  await sheet('Create').click();
  const link = await ada.page.getByLabel('Link', { exact: true }).inputValue();
  check(link.startsWith(`${url}/set-password?`), `a strange link: ${link}`);
  await ada.look('account-made');
  await ada.press('Close');
  await ada.reads('@gull');
  const gull = await Person.at(browser, url, folder, 'gull', { ...DESK, colorScheme: 'light' });
  await gull.page.goto(link);
  await gull.page.getByLabel(/New password/).fill(PASSWORD);
  await gull.press('Choose it');
  await gull.reads('You can now sign in as gull.');
  await gull.page.goto(url);
  await asGull(PASSWORD);
  await gull.press('Find channels');
  await gull.press('Join: kitchen');
  for (const text of ['FISH! FISH!', 'Chips are good as well']) await gull.say('kitchen', text);
  await gull.sees('Chips are good as well');

  // What one reports is seen at once by whoever keeps order.
  await part('Reports');
  await ada.reads('Nothing has been reported.');
  await ben.page.goto(url);
  await ben.room('kitchen').click();
  await ben.sees('FISH! FISH!');
  await choose(ben, 'FISH! FISH!');
  await ben.page.getByRole('menuitem', { name: 'Report', exact: true }).click();
  await ben.fill('Why?', 'So loud');
  await ben.look('reporting');
  await ben.page.getByRole('dialog').getByRole('button', { name: 'Report', exact: true }).click();
  await ben.reads('Thank you. Moderators will look at it.');
  await ben.press('Done');
  await ada.reads('Reported by Ben: So loud');
  await ada.look('reports');
  await ada.fill('Note for the others who keep order (optional)', 'Fish again');
  await ada.press('Resolve and delete the message');
  await ben.sees('This message was deleted.');
  await ada.reads('Nothing has been reported.');
  await ada.page.getByText('Resolved', { exact: true }).click();
  await ada.reads('Reported by Ben: So loud');
  await ada.reads('Fish again');
  await ada.page.getByText('Open', { exact: true }).click();
  await ada.fill('Words that report by themselves', 'rubbish bin\nworm');
  await ada.press('Save');
  await ada.reads('Saved');
  await gull.say('kitchen', 'I live in a Rubbish-Bin');
  await ada.reads('Reported by the list of words: rubbish bin');
  await ada.press('Dismiss');
  await ada.reads('Nothing has been reported.');

  // In one channel somebody may have to be quiet.
  await ada.goTo('kitchen');
  await ada.press('3 members');
  await about('Gull', 'Mute in this channel');
  await ada.page.getByText('For good', { exact: true }).click();
  await ada.look('muting');
  await sheet('Mute in this channel').click();
  await ada.page.getByRole('dialog').getByText('muted').waitFor();
  await gull.reads('You are muted in this channel.');
  check((await gull.composer('kitchen').count()) === 0, 'one can write where one may not');
  await gull.look('muted');
  await about('Gull', 'Let speak again');
  await ada.page.getByRole('dialog').getByText('muted').waitFor({ state: 'detached' });
  await ada.press('Close');
  await gull.say('kitchen', 'I may speak again');
  await ada.sees('I may speak again');

  // Purged is gone, for whoever looks on and whoever comes back.
  await ada.page.goto(`${url}/admin/users`);
  await about('Gull', 'Purge messages');
  await sheet('Purge messages').click();
  for (const person of [ben, gull]) {
    await until('nothing of it is left', async () => (await person.message('Gull').count()) === 0);
    await person.sees('with a token that was over');
  }
  await ben.page.reload();
  await ben.sees('with a token that was over');
  check((await ben.message('Gull').count()) === 0, 'what was purged is still shown');
  check((await ben.room('kitchen').getByText('unread').count()) === 0, 'what was purged is still unread');
  await gull.say('kitchen', 'I shall be good');
  await ben.sees('I shall be good');

  await about('Gull', 'Ban');
  await ada.fill('Why?', 'Stole a sandwich');
  await ada.page.getByText('1 hour', { exact: true }).click();
  await ada.look('banning');
  await sheet('Ban').click();
  await gull.reads(/You are banned from this server until .*: Stole a sandwich/);
  await part('Bans');
  await ada.reads('Stole a sandwich');
  await ada.look('bans');
  await ada.press('Lift the ban: Gull');
  await ada.reads('Nobody is banned.');
  await gull.page.reload();
  await gull.composer('kitchen').waitFor();

  // Whose account is deleted leaves what they said.
  await part('People');
  await about('Gull', 'Delete the account');
  await sheet('Delete the account').click();
  await gull.reads('You have been signed out.');
  await asGull(PASSWORD);
  await gull.reads('The name or the password is not right.');
  await gull.context.close();
  await ben.message('I shall be good').getByText('Somebody who left').waitFor();

  await part('Audit log');
  for (const deed of ['Account made', 'Report handled', 'Muted', 'Messages purged', 'Banned', 'Ban lifted', 'Account deleted']) {
    await ada.page.getByRole('cell', { name: deed, exact: true }).first().waitFor();
  }
  await ada.look('audit');
  await ada.page.getByRole('combobox', { name: /^What/ }).selectOption('Banned');
  await until('only bans are shown', async () => (await ada.page.locator('tbody tr').count()) === 1);
  await ada.reads('why: Stole a sandwich');
  await part('Activity');
  await ada.page.locator('.busiest li').filter({ hasText: 'kitchen' }).waitFor();
  await ada.look('activity');
  const lastHour = () => ada.page.locator('.figures div').filter({ hasText: 'last hour' }).locator('dd').innerText();
  const before = await lastHour();
  await ben.composer('kitchen').fill('How quiet it is');
  await ben.press('Send');
  await until('the figures move by themselves', async () => (await lastHour()) !== before);
  await role('MEMBER');
  await ben.page.goto(url);
  await ada.page.goto(url);
  await ada.room('terrace').click();
  await ada.composer('terrace').waitFor();
}

/** The code of an authenticator app (RFC 6238), so many steps of 30 seconds from now. */
function codeOf(secret, later = 0) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  const key = Buffer.from(bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const digest = createHmac('sha1', key).update(step).digest();
  const at = digest.at(-1) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A password, a second factor, sign-ins and tokens, by oneself. */
async function safety() {
  const open = async () => {
    await ada.page.locator('.self').click();
    await ada.page.getByRole('menuitem', { name: 'Safety of my account' }).click();
    await ada.reads('Where you are signed in');
  };
  const section = (name) =>
    ada.page.locator('.safety section').filter({ has: ada.page.getByRole('heading', { name, exact: true }) });
  const fill = (name, label, text) => section(name).getByLabel(label, { exact: true }).fill(text);
  const press = (name, button) => section(name).getByRole('button', { name: button, exact: true }).click();
  await open();

  const tokens = 'API tokens';
  await fill(tokens, 'What is it for?', 'A bot');
  await fill(tokens, 'Your password', 'not hers');
  await press(tokens, 'Make a token');
  await section(tokens).getByText('That is not your password.').waitFor();
  await fill(tokens, 'Your password', PASSWORD);
  await press(tokens, 'Make a token');
  const bot = new Caller(url);
  bot.token = await section(tokens).getByRole('status').locator('code').innerText();
  check((await bot.ask('{ me { username } }')).me.username === 'ada', 'a token is not hers');
  await ada.look('token');
  await press(tokens, 'End it: A bot');
  await section(tokens).locator('.entries li').waitFor({ state: 'detached' });
  const refused = await bot.ask('{ me { username } }').catch((error) => error.message);
  check(/refused/.test(refused), 'a token outlives its end');

  const other = await Person.at(browser, url, folder, 'ada', { ...DESK, colorScheme: 'light' });
  const enter = async (code) => {
    await other.fill('Username or email address', 'ada');
    await other.fill('Password', PASSWORD);
    if (code) await other.fill('Code', code);
    await other.press('Sign in');
  };
  const factor = 'Second factor';
  await fill(factor, 'Your password', PASSWORD);
  await press(factor, 'Set it up');
  await section(factor).getByRole('img', { name: /QR code/ }).waitFor();
  const secret = await section(factor).locator('.begun code').innerText();
  await ada.look('second-factor');
  await fill(factor, 'Code', '12');
  await press(factor, 'Turn it on');
  await section(factor).getByText('That code is not right').waitFor();
  await fill(factor, 'Code', codeOf(secret));
  await press(factor, 'Turn it on');
  const recovery = await section(factor).locator('.codes code').first().innerText();
  await ada.look('recovery-codes');
  await other.page.goto(url);
  await enter();
  await other.reads('Enter the code from your authenticator as well.');
  await other.look('code-wanted');
  await enter('000000x');
  await other.reads('That code is not right, or was used before.');
  // The code of the step before is spent.
  await enter(codeOf(secret, 1));
  await other.room('terrace').waitFor();

  await ada.press('Close');
  await open();
  const signIns = section('Where you are signed in');
  await until('both are listed', async () => (await signIns.locator('.entries li').count()) >= 2);
  await signIns.getByRole('button', { name: 'End it' }).first().click();
  await other.reads('You have been signed out.');
  await other.context.close();

  await fill('Password', 'Your password', PASSWORD);
  await fill('Password', 'New password', `${PASSWORD} anew`);
  await press('Password', 'Change it');
  await ada.reads('Changed. You are signed out everywhere else.');
  await fill('Password', 'Your password', `${PASSWORD} anew`);
  await fill('Password', 'New password', PASSWORD);
  await press('Password', 'Change it');
  await until('it is done', async () => (await section('Password').getByLabel('New password').inputValue()) === '');
  await fill(factor, 'Your password', PASSWORD);
  await fill(factor, 'Code', recovery);
  await press(factor, 'Turn it off');
  await section(factor).getByRole('button', { name: 'Set it up', exact: true }).waitFor();
  await ada.press('Close');
}

async function preferences() {
  await ada.page.getByRole('button', { name: /You and this page/ }).click();
  await ada.look('menu');
  await ada.page.getByRole('menuitem', { name: 'Preferences' }).click();
  await ada.fill('Your name, as others see it', 'Ada L.');
  await ada.press('Save');
  await ada.reads('Saved');
  await ada.page.getByText('Dark', { exact: true }).click();
  await ada.look('preferences-dark');
  await ada.page.getByText('Español').click();
  await ada.page.getByRole('heading', { name: 'Preferencias' }).waitFor();
  await ada.look('preferences-spanish');
  await ada.page.keyboard.press('Escape');
  await ada.page.reload();
  await ada.button('Canal nuevo').first().waitFor();
  await ada.room('kitchen').click();
  await ada.page.getByText('with a token that was over').waitFor();
  await ada.look('talk-dark-spanish');
  await ben.room('kitchen').click();
  await ben.message('and on it goes').waitFor();
  await until('the new name stands beside what she said', async () =>
    (await ben.page.locator('.message header strong').allInnerTexts()).includes('Ada L.'),
  );
  await ada.page.setViewportSize(PHONE.viewport);
  await ada.look('talk-phone-dark');
  await ada.page.emulateMedia({ colorScheme: 'light' });
  await ada.page.setViewportSize({ width: 1920, height: 1080 });
  await ada.look('talk-wide');
}

async function ban() {
  await ben.composer('kitchen').pressSequentially('I only wanted to sa');
  const { user } = await admin.ask('query($address: String!) { user(address: $address) { id } }', {
    address: 'ben',
  });
  await admin.ask('mutation($id: ID!) { banUser(input: { userId: $id, reason: "Enough" }) { id } }', {
    id: user.id,
  });
  await ben.reads('You are banned from this server: Enough');
  await ben.look('banned');
  check((await ben.page.locator('.message').count()) === 0, 'what is no more for him is still shown');
  await ben.page.reload();
  await ben.reads('You are banned from this server: Enough');
}

async function signOut(person) {
  await person.page.getByRole('button', { name: /Tú y esta página/ }).click();
  await person.page.getByRole('menuitem', { name: 'Salir' }).click();
}

async function signIn(person, name) {
  await person.fill('Nombre de usuario o correo', name);
  await person.fill('Contraseña', PASSWORD);
  await person.press('Entrar');
}

/** Whoever comes or goes in one tab does so in all, and what is done in one is seen in the other. */
async function tabs() {
  const other = await ada.anotherTab();
  await other.page.goto(ada.page.url());
  await other.page.getByText('with a token that was over').waitFor();
  await ada.page.locator('textarea').fill('begun here');
  await until('a draft is in both tabs', async () => {
    return (await other.page.locator('textarea').inputValue()) === 'begun here';
  });
  await ada.page.locator('textarea').fill('');
  await signOut(other);
  await ada.button('Entrar').waitFor();
  await signIn(ada, 'ada');
  await other.room('kitchen').waitFor();
  await other.page.close();
}

async function unsent() {
  await ada.room('kitchen').click();
  await ada.page.route('**/graphql', async (route) => {
    const sends = route.request().postDataJSON()?.operationName === 'Send';
    return sends ? route.abort() : route.fallback();
  });
  Person.expected = OUTAGE;
  await ada.page.locator('textarea').fill('nobody is to read this');
  await ada.page.locator('textarea').press('Enter');
  await ada.reads('Esperando la conexión');
  await ada.page.locator('textarea').fill('nor this');
  // What is begun counts as well.
  await signOut(ada);
  await ada.reads('2 mensajes sin enviar');
  await ada.look('unsent');
  await ada.press('Cancelar');
  await ada.message('nobody is to read this').waitFor();
  await signOut(ada);
  await ada.reads('2 mensajes sin enviar');
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Salir' }).click();
  await ada.button('Entrar').waitFor();
  await ada.look('signed-out');
  await ada.page.unroute('**/graphql');
  Person.expected = null;
  const left = await ada.page.evaluate(() => JSON.stringify(localStorage));
  check(!/nobody is to read|nor this/.test(left), 'what was written is left to whoever comes next');
  await ada.page.reload();
  await ada.button('Entrar').waitFor();
}

/** What one has asked for, and is answered late, is not shown to the next. */
async function nextPerson() {
  const register = 'mutation($input: RegisterInput!) { register(input: $input) { user { id } } }';
  await new Caller(url).ask(register, { input: { username: 'dia', password: PASSWORD } });
  await signIn(ada, 'ada');
  await ada.room('kitchen').waitFor();
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await ada.page.route('**/graphql', async (route) => {
    if (route.request().postDataJSON()?.operationName !== 'CreateChannel') return route.fallback();
    const response = await route.fetch();
    await held;
    return route.fulfill({ response }).catch(() => {}); // the page that asked may be gone
  });
  await ada.press('Canal nuevo');
  await ada.fill('Nombre', 'diary');
  await ada.press('Crear');
  await ada.page.keyboard.press('Escape');
  await signOut(ada);
  await ada.button('Entrar').waitFor();
  await signIn(ada, 'dia');
  await ada.reads('Hola, dia');
  answer();
  await ada.page.unroute('**/graphql', { behavior: 'wait' });
  await ada.press('Canal nuevo');
  await ada.fill('Nombre', 'hers');
  await ada.press('Crear');
  await ada.room('hers').waitFor();
  const shown = await ada.page.locator('.sidebar .room .name').allInnerTexts();
  check(shown.join() === 'hers', `the next person sees ${shown}`);
}

async function order(what) {
  console.log(what);
  const { value } = await told.next();
  check(value === 'done', `${what}: ${value}`);
}
