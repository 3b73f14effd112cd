// Every page of the web client, on a desk and on a phone, by day and by night:
//   node gallery.mjs <url> <admin's username> <admin's password> <folder>
// Takes a picture of each, and prints one line of JSON with what would shut somebody out of it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Caller, DESK, OUTAGE, Person, PASSWORD, PHONE, problems, theBrowser } from './cast.mjs';

const [url, adminName, adminPassword, folder] = process.argv.slice(2);
const NAMES = { ada: 'Ada', ben: 'Ben', cem: 'Cem', dia: 'Día Núñez' };
const ROOMS = {
  kitchen: 'Recipes, and who brings what',
  garden: 'Mondays at the allotment',
  readers: 'This month: The Leopard',
};
const ELSEWHERE = {
  chess: 'A game at a time, a move a day',
  'lost and found': 'One glove, mostly',
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
  ['ben', 'kitchen', 'Seven is good.'],
];
const JOIN = 'mutation($channelId: ID!, $peer: ID!) { joinCall(channelId: $channelId, peer: $peer) { id } }';
const EVERYTHING = `# A heading

*Leaning*, **heavy**, ~~gone~~, \`code\`, [a link](https://example.org) and a line that is long enough to go on in the next one, wherever one reads it.

1. First
2. Second
   - [x] done
   - [ ] not yet

\`\`\`
def rise(dough, hours=12):    # a line of code which is a good deal longer than most screens are wide
    return dough * 2
\`\`\`

| Flour | Water | Salt | Time |
| --- | --- | --- | --- |
| 1 kg | 700 g | 20 g | overnight |`;

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
for (const [name, topic] of Object.entries(ROOMS)) rooms[name] = await made('ada', { name, topic, memberIds });
for (const [name, topic] of Object.entries(ELSEWHERE)) rooms[name] = await made('ben', { name, topic });
rooms.bens = await direct('ben', 'ada', 'Shall I bring the long table?');
await direct('dia', 'ada', 'Thank you for yesterday.');
for (const [who, room, body] of TALK) await say(who, rooms[room], body);
await say('ben', rooms.chess, 'e4');

rooms.greenhouse = await made('ada', { kind: 'PRIVATE', name: 'greenhouse', topic: 'Watering, and who has the key', memberIds });
const water = await say('dia', rooms.greenhouse, 'Who waters **next week**? @channel can see the list by the door.');
await say('cem', rooms.greenhouse, 'Not me, I am away until Friday.', water);
await say('ben', rooms.greenhouse, 'Then I take Tuesday.', water);
const key = await say('ada', rooms.greenhouse, 'The key is under the third pot, @ada says to @ben');
await react(water, '👍', 'ada', 'ben', 'cem');
await react(water, '🎉', 'ben');
await change('ada', 'pinMessage(messageId: $id)', water);
await callers.ada.ask('mutation($id: ID!) { editMessage(input: { id: $id, body: "The key is under the **fourth** pot, @ben." }) { id } }', { id: key });
await change('cem', 'deleteMessage(id: $id)', await say('cem', rooms.greenhouse, 'Said in the wrong place'));
const invite = await callers.ben.ask('mutation($id: ID!) { createInvite(input: { channelId: $id }) { url } }', { id: rooms.chess });
const invitation = invite.createInvite.url;

const admin = new Caller(url);
await admin.enter(adminName, adminPassword);
await admin.ask('mutation { setWordList(words: ["olives", "burnt bread"]) }');
const rude = await say('cem', rooms.garden, 'Who has taken my good spade **again**?');
await say('cem', rooms.garden, 'And the olives!');
await callers.dia.ask('mutation($id: ID!) { reportMessage(messageId: $id, reason: "He accuses everybody") }', { id: rude });
const nuisance = { username: 'gull', displayName: 'The Gull', password: PASSWORD };
const { register } = await new Caller(url).ask('mutation($input: RegisterInput!) { register(input: $input) { user { id } } }', { input: nuisance });
await admin.ask('mutation($id: ID!) { banUser(input: { userId: $id, reason: "Eats what is on the table" }) { id } }', { id: register.user.id });

