// Which devices one speaks and is seen with, tried out by oneself; and whether the network lets them through.
import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { problemOf } from '../api/problems';
import { useStore } from '../store';
import { Sheet } from '../ui/Sheet';
import { sentence } from '../words';
import { choose, chosen, devices, isInsecure, open, type Device, type Input } from './devices';
import { Picture } from './Picture';
import { NoWay, selfTest, type Result } from './selfTest';
import { useWords } from './useWords';

type Found = Awaited<ReturnType<typeof devices>>;
type Tested = { readonly wrong: string } | { readonly result: Result };

const NONE: Found = { microphone: [], camera: [], speaker: [] };

export function Devices({ onClose }: { onClose: () => void }) {
  const say = useWords();
  const picked = useStore(chosen);
  const [tries, setTries] = useState(false);
  const microphone = useTrack('microphone', tries);
  const camera = useTrack('camera', tries);
  const found = useDevices(microphone, camera);
  return (
    <Sheet title={say.devices} onClose={onClose}>
      <div className="devices">
        {isInsecure() && <p className="wrong">{say.of.troubles.insecure}</p>}
        {(['microphone', 'camera', 'speaker'] as const).map((kind) => (
          <Choice key={kind} kind={kind} picked={picked[kind]} among={found[kind]} />
        ))}
        {isTrack(camera) && (
          <figure className="preview">
            <Picture of={camera} mirrored />
            <figcaption className="unseen">{say.of.own}</figcaption>
          </figure>
        )}
        {isTrack(microphone) && <Level of={microphone} />}
        {microphone === 'trouble' && <Trouble text={say.of.troubles.microphone} />}
        {camera === 'trouble' && <Trouble text={say.of.troubles.camera} />}
        <div className="deeds">
          {tries && <span className="quiet">{say.of.previewHelp}</span>}
          <Button isDisabled={isInsecure()} onPress={() => setTries(!tries)}>
            {tries ? say.of.previewEnd : say.of.preview}
          </Button>
        </div>
        <SelfTest tracks={[microphone, camera].filter(isTrack)} />
      </div>
    </Sheet>
  );
}

const isTrack = (tried: Tried): tried is MediaStreamTrack => tried instanceof MediaStreamTrack;

function Trouble({ text }: { text: string }) {
  return (
    <p role="alert" className="wrong">
      {text}
    </p>
  );
}

interface Choosing {
  kind: Device;
  picked: string | undefined;
  among: readonly MediaDeviceInfo[];
}

function Choice({ kind, picked, among }: Choosing) {
  const say = useWords();
  const known = among.some(({ deviceId }) => deviceId === picked);
  return (
    <label className="field">
      <span>{say.of[kind]}</span>
      <select value={known ? picked : ''} onChange={({ target }) => choose(kind, target.value || undefined)}>
        <option value="">{say.of.usual}</option>
        {among.map(({ deviceId, label }, place) => (
          <option key={deviceId} value={deviceId}>
            {label || `${say.of[kind]} ${place + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}

type Tried = MediaStreamTrack | 'trouble' | null;

/** The device that is chosen, open as long as it is tried. */
function useTrack(kind: Input, tries: boolean): Tried {
  const { [kind]: picked } = useStore(chosen);
  const [tried, setTried] = useState<Tried>(null);
  useEffect(() => {
    if (!tries) return;
    let over = false;
    const opening = open(kind);
    opening.then(
      (track) => (over ? track.stop() : setTried(track)),
      () => over || setTried('trouble'),
    );
    return () => {
      over = true;
      void opening.then((track) => track.stop()).catch(() => {});
      setTried(null);
    };
  }, [kind, tries, picked]);
  return tried;
}

/** What there is to choose from, which changes when something is plugged in. */
function useDevices(...tried: readonly Tried[]): Found {
  const [found, setFound] = useState(NONE);
  useEffect(() => {
    const look = () => void devices().then(setFound);
    look();
    navigator.mediaDevices?.addEventListener('devicechange', look);
    return () => navigator.mediaDevices?.removeEventListener('devicechange', look);
    // Their names are known once one was opened.
  }, tried);
  return found;
}

/** How loud one is, right now. */
function Level({ of }: { of: MediaStreamTrack }) {
  const say = useWords();
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context);
    context.createMediaStreamSource(new MediaStream([of])).connect(analyser);
    const heard = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(heard);
      if (meter.current) meter.current.value = Math.max(...heard.map(Math.abs));
    }, 50);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [of]);
  return (
    <label className="field">
      <span>{say.of.level}</span>
      <meter ref={meter} min={0} max={1} />
    </label>
  );
}

function SelfTest({ tracks }: { tracks: readonly MediaStreamTrack[] }) {
  const say = useWords();
  const { chat } = useInside();
  const [busy, setBusy] = useState(false);
  const [tested, setTested] = useState<Tested | null>(null);
  const ending = useRef(new AbortController());
  useEffect(() => {
    const mine = new AbortController();
    ending.current = mine;
    return () => mine.abort();
  }, []);
  const test = async () => {
    if (busy) return;
    setBusy(true);
    setTested(null);
    try {
      setTested({ result: await selfTest(chat, tracks, ending.current.signal) });
    } catch (error) {
      setTested({ wrong: error instanceof NoWay ? say.of.noWay : sentence(say, problemOf(error)) });
    }
    setBusy(false);
  };
  return (
    <section>
      <h3>{say.of.test}</h3>
      <p className="quiet">{say.of.testHelp}</p>
      <div role="status">
        {busy && <p>{say.of.testing}</p>}
        {tested && ('wrong' in tested ? <p className="wrong">{tested.wrong}</p> : <Outcome result={tested.result} />)}
      </div>
      <Button data-busy={busy || undefined} onPress={() => void test()}>
        {say.of.test}
      </Button>
    </section>
  );
}

function Outcome({ result: { way, rate, sound, picture } }: { result: Result }) {
  const say = useWords();
  const back = (did: boolean | null) => (did === null ? say.of.notTried : did ? say.of.cameBack : say.of.notBack);
  return (
    <dl className="outcome">
      <dt>{say.of.tests.path}</dt>
      <dd>{say.of.ways[way]}</dd>
      <dt>{say.of.tests.data}</dt>
      <dd>{say.of.rate(rate)}</dd>
      <dt>{say.of.tests.sound}</dt>
      <dd>{back(sound)}</dd>
      <dt>{say.of.tests.picture}</dt>
      <dd>{back(picture)}</dd>
    </dl>
  );
}
