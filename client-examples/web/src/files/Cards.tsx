// The files of a message: pictures small, sound and films to play, the rest as cards.
import { FileText, History, ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import type { Shown } from '../api/said';
import { follow, isOld, useFresh } from './fresh';
import { sized } from './sized';
import { useWords } from './useWords';

/** In pixels, of the longer side. */
const SHOWN = 320;

interface Given {
  files: readonly Shown[];
  /** Shows one with its versions. */
  onOpen: (file: Shown) => void;
}

export function Cards({ files, onOpen }: Given) {
  return (
    <ul className="files">
      {files.map((file) => (
        <li key={file.id}>
          <Card given={file} onOpen={() => onOpen(file)} />
        </li>
      ))}
    </ul>
  );
}

export function Card({ given, onOpen }: { given: Shown; onOpen: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const { file, renew } = useFresh(chat, given);
  const { name, size, status, url, thumbnailUrl, contentType, width, height } = file;
  const [tried, setTried] = useState(false);
  const scale = Math.min(1, SHOWN / Math.max(width ?? 1, height ?? 1));
  /** The link may be too old: it is asked for once more. */
  const again = () => {
    if (tried) return;
    setTried(true);
    renew().catch(() => {});
  };
  const open = (event: React.MouseEvent) => {
    if (!url || !isOld(url)) return;
    event.preventDefault();
    void follow(url, async () => (await renew()).url);
  };
  const playable = status === 'READY' && url && /^(video|audio)\//.exec(contentType)?.[1];
  return (
    <figure className="file" data-status={status}>
      {thumbnailUrl && url ? (
        <a href={url} target="_blank" rel="noreferrer" onClick={open}>
          <img
            src={thumbnailUrl}
            alt={name}
            width={Math.round((width ?? SHOWN) * scale)}
            height={Math.round((height ?? SHOWN) * scale)}
            onError={again}
          />
        </a>
      ) : playable === 'video' ? (
        <video controls preload="metadata" src={url!} onError={again} aria-label={name} />
      ) : playable === 'audio' ? (
        <audio controls preload="metadata" src={url!} onError={again} aria-label={name} />
      ) : status === 'QUARANTINED' ? (
        <ShieldAlert aria-hidden="true" />
      ) : (
        <FileText aria-hidden="true" />
      )}
      <figcaption>
        {url ? (
          <a href={url} target="_blank" rel="noreferrer" onClick={open} title={say.of.download(name)} dir="auto">
            {name}
          </a>
        ) : (
          <span dir="auto">{name}</span>
        )}
        <span className="quiet">
          {status === 'READY' ? sized(size, say.code) : status === 'PENDING' ? say.of.pending : say.of.quarantined}
        </span>
        <Button className="icon" aria-label={say.of.versionsOf(name)} onPress={onOpen}>
          <History aria-hidden="true" />
        </Button>
      </figcaption>
    </figure>
  );
}
