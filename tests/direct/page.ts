// What runs in the browser: the web client's half of docs/direct.md, and the least that it needs.
import { Chat } from '../../client-examples/web/src/direct/chat';
import { Incoming, Outgoing } from '../../client-examples/web/src/direct/files';
import { Link, type Said, type Signal, type Signals, type State } from '../../client-examples/web/src/direct/link';
import type { Pipe } from '../../client-examples/web/src/direct/pipe';

const SIGNALS = `subscription($peer: ID!) { signals(peer: $peer) {
  kind fromUser { id } fromPeer callId payload } }`;
const SEND = 'mutation($input: SendSignalInput!) { sendSignal(input: $input) { id } }';
const JOIN = 'mutation($c: ID!, $p: ID!) { joinCall(channelId: $c, peer: $p) { id participants { peer user { id } } } }';
const CONNECT = 'mutation($offer: JSON!) { connectServer(input: { offer: $offer }) { answer } }';

let token = '';

async function ask(query: string, variables: object = {}): Promise<any> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const body = JSON.stringify({ query, variables });
  const { data, errors } = await (await fetch('/graphql', { method: 'POST', headers, body })).json();
  if (errors) throw new Error(errors[0].message);
  return Object.values(data)[0];
}

function listen(peer: string, hear: (signal: Signal) => void): () => void {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const say = (message: object) => socket.send(JSON.stringify(message));
  socket.onopen = () => say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  socket.onmessage = ({ data }) => {
    const { type, payload } = JSON.parse(data);
    if (type === 'ping') say({ type: 'pong' });
    if (type === 'connection_ack') {
      say({ id: '1', type: 'subscribe', payload: { query: SIGNALS, variables: { peer } } });
    }
    if (type === 'next') {
      const { fromUser, ...rest } = payload.data.signals;
      hear({ ...rest, fromUser: fromUser.id });
    }
  };
  return () => socket.close();
}

const signals: Signals = {
  send: (input: Said) => ask(SEND, { input }),
  listen,
  iceServers: async () => [],
};

const states: State[] = [];
const chat = new Chat();
const come: { name: string; size: number; sha256: string }[] = [];
let link: Link;

async function sha256(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function take(pipe: Pipe): Promise<void> {
  const file = await new Incoming().receive(pipe);
  come.push({ name: file.name, size: file.size, sha256: await sha256(file) });
}

async function pictureIn(track: MediaStreamTrack): Promise<number[]> {
  const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true });
  video.srcObject = new MediaStream([track]);
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  return [video.videoWidth, video.videoHeight];
}

async function soundIn(connection: RTCPeerConnection): Promise<number> {
  for (;;) {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'audio' && report.packetsReceived > 10) {
        return report.packetsReceived;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function tracks(connection: RTCPeerConnection): Promise<MediaStreamTrack>[] {
  return ['audio', 'video'].map(
    (kind) =>
      new Promise((resolve) => {
        connection.addEventListener('track', ({ track }) => {
          if (track.kind === kind) resolve(track);
        });
      }),
  );
}

Object.assign(window, {
  direct: {
    signIn: (given: string) => void (token = given),
    begin(other: string) {
      link = new Link(signals, other, chat, {
        takeFile: (pipe) => void take(pipe).catch(() => {}),
        changed: (state) => states.push(state),
        waiting: () => chat.unarrived.size > 0,
      });
      return link.id;
    },
    vanish: () => link.vanish(),
    connected: () => link.connected(),
    /** The candidates in use are no good any more, as on another network: ICE has to restart. */
    forgetNetwork: () => {
      chat.heardAt = -1e6;
    },
    connection: () => (link as any).connection.localDescription.sdp.match(/fingerprint:(.*)/)[1],
    say: (body: string) => void chat.say(body),
    heard: () => chat.messages.filter(({ mine }) => !mine).map(({ body }) => body),
    unarrived: () => chat.unarrived.size,
    agree: () => chat.agree(true),
    unsaved: () => chat.unsaved,
    keep: (id: string) => chat.keep(id),
    saved: () => chat.saved.size,
    states: () => states,
    come: () => come,
    async send(name: string, size: number) {
      const content = new Uint8Array(size);
      for (let at = 0; at < size; at += 65_536) {
        crypto.getRandomValues(content.subarray(at, Math.min(size, at + 65_536)));
      }
      const outgoing = new Outgoing(new File([content], name));
      for (;;) {
        await link.connected();
        const sent = await outgoing.send(link.openFile()).then(() => true, () => false);
        if (sent) return { sha256: outgoing.sha256, of: await sha256(outgoing.file) };
      }
    },
    /** A call of two: whoever is there already is offered to by who comes later. */
    async call(channel: string, peer: string) {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      const connection = new RTCPeerConnection();
      for (const track of media.getTracks()) connection.addTrack(track, media);
      const seen = tracks(connection);
      const early: any[] = [];
      let other: any;
      let callId = '';
      const say = (kind: string, payload: unknown) =>
        ask(SEND, { input: { fromPeer: peer, toUser: other.user, toPeer: other.peer, kind, payload, callId } });
      connection.onicecandidate = ({ candidate }) => {
        if (candidate && other) void say('CANDIDATE', candidate.toJSON());
      };
      listen(peer, async ({ kind, fromUser, fromPeer, payload }: any) => {
        if (kind === 'OFFER') {
          other = { user: fromUser, peer: fromPeer };
          await connection.setRemoteDescription(payload);
          await connection.setLocalDescription();
          await say('ANSWER', connection.localDescription!.toJSON());
        } else if (kind === 'ANSWER') await connection.setRemoteDescription(payload);
        else if (kind === 'CANDIDATE' && connection.remoteDescription) await connection.addIceCandidate(payload);
        else early.push(payload);
        if (connection.remoteDescription) {
          for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
        }
      });
      const { id, participants } = await ask(JOIN, { c: channel, p: peer });
      callId = id;
      const there = participants.find((one: any) => one.peer !== peer);
      if (there) {
        other = { user: there.user.id, peer: there.peer };
        await connection.setLocalDescription();
        await say('OFFER', connection.localDescription!.toJSON());
      }
      const [, video] = await Promise.all(seen);
      return { picture: await pictureIn(video!), sound: await soundIn(connection) };
    },
    /** Data, sound and picture to the server's own peer, and back. */
    async test() {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      const connection = new RTCPeerConnection();
      const channel = connection.createDataChannel('test');
      channel.binaryType = 'arraybuffer';
      for (const track of media.getTracks()) connection.addTrack(track, media);
      const seen = tracks(connection);
      await connection.setLocalDescription();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { answer } = await ask(CONNECT, { offer: connection.localDescription!.toJSON() });
      await connection.setRemoteDescription(answer);
      await new Promise((resolve) => channel.addEventListener('open', resolve));
      let back = 0;
      const report = new Promise<any>((resolve) => {
        channel.onmessage = ({ data }) => {
          if (typeof data === 'string') resolve(JSON.parse(data));
          else back += data.byteLength;
        };
      });
      for (let n = 0; n < 50; n += 1) channel.send(new Uint8Array(16_384));
      channel.send('{"type":"report"}');
      const told = await report;
      const [, video] = await Promise.all(seen);
      const result = { back, told, picture: await pictureIn(video!), sound: await soundIn(connection) };
      connection.close();
      return result;
    },
  },
});
