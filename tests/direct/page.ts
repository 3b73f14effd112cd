// What runs in the browser: the web client's half of docs/direct.md, and the least that it needs.
import { Call, type CallNow, type Calls } from '../../client-examples/web/src/calls/call';
import { Chat } from '../../client-examples/web/src/direct/chat';
import { Incoming, Outgoing } from '../../client-examples/web/src/direct/files';
import { Link, type State } from '../../client-examples/web/src/direct/link';
import type { Pipe } from '../../client-examples/web/src/direct/pipe';
import type { Signal, Signals } from '../../client-examples/web/src/direct/signals';

const SIGNALS = `subscription($peer: ID!) { signals(peer: $peer) {
  kind fromUser { id } fromPeer callId payload } }`;
const SEND = 'mutation($input: SendSignalInput!) { sendSignal(input: $input) { id } }';
const CONNECT = 'mutation($offer: JSON!) { connectServer(input: { offer: $offer }) { answer } }';

let token = '';
let losing = 0;
let mute = false;

async function ask(query: string, variables: object = {}): Promise<any> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const body = JSON.stringify({ query, variables });
  const { data, errors } = await (await fetch('/graphql', { method: 'POST', headers, body })).json();
  if (errors) throw new Error(errors[0].message);
  return Object.values(data)[0];
}

function subscribe(query: string, variables: object, next: (data: any) => void): () => void {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.onclose = ({ code }) => console.log('closed', code);
  const say = (message: object) => socket.send(JSON.stringify(message));
  socket.onopen = () => say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  socket.onmessage = ({ data }) => {
    const { type, payload } = JSON.parse(data);
    if (type === 'ping') say({ type: 'pong' });
    if (type === 'connection_ack') say({ id: '1', type: 'subscribe', payload: { query, variables } });
    if (type === 'next' && payload.data) next(payload.data);
  };
  return () => socket.close();
}

const listen = (peer: string, hear: (signal: Signal) => void) =>
  subscribe(SIGNALS, { peer }, ({ signals: { fromUser, ...rest } }) => {
    console.log(rest.kind, 'of', rest.fromPeer);
    hear({ ...rest, fromUser: fromUser.id });
  });

const signals: Signals = {
  async send(input) {
    if (losing > 0 && losing--) throw new TypeError('Failed to fetch');
    console.log(input.kind, 'to', input.toPeer ?? 'all');
    await ask(SEND, { input });
  },
  listen,
  iceServers: async () => [],
};

const MEDIA = 'id participants { peer muted camera screen user { id } }';
const JOIN = `mutation($c: ID!, $p: ID!) { joinCall(channelId: $c, peer: $p) { ${MEDIA} } }`;
const WATCH = `subscription($c: ID!) { callChanged(channelId: $c) { ${MEDIA} } }`;
const LEAVE = 'mutation($c: ID!, $p: ID!) { leaveCall(channelId: $c, peer: $p) }';
const SET = 'mutation($input: SetCallMediaInput!) { setCallMedia(input: $input) { id } }';

const known = (told: any): CallNow =>
  told && { ...told, participants: told.participants.map(({ user, ...one }: any) => ({ ...one, user: user.id })) };

const calls: Calls = {
  ...signals,
  join: async (c, p) => known(await ask(JOIN, { c, p })),
  leave: (c, p) => ask(LEAVE, { c, p }),
  setMedia: (channelId, peer, media) => ask(SET, { input: { channelId, peer, ...media } }),
  watch: (c, told) => subscribe(WATCH, { c }, ({ callChanged }) => told(known(callChanged))),
};

let call: Call;
let ended = false;
const tracks: { audio?: MediaStreamTrack; camera?: MediaStreamTrack; screen?: MediaStreamTrack | null } = {};
const states: State[] = [];
const chat = new Chat();
const incoming = new Incoming();
const come: { name: string; size: number; sha256: string }[] = [];
let link: Link;

async function sha256(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function take(pipe: Pipe): Promise<void> {
  const tell = pipe.tell.bind(pipe);
  pipe.tell = (type, what) => {
    if (!mute || type !== 'received') return tell(type, what);
    mute = false;
    pipe.close();
  };
  let id = '';
  const file = await incoming.receive(pipe, (offer) => {
    ({ id } = offer);
    return true;
  });
  if (come.some(({ name }) => name === file.name)) return;
  come.push({ name: file.name, size: file.size, sha256: await sha256(file) });
  if (file.name.startsWith('passing')) await incoming.forget(id);
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

function tracksOf(connection: RTCPeerConnection): Promise<MediaStreamTrack>[] {
  return ['audio', 'video'].map(
    (kind) =>
      new Promise((resolve) => {
        connection.addEventListener('track', ({ track }) => {
          if (track.kind === kind) resolve(track);
        });
      }),
  );
}

/** All its candidates are in its description. */
async function gathered(connection: RTCPeerConnection): Promise<void> {
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }));
  }
}

