// One conversation: what has been said in it, and where to say more.
import { useFragment, useQuery } from '@apollo/client/react';
import { ArrowLeft, ArrowUp, Paperclip, Pin, Users, X } from 'lucide-react';
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useInside } from '../App';
import { OneRoomDocument, RoomFragmentDoc } from '../api/generated/graphql';
import { problemOf } from '../api/problems';
import type { Room, Said, Shown } from '../api/said';
import { block } from '../house/deeds';
import { covered } from '../house/keys';
import { unread, useTitle } from '../house/rooms';
import { Face } from '../house/Sidebar';
import { useStore } from '../store';
import { useWords } from '../words';
import { useSought } from '../house/sought';
import { later } from '../ui/later';
import { Sheet } from '../ui/Sheet';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { Actions, type Deed } from './Actions';
import { Announcer } from './Announcer';
import { useAttention } from './attention';
import { Composer, type ComposerHandle, type Mode } from './Composer';
import { Excerpt } from './Excerpt';
import type { LinePlace } from './jump';
import { LookingIn } from './LookingIn';
import { Messages, type MessagesHandle } from './Messages';
import { Missing } from './Missing';
import { Muted } from './Muted';
import { useMuted } from './muted';
import { Typists } from './Typists';

const Members = later(() => import('../house/Members').then(({ Members }) => Members));
const Pins = later(() => import('./Pins').then(({ Pins }) => Pins));
const Reporting = later(() => import('./Reporting').then(({ Reporting }) => Reporting));
const Thread = later(() => import('./Thread').then(({ Thread }) => Thread));
const Versions = later(() => import('./Versions').then(({ Versions }) => Versions));
const FileSheet = later(() => import('../files/FileSheet').then(({ FileSheet }) => FileSheet));
const ChannelFiles = later(() => import('../files/ChannelFiles').then(({ ChannelFiles }) => ChannelFiles));

const CallButton = later(() => import('../calls/CallButton').then(({ CallButton }) => CallButton));
const DirectButton = later(() => import('../direct/DirectButton').then(({ DirectButton }) => DirectButton));

/** In milliseconds: so long somebody has to see something to have seen it. */
const A_LOOK = 500;

interface Given {
  channelId: string;
  /** How many conversations have something new. */
  waiting: number;
}

export function Conversation({ channelId, waiting }: Given) {
  const say = useWords();
  const { data, complete } = useFragment({
    fragment: RoomFragmentDoc,
    fragmentName: 'Room',
    from: { __typename: 'Channel', id: channelId },
  });
  const { error, refetch } = useQuery(OneRoomDocument, {
    variables: { id: channelId },
    skip: complete,
    fetchPolicy: 'network-only',
    notifyOnNetworkStatusChange: true,
  });
  if (complete) return <Talk room={data as Room} waiting={waiting} />;
  return (
    <main className="conversation" id="conversation">
      <header>
        <Back />
      </header>
      {error ? (
        <Missing channelId={channelId} problem={problemOf(error)} onAgain={() => void refetch().catch(() => {})} />
      ) : (
        <p className="nowhere quiet late">{say.loading}</p>
      )}
    </main>
  );
}

function Back() {
  const say = useWords();
  return (
    <Link href="/" className="back" aria-label={say.backToList}>
      <ArrowLeft aria-hidden="true" />
    </Link>
  );
}

