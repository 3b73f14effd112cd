// The connection to somebody: found through the server, kept up, and made anew when it is lost:
// docs/direct.md.
import { v4 } from 'uuid';
import type { Chat } from './chat';
import { Broken, Pipe, PROTOCOL } from './pipe';
import { type Signal, type SignalKind, type Signals, Voice } from './signals';

/** In milliseconds: how long an attempt is waited for, how long once a peer has said that it is busy,
 * the longest pause, and what silence is. */
const ATTEMPT = 15_000;
const BUSY = 2_000;
const LONGEST = 30_000;
const DEAD = 7_000;
/** So many channels may be open at once: who opens more does not keep to what is agreed. */
const CHANNELS = 32;

/** Which offer an answer is to, and why an offer to all is none any more. */
const ANSWERS = 'a=x-tertulia-answers:';
const ANSWERED = 'answered';

export type State = 'connecting' | 'direct' | 'relayed' | 'queued' | 'offline';

export interface Wishes {
  takeFile?: (pipe: Pipe) => void;
  changed?: (state: State) => void;
  waiting?: () => boolean;
  /** Goes through a TURN server always. */
  relay?: boolean;
}

export class Link {
  readonly id = v4();
  state: State = 'offline';
  private connection: RTCPeerConnection | undefined;
  /** Rejects once it is dropped: what a closed connection was asked for never comes to an end. */
  private dropped!: Promise<never>;
  private tellDropped: () => void = () => {};
  private peer: string | undefined;
  private offering: 'nobody' | 'all' | string = 'nobody';
  private come = false;
  /** Until when an attempt is waited for. */
  private until = 0;
  private running = true;
  private pipes: Pipe[] = [];
  private turn: Promise<void> = Promise.resolve();
  private moved!: Promise<void>;
  private wake!: () => void;
  private readonly voice: Voice;
  /** The other went away by intention, or does not want to talk. */
  private parted = false;
  /** When anything was heard last, on performance's clock. */
  private heardAt = 0;
  private readonly unlisten: () => void;

  constructor(
    private readonly signals: Signals,
    private readonly other: string,
    private readonly chat: Chat,
    private readonly wishes: Wishes = {},
  ) {
    this.voice = new Voice(signals);
    this.awaitNext();
    this.unlisten = signals.listen(this.id, (signal) => {
      if (signal.fromUser !== other || signal.callId) return;
      // What another peer of theirs says does not harm the connection that there is.
      void this.inTurn(() => this.take(signal)).catch(() => (!this.come || signal.fromPeer === this.peer) && this.drop());
    });
    void this.keep();
  }

  /** Tries to connect, also to somebody who has gone away by intention. */
  again(): void {
    this.parted = false;
    this.wake();
  }

  /** Ends it, and says so to the other side. */
  async leave(): Promise<void> {
    this.running = false;
    this.unlisten();
    // Also to those who have not answered yet.
    const peer = this.come ? this.peer : undefined;
    const said = this.say('BYE', { reason: 'leaving' }, peer).catch(() => {});
    this.drop();
    await said;
  }

  /** Ends without a word, as if the page were gone. */
  vanish(): void {
    this.running = false;
    this.unlisten();
    this.voice.end();
    this.drop();
  }

  /** A data channel for a file. Throws Broken where there is no connection. */
  openFile(): Pipe {
    if (!this.connection || !this.come) throw new Broken();
    return this.piped(this.connection.createDataChannel('file', { protocol: PROTOCOL }));
  }

  /** Resolves once there is a connection. */
  async connected(): Promise<void> {
    while (!this.come && this.running) await this.moved;
  }

  // Keeping it up.

  private async keep(): Promise<void> {
    let pause = 0;
    let tries = 0;
    while (this.running) {
      await this.within(pause * (0.75 + Math.random() / 2), () => this.come);
      // They may still offer.
      if (this.parted) await this.within(Infinity, () => !this.parted || this.come || !!this.connection);
      if (!this.running) return;
      if (!this.come && !this.connection) {
        tries += 1;
        const peer = tries <= 2 ? this.peer : undefined;
        await this.inTurn(() => this.offer(peer)).catch(() => this.drop());
      }
      let attempt = this.connection;
      this.until = performance.now() + ATTEMPT;
      await this.within(ATTEMPT, () => this.come || !this.connection || performance.now() > this.until);
      if (this.come) {
        attempt = this.connection;
        pause = tries = 0;
        this.parted = false;
        this.note(await pathOf(attempt));
        await this.untilLost(attempt);
      }
      if (!this.connection || this.connection === attempt) {
        this.drop();
        this.note(this.wishes.waiting?.() ? 'queued' : 'offline');
        pause = Math.min(LONGEST, pause * 2 || 1_000);
      }
    }
  }

