// Keys, as they are called on the keyboard at hand.
const APPLE = /Mac|iP(hone|ad|od)/.test(navigator.platform);
const CALLED: Record<string, string> = APPLE ? { Ctrl: '⌘', Alt: '⌥' } : {};

export function Keys({ of }: { of: readonly string[] }) {
  return (
    <span className="keys">
      {of.map((key) => (
        <kbd key={key}>{CALLED[key] ?? key}</kbd>
      ))}
    </span>
  );
}