Object.assign(window, {
  direct: {
    signIn: (given: string) => void (token = given),
    begin(other: string) {
      link = new Link(signals, other, chat, {
        takeFile: (pipe) => void take(pipe).catch(() => {}),
        changed: (state) => {
          console.log(state);
          states.push(state);
        },
        waiting: () => chat.unarrived.size > 0,
      });
      return link.id;
    },
    vanish: () => link.vanish(),
    connected: () => link.connected(),
    /** The candidates in use are no good any more, as on another network: ICE has to restart. */
    forgetNetwork: () => {
      (link as any).heardAt = -1e6;
    },
    /** The connection is lost while ICE is being restarted. */
    loseInRestart: () =>
      new Promise<void>((resolve) => {
        const { connection, pipes } = link as any;
        const set = connection.setLocalDescription.bind(connection);
        connection.setLocalDescription = () => {
          const done = set();
          pipes[0].end();
          resolve();
          return done;
        };
        (link as any).heardAt = -1e6;
      }),
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
    /** What lies in the browser's own store. */
    async stored() {
      const names = [];
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('files', { create: true });
      for await (const name of folder.keys()) names.push(name);
      return names;
    },
    /** Signals that are sent next do not reach the server. */
    loseSignals: (count: number) => void (losing = count),
    lost: () => losing,
    tellNotReceived: () => void (mute = true),
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
    async joinCall(channel: string) {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      tracks.audio = media.getAudioTracks()[0];
      tracks.camera = media.getVideoTracks()[0];
      ended = false;
      call = new Call(calls, channel, () => {}, () => (ended = true));
      await call.join(tracks);
      return call.peer;
    },
    leaveCall: () => call.leave(),
    peer: () => call.peer,
    stopListening: () => (call as any).unlisten(),
    ended: () => ended,
    async mute(muted: boolean) {
      tracks.audio!.enabled = !muted;
      await call.show(tracks);
    },
    async share(shares: boolean) {
      const canvas = Object.assign(document.createElement('canvas'), { width: 200, height: 100 });
      const context = canvas.getContext('2d')!;
      const paint = () => {
        context.fillStyle = `hsl(${performance.now() % 360} 80% 50%)`;
        context.fillRect(0, 0, 200, 100);
      };
      paint();
      setInterval(paint, 50);
      tracks.screen = shares ? canvas.captureStream(20).getVideoTracks()[0] : null;
      await call.show(tracks);
    },
    media: () =>
      Object.fromEntries(call.now!.participants.map(({ peer, muted, camera, screen }) => [peer, { muted, camera, screen }])),
    /** Whom one is connected to, and how. */
    legs: () => Object.fromEntries([...call.legs].map(([peer, { state }]) => [peer, state])),
    /** Waits for sound and for pictures of these kinds of a participant. */
    async witness(peer: string, kinds: ('camera' | 'screen')[]) {
      const leg = call.legs.get(peer)!;
      const pictures = await Promise.all(
        kinds.map(async (kind) => {
          while (!leg.coming[kind]) await new Promise((resolve) => setTimeout(resolve, 20));
          return pictureIn(leg.coming[kind].getTracks()[0]!);
        }),
      );
      return { pictures, sound: await soundIn((leg as any).connection) };
    },
    /** Data, sound and picture to the server's own peer, and back. */
    async test() {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      const connection = new RTCPeerConnection();
      const channel = connection.createDataChannel('test');
      channel.binaryType = 'arraybuffer';
      for (const track of media.getTracks()) connection.addTrack(track, media);
      const seen = tracksOf(connection);
      connection.onconnectionstatechange = () => console.log('test', connection.connectionState);
      await connection.setLocalDescription();
      await gathered(connection);
      console.log('test offers');
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
      console.log('test told');
      const [, video] = await Promise.all(seen);
      const result = { back, told, picture: await pictureIn(video!), sound: await soundIn(connection) };
      connection.close();
      return result;
    },
  },
});
