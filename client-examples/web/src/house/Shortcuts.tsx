// What the keyboard does.
import { Keys } from '../ui/Keys';
import { Sheet } from '../ui/Sheet';
import { useWords, type Words } from '../words';

const KEYS: Record<keyof Words['shortcutList'], readonly string[]> = {
  switch: ['Ctrl', 'K'],
  next: ['Alt', '↓'],
  previous: ['Alt', '↑'],
  nextUnread: ['Alt', 'Shift', '↓'],
  read: ['Esc'],
  last: ['↑'],
  write: ['Esc'],
  newline: ['Shift', '↵'],
  help: ['Ctrl', '/'],
};

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const say = useWords();
  return (
    <Sheet title={say.shortcuts} onClose={onClose}>
      <dl className="shortcuts">
        {Object.entries(KEYS).map(([name, keys]) => (
          <div key={name}>
            <dt>{say.shortcutList[name as keyof typeof KEYS]}</dt>
            <dd>
              <Keys of={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}
