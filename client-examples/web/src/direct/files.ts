// Files from peer to peer: offered, accepted, sent piece by piece, and gone on with: docs/direct.md.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { v4, validate } from 'uuid';
import { Broken, type Frame, PIECE, type Pipe } from './pipe';

const TOLD = 1024 * 1024;
const READ = 1024 * 1024;

export type Progress = (done: number, total: number) => void;

/** In bytes: who writes slower than this comes has the sender wait, and go on at so little. */
const MUCH = 1024 * 1024;
const LITTLE = 256 * 1024;
const LONGEST_NAME = 200;
/** In milliseconds: what has come of a file is thrown away when nothing more has come for a day. */
const DAY = 24 * 3_600_000;

/** It is not wanted, or cannot be read or kept, or what has come is not what was sent. */
export class NotSent extends Error {}

/** A file on its way to the other side, over one connection after the other. */
export class Outgoing {
  readonly id = v4();
  sha256 = '';
  /** By whom it is paused. */
  private readonly paused = { here: false, there: false };
  private goOn: () => void = () => {};

  constructor(
    readonly file: File,
    private readonly progress: Progress = () => {},
  ) {}

  get isPaused(): boolean {
    return this.paused.here;
  }

  /** Sends no more for now, over whatever connection. */
  pause(pipe: Pipe): void {
    this.paused.here = true;
    pipe.tell('pause');
  }

  resume(pipe: Pipe): void {
    this.paused.here = false;
    this.goOn();
    pipe.tell('resume');
  }

  /** Sends it, or the rest of it. Rejects with Broken; NotSent where it is not to be sent at all. */
  async send(pipe: Pipe): Promise<void> {
    await pipe.opened();
    this.paused.there = false; // they may have wanted it over the connection before
    const { name, size, type } = this.file;
    pipe.tell('offer', { id: this.id, name, size, contentType: type || 'application/octet-stream' });
    try {
      const offset = await this.accepted(pipe);
      const pouring = this.pour(pipe, offset);
      const poured = pouring.then(() => new Promise<never>(() => {}), unlessBroken);
      await Promise.race([this.heed(pipe), poured]);
    } catch (error) {
      if (error instanceof Unreadable) refuse(pipe, 'unreadable');
      throw error;
    } finally {
      pipe.close();
      this.goOn();
    }
  }

  private async accepted(pipe: Pipe): Promise<number> {
    for (;;) {
      const frame = await this.heard(pipe);
      if (frame.type === 'accept') {
        const offset = frame.offset;
        if (Number.isInteger(offset) && Number(offset) >= 0 && Number(offset) <= this.file.size) {
          return Number(offset);
        }
        refuse(pipe, 'offset');
      }
    }
  }

  private async pour(pipe: Pipe, offset: number): Promise<void> {
    const hash = sha256.create();
    for (let at = 0; at < this.file.size; at += READ) {
      const block = await readIn(this.file, at, at + READ);
      hash.update(new Uint8Array(block));
      for (let from = Math.max(0, offset - at); from < block.byteLength; from += PIECE) {
        while ((this.paused.here || this.paused.there) && !pipe.closed) {
          await new Promise<void>((resolve) => (this.goOn = resolve));
        }
        await pipe.send(block.slice(from, from + PIECE));
      }
    }
    this.sha256 = bytesToHex(hash.digest());
    pipe.tell('done', { sha256: this.sha256 });
  }

  private async heed(pipe: Pipe): Promise<void> {
    for (;;) {
      const frame = await this.heard(pipe);
      if (frame.type === 'received') {
        this.progress(this.file.size, this.file.size);
        return;
      }
      const { type, offset } = frame;
      if (type === 'progress' && typeof offset === 'number') {
        this.progress(Math.min(offset, this.file.size), this.file.size);
      }
    }
  }

  /** The next that the other side says; whether it is to wait is heeded at any time. */
  private async heard(pipe: Pipe): Promise<Frame> {
    for (;;) {
      const frame = await pipe.receive();
      if (frame instanceof ArrayBuffer) continue;
      notRefused(frame);
      if (frame.type === 'pause' || frame.type === 'resume') {
        this.paused.there = frame.type === 'pause';
        this.goOn();
      }
      return frame;
    }
  }
}

export interface Offer {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
}

type Wanted = (offer: Offer) => boolean | Promise<boolean>;
type Hash = ReturnType<typeof sha256.create>;

/** What comes lies in the browser's own store for this origin, never in memory. */
export class Incoming {
  /** What has come whole, by its id. */
  private readonly whole = new Map<string, { readonly file: File; readonly sha256: string }>();
  private readonly folder: Promise<FileSystemDirectoryHandle>;
  private readonly taking = new Map<string, Promise<unknown>>();

  constructor() {
    this.folder = openFolder();
    this.folder.catch(() => {});
  }

  /** Takes a file that is offered. Rejects with Broken, NotSent. What has come already does not come
   * twice: if its sender was not told, they are now. */
  async receive(pipe: Pipe, wanted: Wanted = () => true, progress: Progress = () => {}): Promise<File> {
    const frame = await pipe.receive();
    notRefused(frame);
    const offer = offerIn(frame);
    if (!offer || !(await wanted(offer))) {
      if (!pipe.closed) pipe.tell('decline', { reason: 'not wanted' });
      throw new NotSent('not wanted');
    }
    // Over the connection before, the last of it may still be on its way to the disk.
    await this.taking.get(offer.id)?.catch(() => {});
    const taken = this.take(pipe, offer, progress);
    this.taking.set(offer.id, taken);
    try {
      return await taken;
    } catch (error) {
      if (error instanceof Broken) throw error;
      // Not sent again, it only takes up room.
      if (!this.whole.has(offer.id)) await this.remove(offer.id);
      if (error instanceof NotSent) throw error;
      refuse(pipe, 'storage');
    } finally {
      this.taking.delete(offer.id);
    }
  }

