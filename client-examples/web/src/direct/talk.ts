// What goes directly between two people: what they say, files both ways, and where those go if one stays away.
import pLimit from 'p-limit';
import { OneFileDocument } from '../api/apart/generated/graphql';
import { SendDocument } from '../api/generated/graphql';
import { isPassing, problemOf } from '../api/problems';
import { signalsOf } from '../calls/server';
import type { Chat as House } from '../chat';
import { upload } from '../files/uploads';
import { store } from '../store';
import { Chat } from './chat';
import { type Incoming, NotSent, Outgoing } from './files';
import { Link, type State } from './link';
import { Broken, type Pipe } from './pipe';
import { endPipe, Sending } from './sending';

/** In milliseconds: after how long it is asked whether a file is to go to the server instead, and how
 * long something is waited for that went wrong. */
const PATIENCE = 20_000;
const A_MOMENT = 250;
const A_WHILE = 2_000;
/** So many files may wait for one to say whether one wants them. */
const OFFERED = 20;
/** So many go at once; the others wait for their turn. */
const AT_ONCE = 8;

export type FileState =
  | 'waiting'
  | 'sending'
  | 'paused'
  | 'asking'
  | 'uploading'
  | 'stored'
  | 'sent'
  | 'offered'
  | 'coming'
  | 'come'
  | 'failed';

/** A file on its way. */
export interface Transfer {
  readonly id: string;
  readonly mine: boolean;
  readonly name: string;
  readonly size: number;
  readonly done: number;
  readonly state: FileState;
  readonly reason?: string;
  /** What has come. */
  readonly file?: File;
  readonly saved?: boolean;
}

export class Talk {
  readonly state = store<State>('offline');
  /** Changes with everything that is said. */
  readonly said = store<object>({});
  readonly files = store<readonly Transfer[]>([]);
  /** Something has come that nobody has looked at. */
  readonly fresh = store(false);
  /** The server has refused to keep it. */
  readonly refused = store(false);
  readonly chat: Chat;
  private readonly link: Link;
  private readonly under = new Map<string, Sending>();
  private readonly answers = new Map<string, (wanted: boolean) => void>();
  /** What was said about files that are offered, also where the connection is lost meanwhile. */
  private readonly decided = new Map<string, boolean>();
  private readonly pipes = new Map<string, Pipe>();
  private heard = 0;
  private handing = false;
  private readonly inTurn = pLimit(AT_ONCE);
  private over = false;

  constructor(
    private readonly house: House,
    readonly userId: string,
    readonly channelId: string,
    private readonly incoming: Incoming,
  ) {
    this.chat = new Chat(() => this.changed());
    this.link = new Link(signalsOf(house), userId, this.chat, {
      takeFile: (pipe) => void this.receive(pipe),
      changed: (state) => this.state.set(state),
      waiting: () => this.chat.unarrived.size > 0 || this.under.size > 0,
    });
  }

  /** Tries to connect, also to somebody who has gone away. */
  again(): void {
    this.link.again();
  }

  say(body: string): void {
    this.chat.say(body);
    this.again();
  }

  /** How much has not arrived. */
  get left(): number {
    return this.chat.unarrived.size + this.under.size;
  }

  /** Whether files have come, or are coming, that were not saved. */
  get unsaved(): boolean {
    return this.files.get().some(({ state, saved }) => (state === 'come' && !saved) || state === 'coming');
  }

  async end(): Promise<void> {
    this.over = true;
    for (const id of this.under.keys()) this.cancel(id);
    for (const { id } of this.files.get()) this.discard(id);
    await this.link.leave();
  }

  // Files that go.

  send(file: File): void {
    const outgoing: Outgoing = new Outgoing(file, (done) => {
      sending.movedAt = performance.now();
      this.change(id, { done });
    });
    const { id } = outgoing;
    this.files.set([
      ...this.files.get(),
      { id, mine: true, name: file.name, size: file.size, done: 0, state: 'waiting' },
    ]);
    const sending = new Sending(outgoing);
    this.under.set(id, sending);
    this.again();
    this.carry(sending)
      .finally(() => this.under.delete(id))
      .then((state) => this.change(id, { state, done: file.size }))
      .catch((error) => this.change(id, { state: 'failed', reason: error instanceof NotSent ? error.message : '' }));
  }

  pause(id: string, paused: boolean): void {
    const sending = this.under.get(id);
    if (!sending?.pipe || sending.pipe.closed) return;
    try {
      if (paused) sending.outgoing.pause(sending.pipe);
      else sending.outgoing.resume(sending.pipe);
    } catch {
      // It is lost; over the next connection it goes on as one wishes.
    }
    this.change(id, { state: paused ? 'paused' : 'sending' });
  }

  /** Whether a file is to go to the server, as the other stays away. */
  decide(id: string, toServer: boolean): void {
    this.under.get(id)?.decide(toServer);
  }

  /** Sends or takes it no more. */
  cancel(id: string): void {
    this.under.get(id)?.cancel();
    const file = this.files.get().find((one) => one.id === id);
    if (!file || file.mine) return;
    this.answers.get(id)?.(false);
    this.change(id, { state: 'failed', reason: 'cancel' });
    endPipe(this.pipes.get(id));
  }

  /** It is kept elsewhere now. */
  keep(id: string): void {
    this.change(id, { saved: true });
  }

  /** Takes what is done with off the list. */
  discard(id: string): void {
    if (!this.isMine(id)) void this.incoming.forget(id);
    this.files.set(this.files.get().filter((one) => one.id !== id));
  }

