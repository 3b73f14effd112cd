// Takes the pictures of the web client that the README shows:
//   node portraits.mjs <url> <folder>
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Caller, DESK, Person, PASSWORD, PHONE, theBrowser } from './cast.mjs';

const [url, folder] = process.argv.slice(2);
const NAMES = { ada: 'Ada', ben: 'Ben', cem: 'Cem', dia: 'Día Núñez' };
const ROOMS = {
  kitchen: 'Recipes, and who brings what',
  garden: 'Mondays at the allotment',
  readers: 'This month: The Leopard',
};
const TALK = [
  ['dia', 'readers', 'I have the second copy now, who wants it?'],
  ['cem', 'garden', 'The tomatoes need tying up before the weekend.'],
  ['ada', 'kitchen', 'Friday it is, then. Eight of us, if Cem comes.'],
  ['cem', 'kitchen', 'I do! With the good olives.'],
  ['ben', 'kitchen', 'Then I make the bread. What we still need:\n\n- something **green**\n- two lemons\n- `1 kg` of flour, the strong one'],
  ['ben', 'kitchen', 'The recipe is the one from last year: https://example.org/bread'],
  ['dia', 'kitchen', 'Lemons from me, the tree is full of them.\n\n> If you have never put lemon leaves under bread,\n> do it this once.'],
  ['ada', 'kitchen', 'Sold. Shall we start at seven?'],
];

await mkdir(folder, { recursive: true });
const callers = {};
for (const [username, displayName] of Object.entries(NAMES)) {
  callers[username] = new Caller(url);
  const input = { username, displayName, password: PASSWORD };
  await callers[username].ask('mutation($input: RegisterInput!) { register(input: $input) { user { id } } }', { input });
  await callers[username].enter(username, PASSWORD);
}
const { users } = await callers.ada.ask('{ users { nodes { id username } } }');
const memberIds = users.nodes.map(({ id }) => id);
const rooms = {};
for (const [name, topic] of Object.entries(ROOMS)) {
  const input = { kind: 'PUBLIC', name, topic, memberIds };
  const made = await callers.ada.ask('mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }', { input });
  rooms[name] = made.createChannel.id;
}
await direct('ben', 'ada', 'Shall I bring the long table?');
await direct('dia', 'ada', 'Thank you for yesterday.');
for (const [who, room, body] of TALK) await say(who, rooms[room], body);

const browser = await theBrowser();
for (const [colorScheme, size, name] of [
  ['light', DESK, 'desk-light'],
  ['dark', DESK, 'desk-dark'],
  ['light', PHONE, 'phone-light'],
  ['dark', PHONE, 'phone-dark'],
]) {
  const ada = await Person.at(browser, url, folder, 'ada', { ...size, colorScheme, deviceScaleFactor: 2 });
  await ada.page.goto(url);
  await ada.fill('Username or email address', 'ada');
  await ada.fill('Password', PASSWORD);
  await ada.press('Sign in');
  await ada.goTo('kitchen');
  await ada.sees('Shall we start at seven?');
  if (name === 'desk-light') await say('ben', rooms.kitchen, 'Seven is good.');
  await ada.sees('Seven is good.');
  await shot(ada, name);
  await ada.context.close();
}
await browser.close();

async function shot(person, name) {
  await person.page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

async function say(who, channelId, body) {
  const input = { channelId, body };
  await callers[who].ask('mutation($input: SendMessageInput!) { sendMessage(input: $input) { id } }', { input });
}

async function direct(who, whom, body) {
  const userId = users.nodes.find(({ username }) => username === whom).id;
  const opened = await callers[who].ask('mutation($userId: ID!) { openDirectChannel(userId: $userId) { id } }', { userId });
  await say(who, opened.openDirectChannel.id, body);
}
