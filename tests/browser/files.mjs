// What people do with files, as a chapter of the story of two people.
import { check, until } from './cast.mjs';

const chosen = async (person, press, files) => {
  const chooser = person.page.waitForEvent('filechooser');
  await press();
  await (await chooser).setFiles(files);
};
const text = (name, said) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(said) });
const tray = (person, state) => person.page.locator(`.tray li[data-state=${state}]`);
const card = (person, name) => person.page.locator('.file').filter({ hasText: name }).last();

/** Hands files to the page as a hand or a clipboard does. */
const given = (person, how, name, said) =>
  person.page.evaluate(
    ([kind, called, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], called, { type: 'text/plain' }));
      const about = { bubbles: true, cancelable: true };
      const event =
        kind === 'paste'
          ? new ClipboardEvent(kind, { ...about, clipboardData: data })
          : new DragEvent(kind, { ...about, dataTransfer: data });
      document.querySelector('.composer textarea').dispatchEvent(event);
    },
    [how, name, said],
  );

/** A version made from another, as somebody makes it who has not seen what came since. */
const forked = (person, fileId, name, parents) =>
  person.page.evaluate(
    async ([replacesId, called, parentIds]) => {
      const query = `mutation($c: ID!, $f: Upload!, $r: ID, $p: [ID!]) {
        uploadFile(input: { channelId: $c, file: $f, replacesId: $r, parentIds: $p }) { heads } }`;
      const c = location.pathname.split('/').pop();
      const form = new FormData();
      form.append('operations', JSON.stringify({ query, variables: { c, f: null, r: replacesId, p: parentIds } }));
      form.append('map', '{"0": ["variables.f"]}');
      form.append('0', new File(['beside'], called));
      const headers = { 'GraphQL-Require-Preflight': '1' };
      const answer = await fetch('/graphql', { method: 'POST', body: form, headers });
      return (await answer.json()).data.uploadFile.heads;
    },
    [fileId, name, parents],
  );

/** Both are in the room. */
export async function files(ada, ben, room) {
  const picture = await ada.page.screenshot();
  const attach = () => ada.press('Attach files');
  await chosen(ada, attach, [
    { name: 'window.png', mimeType: 'image/png', buffer: picture },
    text('list.txt', 'milk'),
  ]);
  await tray(ada, 'done').nth(1).waitFor();
  await ada.look('attached');
  await ada.press('Send');
  await tray(ada, 'done').first().waitFor({ state: 'detached' });
  for (const person of [ada, ben]) {
    const image = person.page.locator('.file img').last();
    await image.waitFor();
    await until('the small picture is there', () => image.evaluate((shown) => shown.naturalWidth > 0));
    await card(person, 'list.txt').waitFor();
  }
  await ben.look('files');

  await given(ada, 'paste', 'pasted.txt', 'pasted');
  await given(ada, 'drop', 'dropped.txt', 'dropped');
  await tray(ada, 'done').nth(1).waitFor();
  await ada.page.getByRole('button', { name: 'Do not send pasted.txt' }).click();
  await ada.say(room, 'Dropped');
  await card(ben, 'dropped.txt').waitFor();
  check((await ben.page.getByText('pasted.txt').count()) === 0, 'what was taken away was sent');

  // What hangs when the page goes is gone on with when it is back.
  const hangs = (route) => (route.request().method() === 'PATCH' ? undefined : route.continue());
  await ada.page.route('**/files/tus/*', hangs);
  await chosen(ada, attach, [text('large.txt', 'x'.repeat(500_000))]);
  await tray(ada, 'uploading').waitFor();
  await until('the upload has begun', () =>
    ada.page.evaluate(
      () =>
        new Promise((resolve) => {
          const asked = indexedDB.open('tertulia-uploads');
          asked.onsuccess = () => {
            const all = asked.result.transaction('uploads').objectStore('uploads').getAll();
            all.onsuccess = () => resolve(all.result.some(({ url }) => url));
          };
        }),
    ),
  );
  await ada.page.unroute('**/files/tus/*', hangs);
  await ada.page.reload();
  await tray(ada, 'done').waitFor();
  await ada.press('Send');
  for (const person of [ada, ben]) await card(person, 'large.txt').waitFor();

  await ada.page.getByRole('button', { name: 'Versions of list.txt' }).last().click();
  const sheet = ada.page.getByRole('dialog');
  await sheet.getByText('Newest').waitFor();
  const [fileId, first] = await ada.page.evaluate(async () => {
    const query = `query($c: ID!) { files(channelId: $c) { nodes { id name heads } } }`;
    const variables = { c: location.pathname.split('/').pop() };
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const list = (await answer.json()).data.files.nodes.find(({ name }) => name === 'list.txt');
    return [list.id, list.heads[0]];
  });
  await chosen(ada, () => ada.press('Upload a new version'), [text('list-2.txt', 'milk, tea')]);
  await sheet.getByText('list-2.txt').first().waitFor();
  const heads = await forked(ben, fileId, 'bens.txt', [first]);
  check(heads.length === 2, 'nothing lies side by side');
  await sheet.getByText('Side by side with another').waitFor();
  await ada.look('versions-of-a-file');
  await chosen(ada, () => ada.press('Upload one that brings both together'), [text('both.txt', 'all of it')]);
  await sheet.getByText('Side by side with another').waitFor({ state: 'detached' });
  await ada.press('Close');
  await card(ben, 'both.txt').waitFor();

  await ben.press('Files');
  await ben.page.getByRole('dialog').getByText('dropped.txt').waitFor();
  check((await ben.page.getByRole('dialog').getByText('pasted.txt').count()) === 0, 'what was taken away is there');
  await ben.look('files-of-a-channel');
  await ben.press('Close');
}

/** What somebody looks at stays, also when its message has gone out of sight. */
export async function outOfSight(ada, ben, name) {
  await ada.composer('Ben').waitFor();
  await ada.page.getByRole('button', { name: `Versions of ${name}` }).click();
  const sheet = ada.page.getByRole('dialog');
  await sheet.getByText('Newest').waitFor();
  await ben.composer('Ada Lovelace').fill('- scones\n'.repeat(60));
  await ben.press('Send');
  await card(ada, name).waitFor({ state: 'detached' });
  await sheet.getByText('Newest').waitFor();
  await ada.press('Close');
  await sheet.waitFor({ state: 'detached' });
}