  /** Brings a file to the other side, however often the connection breaks, or else to the server. */
  private async carry(sending: Sending): Promise<FileState> {
    const { id } = sending.outgoing;
    for (;;) {
      this.change(id, { state: 'waiting' });
      const left = Math.max(A_WHILE, sending.movedAt + PATIENCE - performance.now());
      if (!(await sending.within(this.link.connected(), left))) {
        this.change(id, { state: 'asking' });
        if (await sending.toServer(this.link.connected())) return this.store(sending);
        sending.movedAt = performance.now();
      }
      if (await sending.unlessEnded(this.inTurn(() => this.bring(sending)))) return 'sent';
      await new Promise((resolve) => setTimeout(resolve, A_MOMENT)); // until it is known to be lost
    }
  }

  /** Sends it, or the rest of it, over the connection that there is; whether that held. */
  private async bring(sending: Sending): Promise<boolean> {
    const { outgoing } = sending;
    sending.check();
    sending.movedAt = performance.now();
    try {
      sending.pipe = this.link.openFile();
      this.change(outgoing.id, { state: outgoing.isPaused ? 'paused' : 'sending' });
      await outgoing.send(sending.pipe);
      return true;
    } catch (error) {
      sending.check();
      if (error instanceof NotSent) throw error;
      return false;
    }
  }

  private async store(sending: Sending): Promise<FileState> {
    const { id, file } = sending.outgoing;
    const { house, channelId } = this;
    this.change(id, { state: 'uploading', done: 0 });
    const { done, cancel } = upload(house, file, { id, channelId, filename: file.name }, {
      onProgress: (sent) => this.change(id, { done: sent }),
    });
    sending.stop = () => void cancel();
    await sending.unlessEnded(done);
    const { data } = await house.client.query({
      query: OneFileDocument,
      variables: { id },
      fetchPolicy: 'no-cache',
    });
    house.write(channelId, '', null, [data!.file!]);
    return 'stored';
  }

  // Files that come.

  /** Whether a file that is offered is wanted. */
  answer(id: string, wanted: boolean): void {
    this.decided.set(id, wanted);
    this.answers.get(id)?.(wanted);
  }

  private async receive(pipe: Pipe): Promise<void> {
    let id = '';
    try {
      const file = await this.incoming.receive(
        pipe,
        (offer) => {
          id = offer.id;
          this.pipes.set(id, pipe);
          return this.wants(offer, pipe);
        },
        (done) => this.change(id, { done, state: 'coming' }),
      );
      this.change(id, { state: 'come', done: file.size, file });
      this.fresh.set(true);
    } catch (error) {
      // Otherwise it is offered again, over the next connection.
      if (error instanceof NotSent && !this.isMine(id)) this.change(id, { state: 'failed', reason: error.message });
    } finally {
      if (this.pipes.get(id) === pipe) this.pipes.delete(id);
    }
  }

  private async wants(offer: { id: string; name: string; size: number }, pipe: Pipe): Promise<boolean> {
    const known = this.files.get().find(({ id }) => id === offer.id);
    // What one has agreed to is this file, and no other under its id.
    if (known && (known.mine || known.name !== offer.name || known.size !== offer.size)) return false;
    if (known && known.state !== 'offered') return known.state !== 'failed';
    if (!known && this.files.get().filter(({ state }) => state === 'offered').length >= OFFERED) return false;
    const { id, name, size } = offer;
    if (!known) this.files.set([...this.files.get(), { id, mine: false, name, size, done: 0, state: 'offered' }]);
    this.fresh.set(true);
    const answer = new Promise<boolean>((resolve) => this.answers.set(id, resolve));
    const before = this.decided.get(id);
    const wanted = before ?? (await Promise.race([answer, pipe.over().then(() => null)]));
    this.answers.delete(id);
    if (wanted === null) {
      if (pipe.has('cancel')) throw new NotSent('cancel');
      throw new Broken(); // it is offered again
    }
    this.change(id, wanted ? { state: 'coming' } : { state: 'failed', reason: 'not wanted' });
    return wanted;
  }

  private isMine(id: string): boolean {
    return this.files.get().some((file) => file.id === id && file.mine);
  }

  private change(id: string, changes: Partial<Transfer>): void {
    this.files.set(this.files.get().map((one) => (one.id === id ? { ...one, ...changes } : one)));
  }

  // What is said.

  private changed(): void {
    const heard = this.chat.messages.filter(({ mine }) => !mine).length;
    if (heard > this.heard) this.fresh.set(true);
    this.heard = heard;
    this.said.set({});
    void this.handOver();
  }

  /** Has the server keep what both agree to keep: docs/direct.md. */
  private async handOver(): Promise<void> {
    if (this.handing || this.over) return;
    this.handing = true;
    try {
      for (let next = this.chat.unsaved; next && !this.over; next = this.chat.unsaved) {
        const { id, body } = next;
        await this.house.client.mutate({
          mutation: SendDocument,
          variables: { input: { id, channelId: this.channelId, body } },
          fetchPolicy: 'no-cache',
        });
        this.chat.keep(id);
      }
    } catch (error) {
      if (isPassing(problemOf(error))) setTimeout(() => void this.handOver(), A_WHILE);
      else {
        this.refused.set(true);
        this.chat.agree(false);
      }
    } finally {
      this.handing = false;
    }
  }
}
