// A data channel as something to send to and to receive from, with an end: docs/direct.md.

export const PROTOCOL = 'tertulia.direct.1';
export const PIECE = 16 * 1024;
/** In bytes: how much may wait to be sent, and at how little there may be more. */
const FULL = 1024 * 1024;
const LOW = 256 * 1024;
const LONGEST_FRAME = 64 * 1024;
/** So much may wait to be received, in bytes and in frames: who sends more does not keep to what is agreed. */
const MOST = 16 * 1024 * 1024;
const MOST_FRAMES = 4_096;

export type Frame = { type: string; [name: string]: unknown };

/** The channel is closed, on purpose or because the connection is lost. */
export class Broken extends Error {}

export class Pipe {
  private readonly came: { readonly frame: Frame | ArrayBuffer; readonly size: number }[] = [];
  private pending = 0;
  private readonly waiting: (() => void)[] = [];
  private ended = false;

  /** `heard` is called with whatever comes: the other side is there. */
  constructor(
    private readonly channel: RTCDataChannel,
    private readonly heard: () => void = () => {},
  ) {
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = LOW;
    channel.addEventListener('message', ({ data }) => this.take(data));
    for (const event of ['open', 'bufferedamountlow']) {
      channel.addEventListener(event, () => this.wake());
    }
    channel.addEventListener('close', () => this.end());
  }

  get closed(): boolean {
    return this.ended;
  }

  /** How much has come and was not yet received, about in bytes. */
  get waitingBytes(): number {
    return this.pending;
  }

  /** Nothing can be sent or comes any more. */
  end(): void {
    this.ended = true;
    this.wake();
  }

  close(): void {
    if (this.ended) return;
    this.end();
    this.channel.close();
  }

  /** Resolves once something can be sent. Rejects with Broken. */
  async opened(): Promise<void> {
    while (!this.ended && this.channel.readyState === 'connecting') await this.moved();
    this.check();
  }

  /** Whether a frame of this type waits to be received. */
  has(type: string): boolean {
    return this.came.some(({ frame }) => !(frame instanceof ArrayBuffer) && frame.type === type);
  }

  /** Resolves once it is closed, whatever may still come. */
  async over(): Promise<void> {
    while (!this.ended) await this.moved();
  }

  /** Sends a piece of a file, as soon as there is room for it. Rejects with Broken. */
  async send(data: ArrayBuffer): Promise<void> {
    while (!this.ended && this.channel.bufferedAmount > FULL) await this.moved();
    this.check();
    this.channel.send(data);
  }

  /** Sends a frame. Throws Broken. */
  tell(type: string, what: Record<string, unknown> = {}): void {
    this.check();
    this.channel.send(JSON.stringify({ type, ...what }));
  }

  /** The next frame that can be understood, or piece of a file. Rejects with Broken. */
  async receive(): Promise<Frame | ArrayBuffer> {
    for (;;) {
      const next = this.came.shift();
      if (next) {
        this.pending -= next.size;
        return next.frame;
      }
      if (this.ended) throw new Broken();
      await this.moved();
    }
  }

  private take(data: unknown): void {
    this.heard();
    const frame = data instanceof ArrayBuffer ? data : frameOf(data);
    if (!frame) return;
    const size = data instanceof ArrayBuffer ? data.byteLength : String(data).length;
    this.pending += size;
    if (this.pending > MOST || this.came.length > MOST_FRAMES) return this.close();
    this.came.push({ frame, size });
    this.wake();
  }

  private moved(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private check(): void {
    if (this.ended || this.channel.readyState !== 'open') throw new Broken();
  }
}

function frameOf(data: unknown): Frame | undefined {
  if (typeof data !== 'string' || data.length > LONGEST_FRAME) return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return isFrame(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

function isFrame(given: unknown): given is Frame {
  return typeof given === 'object' && given !== null && 'type' in given && typeof given.type === 'string';
}
