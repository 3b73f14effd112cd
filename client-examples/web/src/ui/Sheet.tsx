// What lies over the page until it is done with: a dialog, which on a phone comes up from below.
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useWords } from '../words';

interface Given {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

export function Sheet({ title, onClose, children, wide }: Given) {
  const say = useWords();
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || onClose()}>
      <Modal className={wide ? 'sheet wide' : 'sheet'}>
        <Dialog>
          <header>
            <Heading slot="title">{title}</Heading>
            <Button className="icon" aria-label={say.close} onPress={onClose}>
              <X aria-hidden="true" />
            </Button>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
