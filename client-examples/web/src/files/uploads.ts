// What is being uploaded: resumably, by tus, and also after the page was loaded anew.
import { createStore, del, entries, set, update } from 'idb-keyval';
import { Upload, type DetailedError } from 'tus-js-client';
import { v7 as uuid } from 'uuid';
import { OneFileDocument, TakeAwayDocument } from '../api/apart/generated/graphql';
import { WhoAmIDocument } from '../api/generated/graphql';
import { isPassing, problemOf, type Problem } from '../api/problems';
import type { Chat } from '../chat';
import { note, type Attached } from '../conversation/attached';

const ENDPOINT = '/files/tus';
/** In milliseconds. Whenever something has come through they begin anew. */
const RETRIES = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000];
const CHUNK = 5_000_000;
const PREVIEWED = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

interface Kept {
  readonly meId: string;
  readonly attached: Attached;
  /** The bytes, until they are there. */
  readonly blob: Blob | null;
  /** Where the upload is. */
  readonly url?: string;
}

const held = createStore('tertulia-uploads', 'uploads');
const known = new WeakMap<Chat, Uploads>();

export function uploadsOf(chat: Chat): Uploads {
  const there = known.get(chat) ?? new Uploads(chat);
  known.set(chat, there);
  return there;
}

/** Uploads one thing, and tells how far it is; resolves with nothing once it is a file. */
export function upload(
  chat: Chat,
  blob: Blob,
  metadata: Record<string, string>,
  how: { url?: string; onUrl?: (url: string) => void; onProgress: (sent: number) => void },
): { done: Promise<void>; cancel: () => Promise<void> } {
  let renewal: Promise<unknown> | null = null;
  let work!: Upload;
  const done = new Promise<void>((resolve, reject) => {
    work = new Upload(blob, {
      endpoint: ENDPOINT,
      uploadUrl: how.url ?? null,
      metadata,
      chunkSize: CHUNK,
      retryDelays: RETRIES,
      storeFingerprintForResuming: false,
      onUploadUrlAvailable: () => how.onUrl?.(work.url!),
      onProgress: (sent) => how.onProgress(sent),
      onShouldRetry: (error) => {
        const status = (error as DetailedError).originalResponse?.getStatus() ?? 0;
        // Whoever is asked who they are has their session renewed.
        if (status === 401) renewal = chat.client.query({ query: WhoAmIDocument, fetchPolicy: 'no-cache' });
        return status < 400 || status === 401 || status === 409 || status >= 423;
      },
      onBeforeRequest: async () => {
        await renewal?.catch(() => {});
        renewal = null;
      },
      onError: reject,
      onSuccess: () => resolve(),
    });
    work.start();
  });
  return { done, cancel: () => work.abort(true).catch(() => {}) };
}

/** What the server said was wrong, if it said anything. */
export function told(error: unknown): Problem {
  const body = (error as DetailedError).originalResponse?.getBody();
  try {
    const [first] = JSON.parse(body ?? '').errors;
    return { ...first.extensions, message: first.message } as Problem;
  } catch {
    return problemOf(new TypeError(String(error)));
  }
}

export class Uploads {
  private readonly running = new Map<string, () => Promise<void>>();
  private begun: Promise<void> | null = null;

  constructor(private readonly chat: Chat) {
    // What was given up when the server was out of reach is taken up again.
    chat.line.onMade(() => {
      for (const { id, problem } of chat.attached.get()) {
        if (problem && isPassing(problem)) void this.retry(id);
      }
    });
  }

  /** Goes on with what was left. */
  begin(): Promise<void> {
    this.begun ??= entries<string, Kept>(held)
      .then((all) => {
        for (const [id, kept] of all) {
          if (kept.meId !== this.chat.me.id || this.one(id)) continue;
          this.show(kept.attached);
          if (kept.blob) this.start(kept.attached, kept.blob, kept.url);
        }
      })
      .catch(() => {});
    return this.begun;
  }

  async add(channelId: string, files: readonly File[]): Promise<void> {
    await this.begin();
    for (const file of files) {
      const preview = PREVIEWED.test(file.type) ? { preview: URL.createObjectURL(file) } : {};
      const attached: Attached = {
        id: uuid(),
        channelId,
        name: file.name,
        size: file.size,
        sent: 0,
      };
      this.show({ ...attached, ...preview });
      note(this.chat, attached.id, true);
      const kept: Kept = { meId: this.chat.me.id, attached, blob: file };
      // A browser that keeps nothing still uploads.
      await set(attached.id, kept, held).catch(() => {});
      this.start(attached, file);
    }
  }

  /** Tries again what failed. */
  async retry(id: string): Promise<void> {
    const found = (await entries<string, Kept>(held).catch(() => [])).find(([one]) => one === id);
    if (found?.[1].blob) this.start(found[1].attached, found[1].blob, found[1].url);
  }

  /** Lets go of what was sent, or is not to be sent; the file itself is not touched. */
  async forget(ids: readonly string[]): Promise<void> {
    const { attached } = this.chat;
    for (const { preview } of attached.get().filter(({ id }) => ids.includes(id))) {
      if (preview) URL.revokeObjectURL(preview);
    }
    attached.set(attached.get().filter(({ id }) => !ids.includes(id)));
    for (const id of ids) {
      note(this.chat, id, false);
      await del(id, held).catch(() => {});
    }
  }

  /** Stops an upload; what has come of it goes, also where that is all of it. */
  async cancel(id: string): Promise<void> {
    const stop = this.running.get(id);
    const whole = this.one(id)?.file;
    await this.forget([id]);
    await stop?.();
    if (whole) await this.chat.client.mutate({ mutation: TakeAwayDocument, variables: { id } }).catch(() => {});
  }

  private start(attached: Attached, blob: Blob, url?: string): void {
    const { id, channelId, name } = attached;
    this.change(id, { problem: undefined });
    const { done, cancel } = upload(this.chat, blob, { id, channelId, filename: name }, {
      ...(url ? { url } : {}),
      onUrl: (at) => void update<Kept>(id, (kept) => ({ ...kept!, url: at }), held).catch(() => {}),
      onProgress: (sent) => this.change(id, { sent }),
    });
    this.running.set(id, cancel);
    done
      .then(() => this.finish(id))
      .catch((error) => this.change(id, { problem: told(error) }))
      .finally(() => this.running.delete(id));
  }

  private async finish(id: string): Promise<void> {
    const { data } = await this.chat.client.query({
      query: OneFileDocument,
      variables: { id },
      fetchPolicy: 'no-cache',
    });
    const file = data!.file!;
    this.change(id, { file, sent: file.size });
    const attached = this.one(id);
    if (!attached) return;
    const { preview: _, ...rest } = attached;
    const kept: Kept = { meId: this.chat.me.id, attached: rest, blob: null };
    await set(id, kept, held).catch(() => {});
  }

  private one(id: string): Attached | undefined {
    return this.chat.attached.get().find((attached) => attached.id === id);
  }

  private show(attached: Attached): void {
    this.chat.attached.set([...this.chat.attached.get(), attached]);
  }

  private change(id: string, changes: { [Key in keyof Attached]?: Attached[Key] | undefined }): void {
    const changed = (one: Attached) => (one.id === id ? ({ ...one, ...changes } as Attached) : one);
    this.chat.attached.set(this.chat.attached.get().map(changed));
  }
}