  /** Takes what has come of a file out of the browser's own store: it cannot be read any more. */
  async forget(id: string): Promise<void> {
    await this.taking.get(id)?.catch(() => {});
    await this.remove(id);
  }

  private remove(id: string): Promise<void> {
    return this.folder.then((folder) => folder.removeEntry(id)).catch(() => {});
  }

  private async take(pipe: Pipe, offer: Offer, progress: Progress): Promise<File> {
    const known = this.whole.get(offer.id);
    if (known) {
      if (known.file.size !== offer.size) refuse(pipe, 'hash');
      pipe.tell('accept', { offset: offer.size });
      if ((await collect(pipe)) !== known.sha256) refuse(pipe, 'hash');
      pipe.tell('received', { sha256: known.sha256 });
      return known.file;
    }
    const folder = await this.folder;
    const part = await folder.getFileHandle(offer.id, { create: true });
    const there = await part.getFile();
    const offset = there.size > offer.size ? 0 : there.size;
    const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
    if (offer.size - offset > quota - usage) refuse(pipe, 'storage');
    const hash = await hashOf(there, offset);
    const writer = await part.createWritable({ keepExistingData: true });
    let told: string;
    try {
      await writer.truncate(offset);
      await writer.seek(offset);
      pipe.tell('accept', { offset });
      told = await collect(pipe, writing(pipe, offer.size, offset, writer, hash, progress));
    } finally {
      // What has come stays, also where the connection is lost.
      await writer.close();
    }
    const found = bytesToHex(hash.digest());
    if (found !== told) {
      await folder.removeEntry(offer.id);
      refuse(pipe, 'hash');
    }
    const file = new File([await part.getFile()], offer.name, { type: offer.contentType });
    this.whole.set(offer.id, { file, sha256: found });
    pipe.tell('received', { sha256: found });
    return file;
  }
}

/** Says that it was for nothing, and why. */
function refuse(pipe: Pipe, reason: string): never {
  if (!pipe.closed) pipe.tell('failed', { reason });
  throw new NotSent(reason);
}

/** The folder for what comes, without what is left in it from days before. */
async function openFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('files', { create: true });
  for await (const name of folder.keys()) {
    const { lastModified } = await (await folder.getFileHandle(name)).getFile();
    if (lastModified < Date.now() - DAY) await folder.removeEntry(name).catch(() => {});
  }
  return folder;
}

/** Hands on each piece until all are there; the hash that the sender tells in the end. */
async function collect(pipe: Pipe, take: (piece: ArrayBuffer) => Promise<void> = async () => {}): Promise<string> {
  for (;;) {
    const frame = await pipe.receive();
    if (frame instanceof ArrayBuffer) await take(frame);
    else if (frame.type === 'done') return String(frame.sha256);
    else notRefused(frame);
  }
}

/** Writes piece after piece, and has the sender wait where they come faster. */
function writing(
  pipe: Pipe,
  size: number,
  from: number,
  writer: FileSystemWritableFileStream,
  hash: Hash,
  progress: Progress,
): (piece: ArrayBuffer) => Promise<void> {
  let offset = from;
  let told = from;
  let waits = false;
  return async (piece) => {
    if (offset + piece.byteLength > size) refuse(pipe, 'size');
    if (waits ? pipe.waitingBytes < LITTLE : pipe.waitingBytes > MUCH) {
      waits = !waits;
      if (!pipe.closed) pipe.tell(waits ? 'pause' : 'resume');
    }
    hash.update(new Uint8Array(piece));
    await writer.write(piece);
    offset += piece.byteLength;
    if (offset - told >= TOLD || offset === size) {
      told = offset;
      progress(offset, size);
      if (!pipe.closed) pipe.tell('progress', { offset });
    }
  };
}

async function hashOf(file: File, upto: number): Promise<Hash> {
  const hash = sha256.create();
  for (let at = 0; at < upto; at += READ) {
    hash.update(new Uint8Array(await file.slice(at, Math.min(upto, at + READ)).arrayBuffer()));
  }
  return hash;
}

/** The file is not there any more, or is another one. */
class Unreadable extends Error {}

async function readIn(file: File, from: number, to: number): Promise<ArrayBuffer> {
  try {
    return await file.slice(from, to).arrayBuffer();
  } catch (error) {
    throw new Unreadable('unreadable', { cause: error });
  }
}

/** That the connection is lost is also noticed otherwise. */
function unlessBroken(error: unknown): Promise<never> {
  if (!(error instanceof Broken)) throw error;
  return new Promise(() => {});
}

function offerIn(frame: Frame | ArrayBuffer): Offer | undefined {
  if (frame instanceof ArrayBuffer || frame.type !== 'offer') return undefined;
  const { id, name, size, contentType } = frame;
  if (typeof id !== 'string' || !validate(id) || typeof name !== 'string') return undefined;
  if (!Number.isSafeInteger(size) || Number(size) < 0) return undefined;
  // Nothing that would make it look like another.
  const last = name.split(/[/\\]/).at(-1)!.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(-LONGEST_NAME) || 'file';
  return { id, name: last, size: Number(size), contentType: String(contentType ?? '') };
}

function notRefused(frame: Frame | ArrayBuffer): void {
  if (frame instanceof ArrayBuffer || !['decline', 'failed', 'cancel'].includes(frame.type)) return;
  throw new NotSent(String(frame.reason ?? frame.type));
}
