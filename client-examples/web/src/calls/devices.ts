// Which microphone, camera and loudspeaker are used in this browser.
import { kept, store } from '../store';

export const INPUTS = ['microphone', 'camera'] as const;
export type Input = (typeof INPUTS)[number];
export type Device = Input | 'speaker';
export type Chosen = { readonly [kind in Device]?: string };

/** Ids of devices; what is not chosen is as the system has it. */
export const chosen = store<Chosen>(kept.read<Chosen>('devices', {}));

const KINDS: Record<string, Device> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
};

export function choose(kind: Device, id: string | undefined): void {
  const { [kind]: _, ...others } = chosen.get();
  const next = id ? { ...others, [kind]: id } : others;
  kept.write('devices', next);
  chosen.set(next);
}

/** Why there is no sound or picture at all: browsers have none for pages over plain HTTP. */
export const isInsecure = (): boolean => !navigator.mediaDevices;

/** Begins to listen, or to look. Rejects where the person or the system does not let us. */
export async function open(kind: Input): Promise<MediaStreamTrack> {
  const device = chosen.get()[kind];
  const wanted = device ? { deviceId: { ideal: device } } : {};
  const media = await navigator.mediaDevices.getUserMedia(
    kind === 'microphone'
      ? { audio: { ...wanted, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
      : // It is sent to each of the others by itself.
        { video: { ...wanted, width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { max: 24 } } },
  );
  return media.getTracks()[0]!;
}

/** What there is to choose from. Their names are known once one of them was opened. */
export async function devices(): Promise<{ readonly [kind in Device]: readonly MediaDeviceInfo[] }> {
  const found = { microphone: [], camera: [], speaker: [] } as { [kind in Device]: MediaDeviceInfo[] };
  for (const device of (await navigator.mediaDevices?.enumerateDevices()) ?? []) {
    const usual = ['', 'default', 'communications'].includes(device.deviceId);
    if (!usual) found[KINDS[device.kind]!].push(device);
  }
  return found;
}
