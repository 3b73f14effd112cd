// A conversation that goes from peer to peer, over one connection after the other: docs/direct.md.
import { v7 } from 'uuid';
import { Broken, type Frame, type Pipe } from './pipe';

/** In milliseconds: how often one asks whether anybody is there. */
const PING = 2_000;

/** In characters, which emoji are one of each: what one message may have, as on the server. */
export const LONGEST = 8_000;

export interface Message {
  readonly id: string;
  readonly at: string;
  readonly body: string;
  readonly mine: boolean;
}

export class Chat {
  private readonly said = new Map<string, Message>();
  private readonly waiting = new Map<string, Message>();
  private pipe: Pipe | undefined;
  private agrees = false;
  private theirs: Frame | undefined;
  /** The ids of what the server has, of both. */
  readonly saved = new Set<string>();

  /** `changed` is called when there is something new to show. */
  constructor(private readonly changed: () => void = () => {}) {}

  /** All that was said, in its order. */
  get messages(): Message[] {
    return [...this.said.values()].sort((one, other) =>
      one.at === other.at ? (one.id < other.id ? -1 : 1) : one.at < other.at ? -1 : 1,
    );
  }

  /** The ids of one's own messages that have not arrived. */
  get unarrived(): ReadonlySet<string> {
    return new Set(this.waiting.keys());
  }

  get agreesSelf(): boolean {
    return this.agrees;
  }

  get agreesOther(): boolean {
    return this.theirs?.save === true;
  }

  /** Whether both agree to have it saved. */
  get agreed(): boolean {
    return this.agreesSelf && this.agreesOther;
  }

  /** Whether the other side can restart ICE. */
  get restarts(): boolean {
    return this.theirs?.restart === true;
  }

  /** Says something, as soon as there is a connection. Throws RangeError where it is too long. */
  say(body: string): Message {
    if (tooLong(body)) throw new RangeError(`a message may have ${LONGEST} characters`);
    const message = { id: v7(), at: new Date().toISOString(), body, mine: true };
    this.said.set(message.id, message);
    this.waiting.set(message.id, message);
    this.send(message);
    this.changed();
    return message;
  }

  /** Agrees to have the conversation saved, or does so no more. */
  agree(agree: boolean): void {
    this.agrees = agree;
    if (this.pipe && !this.pipe.closed) this.pipe.tell('save', { agree });
    this.changed();
  }

  /** The server has one of one's own messages. */
  keep(id: string): void {
    this.saved.add(id);
    if (this.pipe && !this.pipe.closed) this.pipe.tell('saved', { id });
    this.changed();
  }

  /** What is to be saved next, if it is one's own turn. */
  get unsaved(): Message | undefined {
    const next = this.agreed ? this.messages.find(({ id }) => !this.saved.has(id)) : undefined;
    return next?.mine ? next : undefined;
  }

  /** Speaks over a connection until that is lost. Rejects with Broken. */
  async speak(pipe: Pipe): Promise<void> {
    await pipe.opened();
    this.pipe = pipe;
    const pinging = setInterval(() => {
      if (!pipe.closed) pipe.tell('ping');
    }, PING);
    try {
      pipe.tell('hello', { restart: true, save: this.agrees });
      for (const message of this.waiting.values()) this.send(message);
      for (const { id, mine } of this.said.values()) {
        if (mine && this.saved.has(id)) pipe.tell('saved', { id });
      }
      for (;;) {
        const frame = await pipe.receive();
        if (!(frame instanceof ArrayBuffer)) this.take(frame, pipe);
      }
    } finally {
      clearInterval(pinging);
      this.pipe = undefined;
    }
  }

  private take(frame: Frame, pipe: Pipe): void {
    if (frame.type === 'ping') pipe.tell('pong');
    else if (frame.type === 'message') this.hear(frame, pipe);
    else if (frame.type === 'ack') this.waiting.delete(String(frame.id));
    else if (frame.type === 'hello') this.theirs = frame;
    else if (frame.type === 'save') this.theirs = { type: 'hello', ...this.theirs, save: frame.agree };
    else if (frame.type === 'saved') this.saved.add(String(frame.id));
    if (frame.type !== 'ping' && frame.type !== 'pong') this.changed();
  }

  private hear({ id, at, body }: Frame, pipe: Pipe): void {
    if (typeof id !== 'string' || typeof at !== 'string' || typeof body !== 'string' || tooLong(body)) return;
    if (!this.said.has(id)) this.said.set(id, { id, at, body, mine: false });
    pipe.tell('ack', { id });
  }

  private send({ id, at, body }: Message): void {
    try {
      this.pipe?.tell('message', { id, at, body });
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
    }
  }
}

function tooLong(body: string): boolean {
  return body.length > LONGEST && [...body].length > LONGEST;
}
