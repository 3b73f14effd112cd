// What can be done with a message: shown beside the one that was chosen.
import { Copy, Flag, History, MessageSquareReply, MessagesSquare, Pencil, Pin, PinOff, Trash2, UserX } from 'lucide-react';
import type { RefObject } from 'react';
import { Button, Dialog, Menu, MenuItem, Popover } from 'react-aria-components';
import { useInside } from '../App';
import type { Room, Said } from '../api/said';
import { useWords } from '../words';

/** Those that are wanted most often. */
export const EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀'];

export type Deed = 'versions' | 'reply' | 'thread' | 'edit' | 'delete' | 'pin' | 'copy' | 'report' | 'block';

interface Given {
  room: Room;
  said: Said;
  /** The button that it belongs to. */
  anchor: RefObject<HTMLElement | null>;
  onDeed: (deed: Deed) => void;
  onReact: (emoji: string) => void;
  onClose: () => void;
}

export function Actions({ room, said, anchor, onDeed, onReact, onClose }: Given) {
  const say = useWords();
  const { me } = useInside();
  const own = said.author?.id === me.id;
  const member = room.membership !== null;
  const gone = said.deletedAt !== null;
  const deeds = [
    member && !gone && ({ id: 'reply', Icon: MessageSquareReply, label: say.reply } as const),
    (said.thread || said.replyCount > 0) && ({ id: 'thread', Icon: MessagesSquare, label: say.showThread } as const),
    said.editedAt !== null &&
      ((own && member) || keepsOrder(room, me.role)) &&
      ({ id: 'versions', Icon: History, label: say.versions } as const),
    own && member && !gone && ({ id: 'edit', Icon: Pencil, label: say.edit } as const),
    mayPin(room, me.role) &&
      !gone &&
      ({
        id: 'pin',
        Icon: said.pinnedAt ? PinOff : Pin,
        label: said.pinnedAt ? say.unpin : say.pin,
      } as const),
    !gone && ({ id: 'copy', Icon: Copy, label: say.copy } as const),
    ((own && member) || keepsOrder(room, me.role)) &&
      !gone &&
      ({ id: 'delete', Icon: Trash2, label: say.remove } as const),
    !own && !gone && ({ id: 'report', Icon: Flag, label: say.report } as const),
    !own && said.author && ({ id: 'block', Icon: UserX, label: say.block(said.author.displayName) } as const),
  ].filter((deed) => deed !== false && deed !== null);
  return (
    <Popover
      className="popover actions"
      triggerRef={anchor}
      isOpen
      onOpenChange={(open) => open || onClose()}
      placement="bottom end"
    >
      <Dialog aria-label={say.actions}>
        {member && !gone && (
          <div className="emoji" role="group" aria-label={say.react}>
            {EMOJI.map((emoji) => (
              <Button
                key={emoji}
                aria-label={emoji}
                aria-pressed={said.myReactions?.includes(emoji) ?? false}
                onPress={() => onReact(emoji)}
              >
                {emoji}
              </Button>
            ))}
            <form
              onSubmit={(event) => {
                event.preventDefault();
                const emoji = String(new FormData(event.currentTarget).get('emoji')).trim();
                if (emoji) onReact(emoji);
              }}
            >
              <input name="emoji" aria-label={say.otherEmoji} placeholder={say.otherEmoji} autoComplete="off" />
            </form>
          </div>
        )}
        <Menu
          className="menu"
          aria-label={say.actions}
          autoFocus="first"
          onAction={(key) => onDeed(key as Deed)}
          onClose={onClose}
        >
          {deeds.map(({ id, Icon, label }) => (
            <MenuItem key={id} id={id} textValue={label} className={id === 'delete' ? 'react-aria-MenuItem grave' : 'react-aria-MenuItem'}>
              <Icon aria-hidden="true" />
              {label}
            </MenuItem>
          ))}
        </Menu>
      </Dialog>
    </Popover>
  );
}

/** The server decides; this only hides what is in vain. */
function keepsOrder({ kind, membership }: Room, role: string): boolean {
  if (kind === 'DIRECT') return false;
  if (membership?.role === 'OWNER' || membership?.role === 'MODERATOR') return true;
  return kind === 'PUBLIC' && role !== 'MEMBER';
}

const mayPin = (room: Room, role: string): boolean =>
  room.kind === 'PUBLIC' ? keepsOrder(room, role) : room.membership !== null;