/** How one gets to each page. */
const scenes = {
  'door': ({ page }) => page.goto(url),
  'new account': (who) => who.press('Create an account'),
  'unreachable': async (who) => {
    Person.expected = OUTAGE;
    await who.page.route('**/graphql', (route) => route.abort());
    await who.page.goto(url);
    await who.reads('The server cannot be reached.');
  },
  'refused': async (who) => {
    await who.page.unroute('**/graphql');
    Person.expected = null;
    await who.press('Try again');
    await enter(who, 'ada', 'not hers');
    await who.reads('The name or the password is not right.');
  },
  'beginning': async (who) => {
    await enter(who, 'ada', PASSWORD);
    await who.room('garden').waitFor();
  },
  'talk': async (who) => {
    await who.goTo('kitchen');
    await who.sees('Seven is good.');
  },
  'new messages': async (who) => {
    await visit(who, 'readers');
    await visit(who, 'kitchen');
    await leave(who);
    await say('dia', rooms.readers, 'Nobody? It is the one with the ballroom.');
    await say('cem', rooms.readers, 'I take it, if the sea is in it as well.');
    await who.room('readers').getByText('2 unread messages').waitFor();
    await who.room('readers').click();
    await who.reads('New messages');
  },
  'not sent': async (who) => {
    await who.page.keyboard.press('Escape');
    await who.page.route('**/graphql', async (route) => {
      if (route.request().postDataJSON()?.operationName !== 'Send') return route.continue();
      const errors = [{ message: 'no', extensions: { code: 'INTERNAL', errorId: 'k3j9' } }];
      return route.fulfill({ json: { data: { sendMessage: null }, errors } });
    });
    await who.composer('readers').fill('I have it already, but I would read it again with you.');
    await who.press('Send');
    await who.reads('Not sent.');
  },
  'much to write': async (who) => {
    await who.press('Discard');
    await who.page.unroute('**/graphql');
    await who.composer('readers').fill('And so on, for ever and ever.\n'.repeat(280));
    await who.reads('characters too long');
  },
  'all that can be written': async (who) => {
    await who.composer('readers').fill('');
    await say('dia', rooms.garden, EVERYTHING);
    await visit(who, 'garden');
    await who.reads('overnight');
  },
  'conversed': async (who) => {
    await visit(who, 'greenhouse');
    await who.sees('Then I take Tuesday.');
  },
  'message actions': (who) => choose(who, 'Then I take Tuesday.'),
  'replying': async (who) => {
    await who.page.getByRole('menuitem', { name: 'Reply', exact: true }).click();
    await who.reads('Replying to Ben');
  },
  'naming': async (who) => {
    await who.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await who.composer('greenhouse').pressSequentially('Ask @');
    await who.page.getByRole('option', { name: 'Cem' }).waitFor();
  },
  'thread': async (who) => {
    await who.composer('greenhouse').fill('');
    await who.page.getByRole('button', { name: '2 replies', exact: true }).click();
    await who.page.getByRole('dialog').getByText('Not me').waitFor();
  },
  'pins': async (who) => {
    await closed(who);
    await who.press('Pinned messages');
    await who.page.getByRole('dialog').getByText('Who waters').waitFor();
  },
  'search': async (who) => {
    await closed(who);
    await leave(who);
    await who.press('Search messages');
    await who.fill('What to look for', 'tuesd*');
    await who.page.getByRole('dialog').getByText('Then I take Tuesday.').waitFor();
  },
  'invited': async (who) => {
    await closed(who);
    await who.page.goto(invitation);
    await who.reads('You are invited to chess');
  },
  'looking in': async (who) => {
    await who.page.goto(`${url}/c/${rooms.chess}`);
    await who.reads('You are looking in from outside.');
    await who.sees('e4');
  },
  'stumbled': async (who) => {
    Person.expected = /is not iterable|error occurred in/;
    await who.page.evaluate((id) => {
      const [place] = Object.keys(localStorage).filter((key) => key.startsWith('tertulia.last.'));
      localStorage.setItem(place.replace('last', 'draft').replace('room', id), '5');
    }, rooms.garden);
    await who.page.goto(`${url}/c/${rooms.garden}`);
    await who.reads('This page has stumbled.');
    Person.expected = null;
    await who.page.evaluate((id) => {
      for (const key of Object.keys(localStorage)) if (key.endsWith(id)) localStorage.removeItem(key);
    }, rooms.garden);
  },
  'empty channel': async (who) => {
    rooms.cellar = await made('ada', { name: 'cellar', kind: 'PRIVATE' });
    await who.page.goto(`${url}/c/${rooms.cellar}`);
    await who.reads('Nobody has said anything yet.');
  },
  'gone': async (who) => {
    await callers.ada.ask('mutation($id: ID!) { deleteChannel(id: $id) }', { id: rooms.cellar });
    await who.reads('There is no such thing');
  },
  'members': async (who) => {
    await who.page.goto(`${url}/c/${rooms.kitchen}`);
    await who.press('5 members');
    await who.reads('@ben');
  },
  'leaving': (who) => who.press('Leave channel'),
  'adding people': async (who) => {
    await who.press('Cancel');
    await who.press('Add people');
    await who.page.getByLabel('Search by name').waitFor();
  },
  'finding channels': async (who) => {
    await who.page.goto(url);
    await who.press('Find channels');
    await who.reads('One glove, mostly');
  },
  'new channel': async (who) => {
    await closed(who);
    await who.press('New channel');
    await who.page.getByRole('dialog').waitFor();
  },
  'new direct message': async (who) => {
    await closed(who);
    await who.press('New direct message');
    await who.reads('@dia');
  },
  'switcher': async (who) => {
    await closed(who);
    await who.press(/Go to/, {});
    await who.page.getByRole('dialog').waitFor();
  },
  'switcher with people': async (who) => {
    await who.page.getByRole('dialog').getByRole('searchbox').fill('ce');
    await who.reads('@cem');
  },
  'menu': async (who) => {
    await closed(who);
    await who.press(/You and this page/, {});
  },
  'preferences': async (who) => {
    await who.page.getByRole('menuitem', { name: 'Preferences' }).click();
    await who.page.getByRole('dialog').waitFor();
  },
  'sound and picture': async (who) => {
    await closed(who);
    await who.press(/You and this page/, {});
    await who.page.getByRole('menuitem', { name: 'Sound and picture' }).click();
    await who.press('Try them');
    await who.page.getByLabel('How loud you are').waitFor();
    await drawn(who, '.preview video');
  },
  'ringing': async (who) => {
    await closed(who);
    await callers.ben.ask(JOIN, { channelId: rooms.bens, peer: crypto.randomUUID() });
    await who.reads('Ben is calling');
  },
  'call': async (who) => {
    await who.press('With camera');
    await who.reads('connecting …');
    await drawn(who, '.stage video');
  },
  'directly': async (who) => {
    await who.press('Leave the call');
    await who.press('Directly with Ben');
    await who.fill('Write directly', 'The table is too long for the lift.');
    await who.page.keyboard.press('Enter');
    await who.reads('waiting');
    await who.reads('Connecting …');
  },
  'shortcuts': async (who) => {
    await who.press('End the connection');
    await who.reads('What is not sent yet will not be sent.');
    await who.press('End the connection');
    await who.page.getByRole('dialog').waitFor({ state: 'detached' });
    await callers.ben.ask('mutation($channelId: ID!) { declineCall(channelId: $channelId) }', { channelId: rooms.bens });
    await closed(who);
    await who.page.keyboard.press('Control+/');
    await who.page.getByRole('dialog').waitFor();
  },
  'signed out': async (who) => {
    await closed(who);
    await leave(who);
    await who.press(/You and this page/, {});
    await who.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await who.button('Sign in').waitFor();
  },
  'newcomer': async (who) => {
    await who.press('Create an account');
    await who.fill('Username', `new.${who.name}`);
    await who.fill('Password', PASSWORD);
    await who.press('Create an account');
    await who.button('New channel').first().waitFor();
  },
  'reports': async (who) => {
    await who.press(/You and this page/, {});
    await who.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await enter(who, adminName, adminPassword);
    await who.press(/You and this page/, {});
    await who.page.getByRole('menuitem', { name: 'Order in the house' }).click();
    await who.reads('He accuses everybody');
  },
  'bans': async (who) => {
    await part(who, 'Bans');
    await who.reads('Eats what is on the table');
  },
  'accounts': async (who) => {
    await part(who, 'People');
    await who.reads('@ben');
  },
  'account actions': async (who) => {
    await who.press('What to do about Ben');
    await who.page.getByRole('menuitem', { name: 'Ban' }).waitFor();
  },
  'banning': async (who) => {
    await who.page.getByRole('menuitem', { name: 'Ban', exact: true }).click();
    await who.reads('For how long?');
  },
  'deleting an account': async (who) => {
    await closed(who);
    await who.press('What to do about Ben');
    await who.page.getByRole('menuitem', { name: 'Delete the account' }).click();
    await who.reads('Delete the account of Ben?');
  },
  'audit log': async (who) => {
    await closed(who);
    await part(who, 'Audit log');
    await who.page.getByRole('cell', { name: 'List of words changed' }).first().waitFor();
  },
  'activity': async (who) => {
    await part(who, 'Activity');
    await who.reads('Busiest channels');
  },
  'safety': async (who) => {
    await leave(who);
    await who.press(/You and this page/, {});
    await who.page.getByRole('menuitem', { name: 'Safety of my account' }).click();
    await who.reads('Where you are signed in');
  },
  'second factor': async (who) => {
    const section = who.page.locator('.safety section').filter({ hasText: 'authenticator app' });
    await section.getByLabel('Your password').fill(adminPassword);
    await section.getByRole('button', { name: 'Set it up' }).click();
    await section.getByRole('img', { name: /QR code/ }).waitFor();
  },
};