  /** Until the connection is no more; where it falls silent, ICE is restarted first. */
  private async untilLost(attempt: RTCPeerConnection | undefined): Promise<void> {
    const lost = () => !this.come || this.connection !== attempt || !this.running;
    const silent = () =>
      performance.now() - this.heardAt > DEAD || attempt?.connectionState === 'failed';
    for (;;) {
      await this.within(1_000, lost);
      if (lost()) return;
      if (!silent()) continue;
      if (!this.chat.restarts || attempt?.connectionState === 'closed') return;
      this.note('connecting');
      const since = performance.now();
      await this.inTurn(() => this.restart()).catch(() => {});
      await this.within(ATTEMPT, () => lost() || this.heardAt > since);
      if (lost() || this.heardAt <= since) return;
      this.note(await pathOf(attempt));
    }
  }

  private note(state: State): void {
    if (state === this.state) return;
    this.state = state;
    this.wishes.changed?.(state);
  }

  private async within(time: number, condition: () => boolean): Promise<void> {
    const end = performance.now() + time;
    while (!condition() && this.running) {
      const left = end - performance.now();
      if (left <= 0) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      // What was heard last changes without a word.
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.min(left, 250))));
      await Promise.race([this.moved, late]);
      clearTimeout(timer);
    }
  }

  /** `moved` resolves at the next `wake`, for all who wait. */
  private awaitNext(): void {
    this.moved = new Promise((resolve) => {
      this.wake = () => {
        this.awaitNext();
        resolve();
      };
    });
  }

  /** One after the other: whoever begins a connection, or takes what is said about it. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  // Offers and answers.

  private async take({ kind, fromPeer, payload }: Signal): Promise<void> {
    if (kind === 'OFFER') await this.answer(fromPeer, payload as RTCSessionDescriptionInit);
    else if (kind === 'ANSWER') await this.accept(fromPeer, payload as RTCSessionDescriptionInit);
    else if (kind === 'BYE' && reasonOf(payload) === ANSWERED) return;
    else if (kind === 'BYE' && reasonOf(payload) === 'declined') {
      if (this.come || this.offering === 'nobody') return;
      this.parted = true;
      this.drop();
    }
    else if (kind === 'BYE' && fromPeer !== this.peer) {
      // One of theirs is busy, perhaps with a page of before: not for long then.
      if (this.offering !== 'nobody') this.until = Math.min(this.until, performance.now() + BUSY);
    } else if (fromPeer !== this.peer) return;
    else if (kind === 'BYE') {
      this.parted = reasonOf(payload) === 'leaving';
      this.drop();
    }
    else if (payload && this.connection?.remoteDescription) {
      // Of an offer that was given up in the meantime.
      await this.unlessDropped(this.connection.addIceCandidate(payload as RTCIceCandidateInit)).catch(() => {});
    }
  }

  private async offer(peer: string | undefined): Promise<void> {
    if (this.connection) return; // they have offered meanwhile
    this.note('connecting');
    const connection = await this.make();
    this.peer = peer;
    this.offering = peer ?? 'all';
    this.speakIn(connection, connection.createDataChannel('chat', { protocol: PROTOCOL }));
    await this.describe(connection, 'OFFER', peer);
  }

  private async restart(): Promise<void> {
    const { connection, peer } = this;
    if (!connection || connection.signalingState !== 'stable') return;
    const configuration = await this.configuration();
    if (connection !== this.connection) return;
    connection.setConfiguration(configuration);
    connection.restartIce();
    this.offering = peer ?? 'all';
    await this.describe(connection, 'OFFER', peer);
  }

  private async answer(peer: string, offer: RTCSessionDescriptionInit): Promise<void> {
    const crossed = this.offering === 'all' || this.offering === peer;
    if (crossed && this.id > peer) return; // theirs gives way
    const again = this.connection && peer === this.peer && isSame(this.connection, offer);
    if (this.come && peer !== this.peer) {
      await this.say('BYE', { reason: 'busy' }, peer).catch(() => {});
      return;
    }
    await this.tellAnswered();
    if (!again) {
      this.drop();
      this.note('connecting');
    }
    const connection = again ? this.connection! : await this.make();
    this.peer = peer;
    this.offering = 'nobody';
    await this.unlessDropped(connection.setRemoteDescription(offer));
    await this.describe(connection, 'ANSWER', peer, `${ANSWERS}${ufrag(offer.sdp)}\r\n`);
  }

  private async accept(peer: string, answer: RTCSessionDescriptionInit): Promise<void> {
    if (this.offering !== 'nobody' && this.connection) {
      const answers = attribute(ANSWERS, answer.sdp);
      // Else it answers an offer of before, and this one is on its way.
      if (answers && answers !== ufrag(this.connection.localDescription?.sdp)) return;
      await this.tellAnswered();
      this.offering = 'nobody';
      this.peer = peer;
      if (this.connection) await this.unlessDropped(this.connection.setRemoteDescription(answer));
    } else if (peer !== this.peer) {
      await this.say('BYE', { reason: 'busy' }, peer).catch(() => {});
    } else if (!this.come) {
      // It answers an offer of before, and so may this one's answer have done.
      this.drop();
    }
  }

  /** What was offered to all of their peers is nothing any more that they could take up. */
  private async tellAnswered(): Promise<void> {
    if (this.offering === 'all') await this.say('BYE', { reason: ANSWERED }, undefined).catch(() => {});
  }

  private async describe(
    connection: RTCPeerConnection,
    kind: 'OFFER' | 'ANSWER',
    peer: string | undefined,
    more = '',
  ): Promise<void> {
    const early: RTCIceCandidate[] = [];
    let said = false;
    connection.onicecandidate = ({ candidate }) => {
      if (!candidate || connection !== this.connection) return;
      if (said) void this.say('CANDIDATE', candidate.toJSON(), this.peer ?? peer).catch(() => {});
      else early.push(candidate);
    };
    await this.unlessDropped(connection.setLocalDescription());
    const { type, sdp } = connection.localDescription!;
    await this.say(kind, { type, sdp: sdp.replace(/^m=/m, `${more}m=`) }, peer);
    said = true;
    for (const candidate of early) await this.say('CANDIDATE', candidate.toJSON(), peer);
  }

  private async say(kind: SignalKind, payload: unknown, peer: string | undefined): Promise<void> {
    const to = peer ? { toPeer: peer } : {};
    await this.voice.say({ fromPeer: this.id, toUser: this.other, ...to, kind, payload });
  }

  // One connection.

  private async make(): Promise<RTCPeerConnection> {
    const configuration = await this.configuration();
    if (!this.running) throw new Broken();
    const connection = new RTCPeerConnection(configuration);
    this.connection = connection;
    this.dropped = new Promise((_, reject) => (this.tellDropped = () => reject(new Broken())));
    this.dropped.catch(() => {});
    connection.ondatachannel = ({ channel }) => {
      if (this.pipes.filter(({ closed }) => !closed).length >= CHANNELS) channel.close();
      else if (channel.label === 'chat') this.speakIn(connection, channel);
      else if (channel.label === 'file') this.wishes.takeFile?.(this.piped(channel));
    };
    connection.onconnectionstatechange = () => this.wake();
    return connection;
  }

  /** Asked for each time: what the TURN server wants to see is good for minutes. */
  private async configuration(): Promise<RTCConfiguration> {
    const iceTransportPolicy = this.wishes.relay ? 'relay' : 'all';
    return { iceServers: await this.signals.iceServers(), iceTransportPolicy };
  }

  /** What the connection is asked for. Rejects with Broken once it is dropped. */
  private unlessDropped<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.dropped]);
  }

  private piped(channel: RTCDataChannel): Pipe {
    const pipe = new Pipe(channel, () => (this.heardAt = performance.now()));
    this.pipes = [...this.pipes.filter(({ closed }) => !closed), pipe];
    return pipe;
  }

  private speakIn(connection: RTCPeerConnection, channel: RTCDataChannel): void {
    const pipe = this.piped(channel);
    const speaking = async () => {
      await pipe.opened();
      if (connection === this.connection) {
        this.offering = 'nobody';
        this.heardAt = performance.now();
        this.come = true;
        this.wake();
      }
      await this.chat.speak(pipe);
    };
    void speaking()
      .catch(() => {})
      .finally(() => {
        if (connection === this.connection) this.drop();
      });
  }

  private drop(): void {
    const { connection } = this;
    this.connection = undefined;
    this.offering = 'nobody';
    this.come = false;
    for (const pipe of this.pipes.splice(0)) pipe.end();
    connection?.close();
    this.tellDropped();
    this.wake();
  }
}

