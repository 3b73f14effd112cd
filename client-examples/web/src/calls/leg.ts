// One's connection to one other participant of a call: perfect negotiation, as docs/calls.md has it.
import { pathOf, type Said, type SignalKind } from '../direct/link';

export const KINDS = ['audio', 'camera', 'screen'] as const;
export type Kind = (typeof KINDS)[number];
export type Tracks = { readonly [kind in Kind]?: MediaStreamTrack | null };
export type LegState = 'connecting' | 'direct' | 'relayed' | 'lost';

export interface Participant {
  readonly peer: string;
  readonly user: string;
}

/** In milliseconds: a connection that is gone for so long gets ICE restarted. */
const GONE = 3_000;

export class Leg {
  state: LegState = 'connecting';
  /** What comes of each kind, whether the other shows anything or not. */
  readonly coming: { [kind in Kind]?: MediaStream } = {};
  private readonly connection: RTCPeerConnection;
  private readonly polite: boolean;
  private offering = false;
  private ignoring = false;
  private restarting: ReturnType<typeof setTimeout> | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    readonly other: Participant,
    me: string,
    iceServers: RTCIceServer[],
    private tracks: Tracks,
    private readonly send: (said: Pick<Said, 'toUser' | 'toPeer' | 'kind' | 'payload'>) => Promise<void>,
    private readonly changed: () => void,
  ) {
    this.polite = me < other.peer;
    this.connection = new RTCPeerConnection({ iceServers });
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate) void this.say('CANDIDATE', candidate.toJSON());
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

  close(): void {
    clearTimeout(this.restarting);
    this.connection.close();
  }

  private async offer(): Promise<void> {
    try {
      this.offering = true;
      await this.connection.setLocalDescription();
      await this.say('OFFER', described(this.connection));
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
    await this.say('ANSWER', described(connection));
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
      connection.restartIce();
    } else if (connection.connectionState === 'disconnected') {
      this.state = 'lost';
      this.restarting = setTimeout(() => connection.restartIce(), GONE);
    }
    this.changed();
  }

  private say(kind: SignalKind, payload: unknown): Promise<void> {
    const { user: toUser, peer: toPeer } = this.other;
    return this.send({ toUser, toPeer, kind, payload }).catch(() => {});
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch(() => {});
    return this.turn;
  }
}

function described({ localDescription }: RTCPeerConnection): { type: string; sdp: string } {
  return { type: localDescription!.type, sdp: localDescription!.sdp };
}