async function part(who, name) {
  await who.page.locator('.admin nav').getByRole('link', { name, exact: true }).click();
}

const browser = await theBrowser();
const pictures = [];
for (const [name, size, colorScheme] of [
  ['desk-light', DESK, 'light'],
  ['desk-dark', DESK, 'dark'],
  ['phone-light', PHONE, 'light'],
  ['phone-dark', PHONE, 'dark'],
]) {
  const who = await Person.at(browser, url, folder, name, { ...size, colorScheme, deviceScaleFactor: 2 });
  for (const [scene, enact] of Object.entries(scenes)) {
    try {
      await enact(who);
      const picture = `${scene.replaceAll(' ', '-')}-${name}`;
      await who.picture(picture);
      pictures.push(picture);
      problems.push(...(await who.faults()).map((fault) => `${scene}, ${name}: ${fault}`));
    } catch (error) {
      problems.push(`${scene}, ${name}: ${error.stack}`);
      await who.picture(`failed-${name}`);
      break;
    }
  }
  await who.context.close();
}
await browser.close();
console.log(JSON.stringify({ pictures, problems }));

async function enter(who, username, password) {
  await who.fill('Username or email address', username);
  await who.fill('Password', password);
  await who.press('Sign in');
}

/** On a phone there is one thing at a time. */
async function leave(who) {
  const back = who.page.getByRole('link', { name: 'All conversations' });
  if (await back.isVisible()) await back.click();
}

