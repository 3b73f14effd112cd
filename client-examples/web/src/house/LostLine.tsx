// Tells that the line to the server is lost, if that lasts: one that is mended at once is nobody's trouble.
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { useInside } from '../App';
import { useStore } from '../store';
import { useWords } from '../words';

export function LostLine() {
  const say = useWords();
  const { chat } = useInside();
  const line = useStore(chat.line.line);
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (line !== 'lost') {
      if (line === 'open') setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), 1_000);
    return () => clearTimeout(timer);
  }, [line]);
  return (
    <div className="line" role="status">
      {lasting && line !== 'open' && (
        <>
          <span>{say.lineLost}</span>
          <Button className="link" onPress={() => chat.line.hurry()}>
            {say.hurry}
          </Button>
        </>
      )}
    </div>
  );
}
