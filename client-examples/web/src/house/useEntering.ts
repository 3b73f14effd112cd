// Into a channel from a list of them, which is closed by that.
import { useInside } from '../App';
import { useDoing } from '../ui/useDoing';
import { join } from './deeds';

export interface Entered {
  visit: (channelId: string) => void;
  onClose: () => void;
}

export function useEntering({ visit, onClose }: Entered) {
  const { chat } = useInside();
  const doing = useDoing();
  const enter = (id: string) => {
    onClose();
    visit(id);
  };
  const joinAndEnter = (id: string) => doing.run(() => join(chat, id).then(() => enter(id)));
  return { ...doing, enter, joinAndEnter };
}
