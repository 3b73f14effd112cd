// Calls, and what goes directly from person to person, as two people see it.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { check, until } from './cast.mjs';

/** Ada and Ben, who have a conversation of their own, and a channel with others. */
export async function calls(ada, ben) {
  await ringing(ada, ben);
  await media(ada, ben);
  await answered(ada, ben);
  await inChannel(ada, ben);
}

const tiles = (person) => person.page.locator('.stage .tile');
const tile = (person, name) => tiles(person).filter({ hasText: name });
const stage = (person) => person.page.getByRole('region', { name: /^Call in/ });

async function ringing(ada, ben) {
  await leave(ben);
  await ada.goTo('Ben');
  await ada.press('Start a call in Ben');
  await ben.reads('Ada Lovelace is calling');
  await ada.reads('Ringing …');
  await ben.look('ringing');
  await ben.press('Decline');
  await ada.reads('Ben did not answer.');
  await ada.press('Close');
  await stage(ada).waitFor({ state: 'detached' });
  // Rung off before it was answered.
  await ada.press('Start a call in Ben');
  await ben.reads('Ada Lovelace is calling');
  await ada.press('Leave the call');
  await ben.reads('You missed a call from Ada Lovelace.');
  await ben.press('Close');
}

async function media(ada, ben) {
  await ada.press('Start a call in Ben');
  await ben.press('With camera');
  await meets(ada, 'Ben');
  await meets(ben, 'Ada Lovelace');
  await sees(tile(ada, 'Ben'));
  await ada.look('called');
  await ben.look('call-on-a-phone');
  // What one lets others hear and see.
  await ada.press('Turn the camera on');
  await sees(tile(ben, 'Ada Lovelace'));
  await ada.press('Mute yourself');
  await tile(ben, 'Ada Lovelace').getByLabel('muted').waitFor();
  await ada.press('Let them hear you');
  await tile(ben, 'Ada Lovelace').getByLabel('muted').waitFor({ state: 'detached' });
  await hears(ben);
  await ada.press('Share your screen');
  await sees(tiles(ben).filter({ hasText: 'Screen of Ada Lovelace' }));
  await ben.look('screen-shared');
  await ada.press('Stop sharing your screen');
  await tiles(ben).filter({ hasText: 'Screen of' }).waitFor({ state: 'detached' });
  // It goes on wherever one looks.
  await ada.goTo('kitchen');
  await ada.press('Make it small');
  await ada.look('call-elsewhere');
  await ada.press('Leave the call');
  await tile(ben, 'Ada Lovelace').waitFor({ state: 'detached' });
  await ben.press('Leave the call');
}

/** Answered on one device, it rings on no other. */
async function answered(ada, ben) {
  const tab = await ben.anotherTab();
  await tab.page.goto(tab.url);
  await ada.goTo('Ben');
  await ada.press('Start a call in Ben');
  await tab.button('Answer', { exact: true }).waitFor();
  await ben.press('Answer');
  await tab.button('Answer', { exact: true }).waitFor({ state: 'detached' });
  await meets(ben, 'Ada Lovelace');
  // A tab that is closed without a word.
  await tab.page.close();
  await ada.press('Leave the call');
  await ben.press('Leave the call');
}

async function inChannel(ada, ben) {
  await leave(ben);
  await ada.goTo('kitchen');
  await ada.press('Start a call in kitchen');
  await ada.reads('Nobody else is here yet.');
  await ben.room('kitchen').getByText('1 person in a call').waitFor();
  await ben.look('call-in-the-list');
  await ben.room('kitchen').click();
  await ben.press('Join the call in kitchen: 1 in it');
  await meets(ada, 'Ben');
  const third = await ada.anotherTab();
  await third.page.goto(third.url);
  await third.goTo('kitchen');
  await third.press('Join the call in kitchen: 2 in it');
  await meets(third, 'Ben');
  await meets(third, 'Ada Lovelace');
  await until('three are in it', async () => (await tiles(ben).count()) === 3);
  await ben.look('call-of-three');
  await third.page.close();
  await until('the tab is gone', async () => (await tiles(ben).count()) === 2);
  await ben.press('Leave the call');
  await ada.press('Leave the call');
  await until('nobody is in it', async () => (await ada.room('kitchen').getByText('in a call').count()) === 0);
}

/** Devices, and the way to the server. */
export async function devices(ada) {
  await ada.press(/You and this page/, {});
  await ada.page.getByRole('menuitem', { name: 'Sound and picture' }).click();
  await ada.press('Try them');
  await sees(ada.page.locator('.preview'));
  await until('one sees how loud one is', async () => (await ada.page.locator('meter').evaluate(({ value }) => value)) > 0);
  const microphone = ada.page.getByLabel('Microphone');
  const [chosen] = await microphone.locator('option:not([value=""])').evaluateAll((all) => all.map(({ value }) => value));
  await microphone.selectOption(chosen);
  await ada.settled();
  await until('one is heard again', async () => (await ada.page.locator('meter').evaluate(({ value }) => value)) > 0);
  await ada.press('Test the connection');
  await ada.reads('MB/s there and back');
  const outcome = await ada.page.locator('.outcome').innerText();
  check(/Way\s+direct/.test(outcome), `the way: ${outcome}`);
  check(outcome.match(/came back/g)?.length === 2, `sound and picture: ${outcome}`);
  await ada.look('devices');
  await ada.page.reload();
  await ada.press(/You and this page/, {});
  await ada.page.getByRole('menuitem', { name: 'Sound and picture' }).click();
  await ada.press('Try them');
  await until('the choice is kept', async () => (await ada.page.getByLabel('Microphone').inputValue()) === chosen);
  await ada.press('Close');
}

