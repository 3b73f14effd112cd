// What is to be sent with a message: it is uploaded while one writes, by what is fetched for that.
import type { Chat } from '../chat';
import type { Shown } from '../api/said';
import type { Problem } from '../api/problems';
import { kept } from '../store';

export interface Attached {
  /** Of the file that it will be. */
  readonly id: string;
  readonly channelId: string;
  readonly name: string;
  readonly size: number;
  /** How many bytes have been sent. */
  readonly sent: number;
  readonly problem?: Problem;
  /** The file, once it is there. */
  readonly file?: Shown;
  /** A small picture of it, while it is not. */
  readonly preview?: string;
}

const place = ({ me }: Chat) => `upload.${me.id}`;

const uploads = (chat: Chat) => import('../files/uploads').then(({ uploadsOf }) => uploadsOf(chat));

/** Uploads files, to be sent in a channel. */
export async function attach(chat: Chat, channelId: string, files: Iterable<File>): Promise<void> {
  const chosen = [...files];
  if (chosen.length) await (await uploads(chat)).add(channelId, chosen);
}

/** Goes on with what was attached before the page was loaded, if anything was. */
export async function goOn(chat: Chat): Promise<void> {
  if (kept.below(place(chat)).length) await (await uploads(chat)).begin();
}

/** What was attached has been sent, or is not to be. */
export async function letGo(chat: Chat, ids: readonly string[]): Promise<void> {
  if (ids.length) await (await uploads(chat)).forget(ids);
}

/** Notes that something is attached, for the next time that the page is loaded. */
export function note(chat: Chat, id: string, there: boolean): void {
  kept.write(`${place(chat)}.${id}`, there ? 1 : undefined);
}