/** Waits until there is a picture in it. */
async function drawn(who, place) {
  await who.page.locator(place).first().evaluate((video) => new Promise((resolve) => video.requestVideoFrameCallback(resolve)));
}

async function visit(who, title) {
  await leave(who);
  await who.goTo(title);
}

async function closed(who) {
  await who.page.keyboard.press('Escape');
  await who.page.locator('[role=dialog], [role=menu]').first().waitFor({ state: 'detached' });
}

async function made(who, given) {
  const input = { kind: 'PUBLIC', ...given };
  const { createChannel } = await callers[who].ask(
    'mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }',
    { input },
  );
  return createChannel.id;
}

async function say(who, channelId, body, replyToId) {
  const input = { channelId, body, replyToId };
  const said = await callers[who].ask('mutation($input: SendMessageInput!) { sendMessage(input: $input) { id } }', {
    input,
  });
  return said.sendMessage.id;
}

async function react(id, emoji, ...people) {
  const document = 'mutation($id: ID!, $emoji: String!) { addReaction(messageId: $id, emoji: $emoji) { id } }';
  for (const who of people) await callers[who].ask(document, { id, emoji });
}

async function change(who, deed, id) {
  await callers[who].ask(`mutation($id: ID!) { ${deed} { id } }`, { id });
}

/** Opens what can be done with a message. */
async function choose(who, text) {
  const message = who.page.locator('.message').filter({ has: who.page.locator('.prose', { hasText: text }) });
  await message.hover();
  await message.getByRole('button', { name: /What to do with the message/ }).click();
  await who.page.getByRole('dialog', { name: 'What to do with this message' }).waitFor();
}

async function direct(who, whom, body) {
  const userId = users.nodes.find(({ username }) => username === whom).id;
  const opened = await callers[who].ask('mutation($userId: ID!) { openDirectChannel(userId: $userId) { id } }', { userId });
  await say(who, opened.openDirectChannel.id, body);
  return opened.openDirectChannel.id;
}