export function reasonOf(payload: unknown): unknown {
  return typeof payload === 'object' && payload !== null && 'reason' in payload ? payload.reason : undefined;
}

function attribute(name: string, sdp: string | undefined): string {
  return new RegExp(`^${name}(.*)$`, 'm').exec(sdp ?? '')?.[1]?.trim() ?? '';
}

const fingerprint = (sdp: string | undefined) => attribute('a=fingerprint:', sdp).toLowerCase();
const ufrag = (sdp: string | undefined) => attribute('a=ice-ufrag:', sdp);

function isSame(connection: RTCPeerConnection, offer: RTCSessionDescriptionInit): boolean {
  const known = fingerprint(connection.remoteDescription?.sdp);
  return known !== '' && known === fingerprint(offer.sdp);
}

/** By the candidate pair in use. */
export async function pathOf(connection: RTCPeerConnection | undefined): Promise<'direct' | 'relayed'> {
  const found: { [id: string]: { [name: string]: unknown } } = {};
  (await connection?.getStats())?.forEach((report) => (found[report.id] = report));
  const reports = Object.values(found);
  const transport = reports.find(({ type }) => type === 'transport');
  const pair = found[String(transport?.selectedCandidatePairId)];
  const kinds = [pair?.localCandidateId, pair?.remoteCandidateId].map(
    (id) => found[String(id)]?.candidateType,
  );
  return kinds.includes('relay') ? 'relayed' : 'direct';
}
