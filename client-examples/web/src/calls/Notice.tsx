// Something that one is told wherever one looks, and what can be done about it.
import { announce } from '@react-aria/live-announcer';
import { X } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWords } from '../words';

interface Noticed {
  text: string;
  face?: ReactNode;
  children?: ReactNode;
  /** Whether it is not to wait until one has read what one reads. */
  grave?: boolean;
  onClose?: () => void;
}

export function Notice({ text, face, children, grave, onClose }: Noticed) {
  const say = useWords();
  // A region that comes with its text is not read by all screen readers.
  useEffect(() => {
    announce(text, grave ? 'assertive' : 'polite');
  }, [text, grave]);
  return (
    <section className="notice" aria-label={text}>
      {face}
      <p>{text}</p>
      {onClose && (
        <Button className="icon" aria-label={say.close} onPress={onClose}>
          <X aria-hidden="true" />
        </Button>
      )}
      {children && <div className="deeds">{children}</div>}
    </section>
  );
}
