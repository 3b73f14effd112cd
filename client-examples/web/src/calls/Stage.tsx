// The call that one is in: who else is, and what they hear and see of each other.
import { ChevronDown, ChevronUp, Mic, MicOff, PhoneOff, ScreenShare, ScreenShareOff, SlidersHorizontal, Video, VideoOff } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, Toolbar } from 'react-aria-components';
import { Link } from 'wouter';
import { useInside } from '../App';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { usePerson } from '../ui/usePerson';
import type { Attendee } from './call';
import type { Calling, Going } from './calling';
import { Devices } from './Devices';
import { chosen } from './devices';
import type { Leg, LegState } from './leg';
import { Picture } from './Picture';
import { useWords } from './useWords';

/** In milliseconds, and from 0 to 1: how often it is looked who speaks, and how loud that is at least. */
const HEARD = 200;
const LOUD = 0.02;

interface Given {
  going: Going;
  calling: Calling;
  title: string;
}

export function Stage({ going, calling, title }: Given) {
  const say = useWords();
  const { me } = useInside();
  const [folded, setFolded] = useState(false);
  const { call, tracks, channelId, joined } = going;
  const there = call.now?.participants ?? [];
  const others = there.filter(({ peer }) => peer !== call.peer);
  const speaking = useSpeaking(call.legs);
  const state = !joined ? say.of.joining : call.now?.ringingUntil ? say.of.ringing : others.length ? '' : say.of.alone;
  const screens = [
    ...(tracks.screen ? [{ key: 'own', name: say.of.you, stream: tracks.screen }] : []),
    ...others.flatMap(({ peer, person, screen }) => {
      const stream = screen && call.legs.get(peer)?.coming.screen;
      return stream ? [{ key: peer, name: person?.displayName ?? '', stream }] : [];
    }),
  ];
  return (
    <section className="stage" aria-label={say.of.callIn(title)} data-folded={folded || undefined}>
      <header>
        <Link href={`/c/${channelId}`} aria-label={say.of.goTo(title)}>
          {title}
        </Link>
        <span className="quiet" role="status">
          {state}
        </span>
        <Button
          className="icon"
          aria-label={folded ? say.of.unfold : say.of.fold}
          aria-expanded={!folded}
          onPress={() => setFolded(!folded)}
        >
          {folded ? <ChevronDown aria-hidden="true" /> : <ChevronUp aria-hidden="true" />}
        </Button>
      </header>
      {/* It scrolls where there is little room. */}
      <ul className="tiles" hidden={folded} tabIndex={0} aria-label={say.of.participants}>
        {screens.map(({ key, name, stream }) => (
          <li key={`screen ${key}`} className="tile screen">
            <Picture of={stream} />
            <span className="caption">{say.of.screenOf(name)}</span>
          </li>
        ))}
        <li className="tile" data-muted={!tracks.audio?.enabled || undefined}>
          {tracks.camera ? <Picture of={tracks.camera} mirrored /> : <Avatar person={me} />}
          <Caption name={say.of.you} muted={!tracks.audio?.enabled} />
        </li>
        {others.map((one) => (
          <Other
            key={one.peer}
            attendee={one}
            leg={call.legs.get(one.peer)}
            speaks={speaking.has(one.peer)}
          />
        ))}
      </ul>
      {others.map(({ peer }) => {
        const sound = call.legs.get(peer)?.coming.audio;
        return sound && <Sound key={peer} of={sound} />;
      })}
      <Controls going={going} calling={calling} />
    </section>
  );
}

function Controls({ going: { tracks }, calling }: Pick<Given, 'going' | 'calling'>) {
  const say = useWords();
  const heard = tracks.audio?.enabled ?? false;
  const seen = !!tracks.camera;
  const shares = !!tracks.screen;
  const [choosing, setChoosing] = useState(false);
  return (
    <Toolbar className="controls" aria-label={say.of.controls}>
      <Control on={heard} label={heard ? say.of.mute : say.of.unmute} onPress={() => void calling.mute(heard)}>
        {heard ? <Mic aria-hidden="true" /> : <MicOff aria-hidden="true" />}
      </Control>
      <Control
        on={seen}
        label={seen ? say.of.cameraOff : say.of.cameraOn}
        onPress={() => void calling.film(!seen)}
      >
        {seen ? <Video aria-hidden="true" /> : <VideoOff aria-hidden="true" />}
      </Control>
      {!!navigator.mediaDevices?.getDisplayMedia && (
        <Control
          on={shares}
          label={shares ? say.of.unshare : say.of.share}
          onPress={() => void calling.share(!shares)}
        >
          {shares ? <ScreenShareOff aria-hidden="true" /> : <ScreenShare aria-hidden="true" />}
        </Control>
      )}
      <Button className="control" aria-label={say.devices} onPress={() => setChoosing(true)}>
        <SlidersHorizontal aria-hidden="true" />
      </Button>
      <Button className="leave" aria-label={say.of.leave} onPress={() => void calling.leave()}>
        <PhoneOff aria-hidden="true" />
      </Button>
      {choosing && <Devices onClose={() => setChoosing(false)} />}
    </Toolbar>
  );
}

interface Controlled {
  on: boolean;
  label: string;
  onPress: () => void;
  children: ReactNode;
}

function Control({ on, label, onPress, children }: Controlled) {
  return (
    <Button className="control" aria-label={label} data-on={on || undefined} onPress={onPress}>
      {children}
    </Button>
  );
}

interface Shown {
  attendee: Attendee;
  leg: Leg | undefined;
  speaks: boolean;
}

function Other({ attendee: { muted, camera, person }, leg, speaks }: Shown) {
  const now = usePerson(person ?? null);
  const picture = camera ? leg?.coming.camera : undefined;
  return (
    <li className="tile" data-speaks={(speaks && !muted) || undefined} data-muted={muted || undefined}>
      {picture ? <Picture of={picture} /> : <Avatar person={now} />}
      <Caption name={now?.displayName ?? ''} muted={muted} state={leg?.state ?? 'connecting'} />
    </li>
  );
}

function Caption({ name, muted, state }: { name: string; muted: boolean; state?: LegState }) {
  const say = useWords();
  return (
    <span className="caption">
      {muted && <MicOff role="img" aria-label={say.of.muted} />}
      <span className="name" dir="auto">
        {name}
      </span>
      {state && (
        <small data-state={state} title={say.of.stateHelp[state]}>
          {say.of.states[state]}
        </small>
      )}
    </span>
  );
}

function Sound({ of }: { of: MediaStream }) {
  const audio = useRef<HTMLAudioElement>(null);
  const { speaker } = useStore(chosen);
  useEffect(() => {
    audio.current!.srcObject = of;
  }, [of]);
  useEffect(() => {
    // Not every browser lets one choose.
    void audio.current!.setSinkId?.(speaker ?? '').catch(() => {});
  }, [speaker]);
  return <audio ref={audio} autoPlay />;
}

/** Those who are heard right now. */
function useSpeaking(legs: ReadonlyMap<string, Leg>): ReadonlySet<string> {
  const [speaking, setSpeaking] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const timer = setInterval(() => {
      const loud = [...legs].filter(([, leg]) => leg.level > LOUD).map(([peer]) => peer);
      setSpeaking((before) => (before.size === loud.length && loud.every((one) => before.has(one)) ? before : new Set(loud)));
    }, HEARD);
    return () => clearInterval(timer);
  }, [legs]);
  return speaking;
}