function Talk({ room, waiting }: { room: Room; waiting: number }) {
  const say = useWords();
  const { chat } = useInside();
  const title = useTitle()(room);
  const [history] = useState(() => chat.history(room.id));
  const stretch = useStore(history.now);
  const outgoing = useStore(chat.outbox.now).filter(({ channelId }) => channelId === room.id);
  const attentive = useAttention();
  const count = unread(room);
  /** What was read when the unread ones began. */
  const [mark, setMark] = useState(() => (count ? room.membership : null));
  const line = mark?.lastReadNumber ?? null;
  const readAll = useRef(count === 0);
  const [place, setPlace] = useState<LinePlace>(null);
  /** The line that one has had before one's eyes. */
  const [passed, setPassed] = useState<number | null>(null);
  const isPassed = line === passed;
  const [atEnd, setAtEnd] = useState(false);
  const [over, setOver] = useState<'members' | 'pins' | 'files' | null>(null);
  const [mode, setMode] = useState<Mode>(null);
  /** The message that something is to be done with, and the button for that. */
  const [chosen, setChosen] = useState<{ said: Said; button: HTMLElement } | null>(null);
  const [thread, setThread] = useState<Said | null>(null);
  const [file, setFile] = useState<Shown | null>(null);
  const [versions, setVersions] = useState<Said | null>(null);
  const [removing, setRemoving] = useState<Said | null>(null);
  const [reporting, setReporting] = useState<Said | null>(null);
  const { problem, run } = useDoing();
  const messages = useRef<MessagesHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const own = outgoing.length > 0 ? outgoing : NONE;
  const firstHeld = stretch.messages[0]?.number ?? Infinity;
  /** Whether the first unread message is not loaded, as it is too far up. */
  const beyond = line !== null && !stretch.fromStart && line < firstHeld - 1 && !stretch.loading;

  useEffect(() => {
    document.title = `${waiting ? `(${waiting}) ` : ''}${title} · Tertulia`;
  }, [title, waiting]);
  useEffect(() => chat.lookAt(room.id), [chat, room.id]);
  useEffect(() => {
    const all = readAll.current;
    readAll.current = count === 0;
    if (!count) return;
    if (attentive && atEnd) chat.markRead(room);
    // Where everything had been seen and read, the unread ones begin anew.
    else setMark((there) => (there && !(all && atEnd && isPassed) ? there : room.membership));
  }, [chat, room, count, attentive, atEnd, isPassed]);
  useEffect(() => {
    if (place !== 'here' || !attentive) return;
    const timer = setTimeout(() => setPassed(line), A_LOOK);
    return () => clearTimeout(timer);
  }, [place, line, attentive]);
  const done = () => {
    chat.markRead(room);
    setMark(null);
  };
  const read = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || covered()) return;
    done();
  });
  useEffect(() => {
    addEventListener('keydown', read);
    return () => removeEventListener('keydown', read);
  }, []);
  const [since] = useState(chat.feed.position);
  const looksOn = room.membership === null && stretch.loading !== 'first';
  useEffect(() => (looksOn ? chat.lookOn(room.id, since) : undefined), [chat, room.id, looksOn, since]);
  const type = useCallback(() => composer.current?.focus(), []);
  const isMember = room.membership !== null;
  const muted = useMuted(room.membership?.mutedUntil ?? null);
  const doing = useMemo(
    () => ({
      onActions: (said: Said, button: HTMLElement) => setChosen({ said, button }),
      onThread: setThread,
      onFile: setFile,
      onReact: isMember
        ? (said: Said, emoji: string) => void run(() => chat.react(room.id, said, emoji))
        : undefined,
    }),
    [chat, room.id, isMember, run],
  );
  const [sought, setSought] = useSought(room.id);
  useEffect(() => {
    if (!sought || stretch.loading === 'first') return;
    setSought(null);
    messages.current?.toMessage(sought.id, sought.cursor);
  }, [sought, setSought, stretch.loading]);
  const perform = (deed: Deed, said: Said) => {
    setChosen(null);
    if (deed === 'reply') setMode({ what: 'reply', to: said });
    else if (deed === 'edit') setMode({ what: 'edit', of: said });
    else if (deed === 'thread') setThread(said);
    else if (deed === 'delete') setRemoving(said);
    else if (deed === 'versions') setVersions(said);
    else if (deed === 'report') setReporting(said);
    else if (deed === 'copy') void run(() => navigator.clipboard.writeText(said.body));
    else if (deed === 'pin') void run(() => chat.pin(room.id, said));
    else void run(() => block(chat, said.author!.id));
  };
  return (
    <main className="conversation" id="conversation" aria-label={say.conversationWith(title)}>
      <header>
        <Back />
        <Face room={room} />
        <div className="about">
          <h1 dir="auto">{title}</h1>
          {room.topic && <p title={room.topic}>{room.topic}</p>}
        </div>
        {room.kind !== 'DIRECT' && (
          <Button
            className="members"
            aria-label={say.memberCount(room.memberCount)}
            onPress={() => setOver('members')}
          >
            <Users aria-hidden="true" />
            <span aria-hidden="true">{room.memberCount}</span>
          </Button>
        )}
        {isMember && !muted && <CallButton room={room} />}
        {room.kind === 'DIRECT' && <DirectButton room={room} />}
        <Button className="icon" aria-label={say.pins} onPress={() => setOver('pins')}>
          <Pin aria-hidden="true" />
        </Button>
        <Button className="icon" aria-label={say.files} onPress={() => setOver('files')}>
          <Paperclip aria-hidden="true" />
        </Button>
      </header>
      {line !== null && !isPassed && (beyond || place === 'above') && (
        <div className="unread">
          <Button onPress={() => messages.current?.toFirst(mark!.lastRead)}>
            <ArrowUp aria-hidden="true" />
            {say.newSince(Math.max(count, (room.lastMessage?.number ?? 0) - line))}
          </Button>
          <Button className="icon" aria-label={say.hide} onPress={done}>
            <X aria-hidden="true" />
          </Button>
        </div>
      )}
      <Messages
        history={history}
        stretch={stretch}
        outgoing={own}
        line={line}
        unread={count}
        title={title}
        onEnd={setAtEnd}
        onLine={setPlace}
        onType={type}
        doing={doing}
        handle={messages}
      />
      <Wrong problem={problem} />
      {isMember && <Typists channelId={room.id} />}
      {muted ? (
        <Muted until={room.membership!.mutedUntil!} />
      ) : room.membership ? (
        <Composer
          channelId={room.id}
          mode={mode}
          onMode={setMode}
          title={title}
          onSent={() => {
            setMark(null);
            messages.current?.toEnd();
          }}
          onUp={() => messages.current?.focusLast()}
          handle={composer}
        />
      ) : (
        <LookingIn room={room} />
      )}
      <Announcer channelId={room.id} title={title} />
      {chosen && (
        <Actions
          room={room}
          said={stretch.messages.find(({ id }) => id === chosen.said.id) ?? chosen.said}
          anchor={{ current: chosen.button }}
          onDeed={(deed) => perform(deed, chosen.said)}
          onReact={(emoji) => {
            setChosen(null);
            doing.onReact?.(chosen.said, emoji);
          }}
          onClose={() => setChosen(null)}
        />
      )}
      {thread && (
        <Thread
          room={room}
          said={thread}
          onReply={(to) => {
            setThread(null);
            setMode({ what: 'reply', to });
          }}
          onClose={() => setThread(null)}
        />
      )}
      {file && <FileSheet id={file.id} name={file.name} onClose={() => setFile(null)} />}
      {versions && <Versions said={versions} onClose={() => setVersions(null)} />}
      {reporting && <Reporting said={reporting} onClose={() => setReporting(null)} />}
      {removing && (
        <Sheet title={say.removeSure} onClose={() => setRemoving(null)}>
          <Excerpt said={removing} />
          <div className="deeds">
            <Button onPress={() => setRemoving(null)} autoFocus>
              {say.cancel}
            </Button>
            <Button
              className="grave"
              onPress={() => void run(() => chat.remove(room.id, removing.id)).then(() => setRemoving(null))}
            >
              {say.remove}
            </Button>
          </div>
        </Sheet>
      )}
      {over === 'pins' && (
        <Pins
          room={room}
          onVisit={({ id, cursor }) => {
            setOver(null);
            messages.current?.toMessage(id, cursor);
          }}
          onClose={() => setOver(null)}
        />
      )}
      {over === 'files' && <ChannelFiles room={room} onClose={() => setOver(null)} />}
      {over === 'members' && <Members room={room} onClose={() => setOver(null)} />}
    </main>
  );
}

const NONE: never[] = [];
