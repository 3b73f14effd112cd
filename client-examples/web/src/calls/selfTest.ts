// Data, sound and picture to the server's own peer and back: docs/calls.md.
import { ConnectServerDocument } from '../api/apart/generated/graphql';
import type { Chat } from '../chat';
import { signalsOf } from './server';

/** In bytes; in milliseconds: what is sent at the most and for how long, and how long anything is waited for. */
const SENT = 8 * 1024 * 1024;
const SENDING = 5_000;
const PIECE = 16 * 1024;
const FULL = 1024 * 1024;
const GATHERING = 2_000;
const PATIENCE = 15_000;

export interface Result {
  readonly way: 'direct' | 'relayed';
  /** There and back, in MB a second. */
  readonly rate: number;
  /** Whether it came back; null: there was none to send. */
  readonly sound: boolean | null;
  readonly picture: boolean | null;
}

/** Tries it with these tracks. Rejects with what the server said, or NoWay. */
export async function selfTest(
  chat: Chat,
  tracks: readonly MediaStreamTrack[],
  signal: AbortSignal,
): Promise<Result> {
  const connection = new RTCPeerConnection({ iceServers: await signalsOf(chat).iceServers() });
  signal.addEventListener('abort', () => connection.close());
  try {
    signal.throwIfAborted();
    const channel = connection.createDataChannel('test');
    channel.binaryType = 'arraybuffer';
    for (const track of tracks) connection.addTrack(track, new MediaStream([track]));
    await connection.setLocalDescription();
    await within(gathered(connection), GATHERING).catch(() => {}); // as far as they are known
    const { data } = await chat.client.mutate({
      mutation: ConnectServerDocument,
      variables: { input: { offer: connection.localDescription!.toJSON() } },
      fetchPolicy: 'no-cache',
    });
    await connection.setRemoteDescription(data!.connectServer!.answer as RTCSessionDescriptionInit);
    await within(opened(channel), PATIENCE);
    const rate = await within(echoed(channel), SENDING + PATIENCE);
    const { local, remote } = await within(reported(channel), PATIENCE);
    const [sound, picture] = await Promise.all(['audio', 'video'].map((kind) => cameBack(connection, kind, tracks)));
    const way = [local, remote].includes('relay') ? 'relayed' : 'direct';
    return { way, rate, sound: sound!, picture: picture! };
  } finally {
    connection.close();
  }
}

/** No connection came about, or it did not last. */
export class NoWay extends Error {}

function within<T>(work: Promise<T>, time: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoWay()), time);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    connection.onicegatheringstatechange = () => connection.iceGatheringState === 'complete' && resolve();
  });
}

function opened(channel: RTCDataChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.onopen = () => resolve();
    channel.onclose = () => reject(new NoWay());
  });
}

/** Sends so much, and counts what comes back; how fast that was. */
async function echoed(channel: RTCDataChannel): Promise<number> {
  let back = 0;
  let sent = 0;
  let over = false;
  const whole = new Promise<void>((resolve) => {
    channel.onmessage = ({ data }) => {
      back += data instanceof ArrayBuffer ? data.byteLength : 0;
      if (over && back >= sent) resolve();
    };
  });
  const began = performance.now();
  channel.bufferedAmountLowThreshold = FULL / 4;
  const piece = new Uint8Array(PIECE);
  while (sent < SENT && performance.now() < began + SENDING) {
    if (channel.bufferedAmount > FULL) {
      await new Promise((resolve) => channel.addEventListener('bufferedamountlow', resolve, { once: true }));
    }
    channel.send(piece);
    sent += PIECE;
  }
  over = true;
  await whole;
  return sent / 1_000 / (performance.now() - began);
}

function reported(channel: RTCDataChannel): Promise<{ local: string; remote: string }> {
  const report = new Promise<{ local: string; remote: string }>((resolve) => {
    channel.onmessage = ({ data }) => typeof data === 'string' && resolve(JSON.parse(data));
  });
  channel.send('{"type":"report"}');
  return report;
}

async function cameBack(
  connection: RTCPeerConnection,
  kind: string,
  tracks: readonly MediaStreamTrack[],
): Promise<boolean | null> {
  if (!tracks.some((track) => track.kind === kind)) return null;
  const end = performance.now() + PATIENCE;
  const count = kind === 'audio' ? 'packetsReceived' : 'framesDecoded';
  while (performance.now() < end) {
    for (const report of [...(await connection.getStats()).values()]) {
      if (report.type === 'inbound-rtp' && report.kind === kind && report[count] > 0) return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