/** What is said and sent directly. */
export async function directly(ada, ben) {
  await leave(ben);
  await ada.goTo('Ben');
  await ada.press('Directly with Ben');
  await ben.reads('Ada Lovelace would like to talk to you directly.');
  await ben.look('asked-directly');
  await ben.press('Connect');
  for (const person of [ada, ben]) await person.reads('Connected directly');
  await write(ada, 'Only for you');
  await said(ben, 'Only for you');
  await write(ben, 'And for you');
  await said(ada, 'And for you');
  check((await ada.message('Only for you').count()) === 0, 'what is said directly is on the server');
  // Kept, once both agree.
  await ada.page.getByLabel(/^Keep this conversation/).check();
  await ben.reads('Ada Lovelace agrees.');
  await ben.page.getByLabel(/^Keep this conversation/).check();
  await until('it is kept', async () => (await ada.page.locator('.talk small', { hasText: 'kept' }).count()) === 2);
  await ada.look('directly');

  const content = Buffer.alloc(3_000_001, 'direct');
  await choose(ada, 'plan.bin', content);
  await ben.press('Take it');
  await isNow(ben, 'plan.bin', 'here');
  await isNow(ada, 'plan.bin', 'arrived');
  const [download] = await Promise.all([
    ben.page.waitForEvent('download'),
    ben.page.getByRole('link', { name: 'Save plan.bin' }).click(),
  ]);
  check(sha256(await readFile(await download.path())) === sha256(content), 'another file came');
  await ben.look('file-came-directly');
  await choose(ada, 'one.bin', content, 'two.bin');
  await ben.press('Take all 2');
  for (const name of ['one.bin', 'two.bin']) await isNow(ben, name, 'here');
  await choose(ben, 'not-wanted.bin', Buffer.from('no'));
  await ada.press('No');
  await ben.reads('They did not want it.');
  await ada.reads('You did not want it.');
  for (const person of [ada, ben]) await person.press('Close');
  await ada.sees('Only for you');
  await ada.sees('And for you');

  // Whoever goes away without a word is missed, and what is sent then goes to the server.
  await ben.page.goto('about:blank');
  await ada.press('Directly with Ben');
  await choose(ada, 'later.bin', content);
  await ada.reads('Ben stays away. Leave it on the server for them?');
  await ada.press('End the connection');
  await ada.reads('What is not sent yet will not be sent.');
  await ada.look('stays-away');
  await ada.press('Leave it there');
  await isNow(ada, 'later.bin', 'on the server');
  await ada.press('End the connection');
  await ben.page.goto(ben.url);
  await ben.goTo('Ada Lovelace');
  await ben.sees('later.bin');
  const link = await ben.page.getByRole('link', { name: 'later.bin' }).getAttribute('href');
  const stored = await ben.page.request.get(new URL(link, ben.url).href);
  check(sha256(await stored.body()) === sha256(content), 'another file is on the server');
  await until('nobody asks any more', async () => (await ben.button('Connect').count()) === 0);
}

const sha256 = (content) => createHash('sha256').update(content).digest('hex');

async function write(person, text) {
  await person.fill('Write directly', text);
  await person.page.getByLabel('Write directly').press('Enter');
}

const said = (person, text) => person.page.locator('.talk p', { hasText: text }).waitFor();

/** A file's line says how it stands with it. */
async function isNow(person, name, state) {
  const line = person.page.locator('.directly .tray li').filter({ hasText: name });
  await line.getByRole('status').filter({ hasText: new RegExp(`· ${state}$`) }).waitFor();
}

/** Sends something directly, under one name or several. */
async function choose(person, name, buffer, ...others) {
  const [chooser] = await Promise.all([person.page.waitForEvent('filechooser'), person.press('Send files')]);
  const mimeType = 'application/octet-stream';
  await chooser.setFiles([name, ...others].map((each) => ({ name: each, mimeType, buffer })));
}

/** Somebody is connected to another, and it says how. */
async function meets(person, name) {
  await tile(person, name).locator('[data-state=direct]').first().waitFor();
}

/** There is a picture in it that moves. */
async function sees(place) {
  await until('there is a picture', () =>
    place
      .locator('video')
      .first()
      .evaluate((video) => video.videoWidth > 0 && video.currentTime > 0)
      .catch(() => false),
  );
}

/** There is sound to be heard. */
async function hears(person) {
  await until('there is sound', () =>
    person.page.locator('.stage audio').first().evaluate((audio) => !audio.paused && audio.currentTime > 0),
  );
}

/** On a phone there is one thing at a time. */
async function leave(person) {
  const back = person.page.getByRole('link', { name: 'All conversations' });
  if (await back.isVisible()) await back.click();
}
