// One's connection to one other participant of a call: perfect negotiation, as docs/calls.md has it.
import { pathOf } from '../direct/link';
import { type Said, type SignalKind, type Signals, Voice } from '../direct/signals';

export const KINDS = ['audio', 'camera', 'screen'] as const;
export type Kind = (typeof KINDS)[number];
export type Tracks = { readonly [kind in Kind]?: MediaStreamTrack | null };
export type LegState = 'connecting' | 'direct' | 'relayed' | 'lost';

export interface Participant {
  readonly peer: string;
  readonly user: string;
}

/** In milliseconds: a connection that is gone for so long gets ICE restarted, and one that does not
 * come about is tried again. */
const GONE = 3_000;
const ATTEMPT = 15_000;

export class Leg {
  state: LegState = 'connecting';
  /** What comes of each kind, whether the other shows anything or not. */
  readonly coming: { [kind in Kind]?: MediaStream } = {};
  private readonly connection: RTCPeerConnection;
  private readonly polite: boolean;
  private offering = false;
  private ignoring = false;
  private closed = false;
  private restarting: ReturnType<typeof setTimeout> | undefined;
  private readonly trying: ReturnType<typeof setInterval>;
  private readonly voice: Voice;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    readonly other: Participant,
    private readonly me: Pick<Said, 'fromPeer' | 'callId'>,
    private readonly signals: Pick<Signals, 'send' | 'iceServers'>,
    private tracks: Tracks,
    private readonly changed: () => void,
  ) {
    this.polite = me.fromPeer < other.peer;
    this.voice = new Voice(signals);
    this.connection = new RTCPeerConnection();
    void this.inTurn(() => this.configure());
    this.trying = setInterval(() => {
      if (this.connection.connectionState !== 'connected') void this.inTurn(() => this.restart());
    }, ATTEMPT);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.say('CANDIDATE', candidate.toJSON());
    };
    this.connection.ontrack = ({ transceiver }) => this.take(transceiver);
    this.connection.onconnectionstatechange = () => void this.moved();
    this.connection.onnegotiationneeded = () => void this.inTurn(() => this.offer());
  }

  /** Offers: for who comes later. The other side takes what is offered as it is. */
  begin(): void {
    for (const kind of KINDS) {
      const media = kind === 'audio' ? 'audio' : 'video';
      const { sender } = this.connection.addTransceiver(media, { direction: 'sendrecv' });
      void sender.replaceTrack(this.tracks[kind] ?? null);
    }
  }

  /** Sends these from now on, without any negotiation. */
  show(tracks: Tracks): void {
    this.tracks = tracks;
    this.connection.getTransceivers().forEach(({ sender }, place) => {
      const kind = KINDS[place];
      if (kind) void sender.replaceTrack(tracks[kind] ?? null).catch(() => {});
    });
  }

  /** Takes what the other has said. */
  hear(kind: SignalKind, payload: unknown): void {
    void this.inTurn(async () => {
      if (kind === 'CANDIDATE') await this.addCandidate(payload as RTCIceCandidateInit | null);
      else if (kind !== 'BYE') await this.describe(payload as RTCSessionDescriptionInit);
    });
  }

  /** How loud the other is, from 0 to 1. */
  get level(): number {
    const [sound] = this.connection.getReceivers();
    return sound?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
  }

  close(): void {
    this.closed = true;
    this.voice.end();
    clearTimeout(this.restarting);
    clearInterval(this.trying);
    this.connection.close();
  }

  /** Asked for each time: what the TURN server wants to see is good for minutes. */
  private async configure(): Promise<void> {
    const iceServers = await this.signals.iceServers();
    if (!this.closed) this.connection.setConfiguration({ iceServers });
  }

  /** Begins to connect anew: what was said may be lost, or the network may be another. */
  private async restart(): Promise<void> {
    const { connection } = this;
    if (this.closed || !connection.getTransceivers().length) return; // the other offers first
    await this.configure().catch(() => {});
    if (connection.signalingState === 'have-local-offer') {
      await connection.setLocalDescription({ type: 'rollback' });
    }
    connection.restartIce();
  }

  private async offer(): Promise<void> {
    try {
      this.offering = true;
      await this.connection.setLocalDescription();
      this.say('OFFER', described(this.connection));
    } finally {
      this.offering = false;
    }
  }

  private async describe(description: RTCSessionDescriptionInit): Promise<void> {
    const { connection } = this;
    const crossed = description.type === 'offer' && (this.offering || connection.signalingState !== 'stable');
    this.ignoring = !this.polite && crossed;
    if (this.ignoring) return;
    if (description.type === 'answer' && connection.signalingState !== 'have-local-offer') return;
    await connection.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    for (const transceiver of connection.getTransceivers()) transceiver.direction = 'sendrecv';
    this.show(this.tracks);
    await connection.setLocalDescription();
    this.say('ANSWER', described(connection));
  }

  private async addCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    if (!candidate || !this.connection.remoteDescription) return;
    await this.connection.addIceCandidate(candidate).catch((error) => {
      if (!this.ignoring) throw error;
    });
  }

  private take(transceiver: RTCRtpTransceiver): void {
    const kind = KINDS[this.connection.getTransceivers().indexOf(transceiver)];
    if (!kind) return;
    this.coming[kind] = new MediaStream([transceiver.receiver.track]);
    this.changed();
  }

  private async moved(): Promise<void> {
    const { connection } = this;
    clearTimeout(this.restarting);
    if (connection.connectionState === 'connected') this.state = await pathOf(connection);
    else if (connection.connectionState === 'failed') {
      this.state = 'lost';
      void this.inTurn(() => this.restart());
    } else if (connection.connectionState === 'disconnected') {
      this.state = 'lost';
      this.restarting = setTimeout(() => void this.inTurn(() => this.restart()), GONE);
    }
    this.changed();
  }

  /** Says it once it can be; what cannot be said at all is made up for by another attempt. */
  private say(kind: SignalKind, payload: unknown): void {
    const { user: toUser, peer: toPeer } = this.other;
    void this.voice.say({ ...this.me, toUser, toPeer, kind, payload }).catch(() => {});
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch(() => {});
    return this.turn;
  }
}

function described({ localDescription }: RTCPeerConnection): { type: string; sdp: string } {
  return { type: localDescription!.type, sdp: localDescription!.sdp };
}
