// What is attached to the message that one writes, and how far it is.
import { FileText, X } from 'lucide-react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { useStore } from '../store';
import { sentence } from '../words';
import { uploadsOf } from './uploads';
import { sized } from './sized';
import { useWords } from './useWords';

export function Tray({ channelId, onType }: { channelId: string; onType: () => void }) {
  const say = useWords();
  const { chat } = useInside();
  const attached = useStore(chat.attached).filter((one) => one.channelId === channelId);
  const uploads = uploadsOf(chat);
  return (
    <ul className="tray">
      {attached.map(({ id, name, size, sent, file, preview, problem }) => {
        const percent = size ? Math.floor((100 * sent) / size) : 100;
        const picture = file?.thumbnailUrl ?? preview;
        return (
          <li key={id} data-state={problem ? 'failed' : file ? 'done' : 'uploading'}>
            {picture ? <img src={picture} alt="" /> : <FileText aria-hidden="true" />}
            <span dir="auto" className="name">
              {name}
            </span>
            <span className="quiet">{sized(size, say.code)}</span>
            {!file && !problem && <progress value={sent} max={size || 1} aria-label={say.of.progress(name, percent)} />}
            {problem && (
              <span role="alert" className="failed">
                {sentence(say, problem)}{' '}
                <Button className="link" onPress={() => void uploads.retry(id)}>
                  {say.of.again}
                </Button>
              </span>
            )}
            <Button
              className="icon"
              aria-label={say.of.remove(name)}
              onPress={() => {
                void uploads.cancel(id);
                onType();
              }}
            >
              <X aria-hidden="true" />
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
