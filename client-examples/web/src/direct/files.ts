// Files from peer to peer: offered, accepted, sent piece by piece, and gone on with: docs/direct.md.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { v4, validate } from 'uuid';
import { type Frame, PIECE, type Pipe } from './pipe';

const TOLD = 1024 * 1024;
const READ = 1024 * 1024;

export type Progress = (done: number, total: number) => void;

/** The other side does not want the file, or what has come is not what was sent. */
export class NotSent extends Error {}

/** A file on its way to the other side, over one connection after the other. */
export class Outgoing {
  readonly id = v4();
  sha256 = '';
  private going = true;
  private goOn: () => void = () => {};

  constructor(
    readonly file: File,
    private readonly progress: Progress = () => {},
  ) {}

  pause(pipe: Pipe): void {
    this.going = false;
    pipe.tell('pause');
  }

  resume(pipe: Pipe): void {
    this.proceed();
    pipe.tell('resume');
  }

  /** Sends it, or the rest of it. Rejects with Broken; NotSent where it is not to be sent at all. */
  async send(pipe: Pipe): Promise<void> {
    await pipe.opened();
    const { name, size, type } = this.file;
    pipe.tell('offer', { id: this.id, name, size, contentType: type || 'application/octet-stream' });
    const offset = await this.accepted(pipe);
    let over = false;
    const pouring = this.pour(pipe, offset, () => over);
    pouring.catch(() => pipe.end());
    try {
      await this.heed(pipe);
    } finally {
      over = true;
      this.proceed();
    }
    pipe.close();
  }

  private async accepted(pipe: Pipe): Promise<number> {
    for (;;) {
      const frame = await pipe.receive();
      if (!(frame instanceof ArrayBuffer) && frame.type === 'accept') {
        const offset = frame.offset;
        if (Number.isInteger(offset) && Number(offset) >= 0 && Number(offset) <= this.file.size) {
          return Number(offset);
        }
        pipe.tell('failed', { reason: 'offset' });
        throw new NotSent('offset');
      }
      notRefused(frame);
    }
  }

  private async pour(pipe: Pipe, offset: number, over: () => boolean): Promise<void> {
    const hash = sha256.create();
    for (let at = 0; at < this.file.size; at += READ) {
      const block = await this.file.slice(at, at + READ).arrayBuffer();
      hash.update(new Uint8Array(block));
      for (let from = Math.max(0, offset - at); from < block.byteLength; from += PIECE) {
        while (!this.going) await new Promise<void>((resolve) => (this.goOn = resolve));
        if (over()) return;
        await pipe.send(block.slice(from, from + PIECE));
      }
    }
    this.sha256 = bytesToHex(hash.digest());
    pipe.tell('done', { sha256: this.sha256 });
  }

  private async heed(pipe: Pipe): Promise<void> {
    for (;;) {
      const frame = await pipe.receive();
      if (frame instanceof ArrayBuffer) continue;
      if (frame.type === 'received') {
        this.progress(this.file.size, this.file.size);
        return;
      }
      if (frame.type === 'progress') this.progress(Number(frame.offset), this.file.size);
      else if (frame.type === 'pause') this.going = false;
      else if (frame.type === 'resume') this.proceed();
      notRefused(frame);
    }
  }

  private proceed(): void {
    this.going = true;
    this.goOn();
  }
}

export interface Offer {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
}

/** What has come of files in part, in the browser's own store for this origin: never in memory. */
export class Incoming {
  constructor(
    private readonly wanted: (offer: Offer) => boolean | Promise<boolean> = () => true,
    private readonly progress: Progress = () => {},
  ) {}

  /** Takes a file that is offered. Rejects with Broken, NotSent. */
  async receive(pipe: Pipe): Promise<File> {
    const offer = offerIn(await pipe.receive());
    if (!offer || !(await this.wanted(offer))) {
      pipe.tell('decline', { reason: 'not wanted' });
      throw new NotSent('not wanted');
    }
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('files', { create: true });
    const part = await folder.getFileHandle(offer.id, { create: true });
    const there = await part.getFile();
    const offset = there.size > offer.size ? 0 : there.size;
    const hash = await hashOf(there, offset);
    const writer = await part.createWritable({ keepExistingData: true });
    let told: string;
    try {
      pipe.tell('accept', { offset });
      told = await this.collect(pipe, writer, offset, offer.size, hash);
    } finally {
      // What has come stays, also where the connection is lost.
      await writer.close();
    }
    const found = bytesToHex(hash.digest());
    if (found !== told) {
      await folder.removeEntry(offer.id);
      pipe.tell('failed', { reason: 'hash' });
      throw new NotSent('hash');
    }
    pipe.tell('received', { sha256: found });
    const file = await part.getFile();
    return new File([file], offer.name, { type: offer.contentType });
  }

  private async collect(
    pipe: Pipe,
    writer: FileSystemWritableFileStream,
    from: number,
    size: number,
    hash: { update(data: Uint8Array): unknown },
  ): Promise<string> {
    let offset = from;
    let told = from;
    await writer.seek(from);
    for (;;) {
      const frame = await pipe.receive();
      if (frame instanceof ArrayBuffer) {
        if (offset + frame.byteLength > size) {
          pipe.tell('failed', { reason: 'size' });
          throw new NotSent('size');
        }
        hash.update(new Uint8Array(frame));
        await writer.write(frame);
        offset += frame.byteLength;
        if (offset - told >= TOLD || offset === size) {
          told = offset;
          this.progress(offset, size);
          pipe.tell('progress', { offset });
        }
      } else if (frame.type === 'done') {
        return String(frame.sha256);
      } else notRefused(frame);
    }
  }
}

async function hashOf(file: File, upto: number) {
  const hash = sha256.create();
  for (let at = 0; at < upto; at += READ) {
    hash.update(new Uint8Array(await file.slice(at, Math.min(upto, at + READ)).arrayBuffer()));
  }
  return hash;
}

function offerIn(frame: Frame | ArrayBuffer): Offer | undefined {
  if (frame instanceof ArrayBuffer || frame.type !== 'offer') return undefined;
  const { id, name, size, contentType } = frame;
  if (typeof id !== 'string' || !validate(id) || typeof name !== 'string') return undefined;
  if (!Number.isSafeInteger(size) || Number(size) < 0) return undefined;
  const last = name.split(/[/\\]/).at(-1) || 'file';
  return { id, name: last, size: Number(size), contentType: String(contentType ?? '') };
}

function notRefused(frame: Frame | ArrayBuffer): void {
  if (frame instanceof ArrayBuffer || !['decline', 'failed', 'cancel'].includes(frame.type)) return;
  throw new NotSent(String(frame.reason ?? frame.type));
}
