// Going somewhere by the first letters of its name, or of somebody's.
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
} from 'react-aria-components';
import { useInside } from '../App';
import { PeopleDocument } from '../api/generated/graphql';
import type { Room } from '../api/said';
import { Avatar } from '../ui/Avatar';
import { folded } from '../ui/folded';
import { useDoing } from '../ui/useDoing';
import { Wrong } from '../ui/Wrong';
import { useWords } from '../words';
import { openDirect } from './deeds';
import { useTitle } from './rooms';
import { Face } from './Sidebar';
import { others } from './titles';

interface Given {
  rooms: readonly Room[];
  visit: (channelId: string) => void;
  onClose: () => void;
}

const SHOWN = 12;

export function Switcher({ rooms, visit, onClose }: Given) {
  const say = useWords();
  const title = useTitle();
  const { chat, me } = useInside();
  const { problem, run } = useDoing();
  const [sought, setSought] = useState('');
  const search = useDeferredValue(sought.trim());
  const { data } = useQuery(PeopleDocument, {
    variables: { search, first: SHOWN },
    skip: search.length < 2,
    fetchPolicy: 'no-cache',
  });
  const fits = (room: Room) => folded(title(room)).includes(folded(search));
  const found = rooms.filter(fits).slice(0, SHOWN);
  const known = new Set(
    rooms.filter(({ kind }) => kind === 'DIRECT').map((room) => (others(room, me.id)[0] ?? me).id),
  );
  const people = (search.length < 2 ? [] : (data?.users?.nodes ?? [])).filter(({ id }) => !known.has(id));

  const choose = (key: React.Key) => {
    const [what, id] = String(key).split(':') as [string, string];
    if (what === 'room') {
      onClose();
      visit(id);
      return;
    }
    void run(async () => {
      const channelId = await openDirect(chat, id);
      onClose();
      visit(channelId);
    });
  };
  const pressed = (event: React.KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onClose();
  };
  return (
    <ModalOverlay className="veil top" isOpen isDismissable onOpenChange={(open) => open || onClose()}>
      {/* Closed at once, whatever has been typed: the field would only be emptied first. */}
      <Modal className="sheet switcher">
        <div onKeyDownCapture={pressed}>
        <Dialog aria-label={say.switchTo}>
          <Autocomplete inputValue={sought} onInputChange={setSought}>
            <SearchField className="field" aria-label={say.switchHelp} autoFocus>
              <Input placeholder={say.switchHelp} />
            </SearchField>
            <Wrong problem={problem} />
            <Menu className="menu" aria-label={say.switchTo} onAction={choose} renderEmptyState={() => <p className="quiet">{say.nothingFound}</p>}>
              {found.length > 0 && (
                <MenuSection>
                  <Header className="unseen">{say.conversations}</Header>
                  {found.map((room) => (
                    <MenuItem key={room.id} id={`room:${room.id}`} textValue={title(room)}>
                      <Face room={room} />
                      <span className="name">{title(room)}</span>
                    </MenuItem>
                  ))}
                </MenuSection>
              )}
              {people.length > 0 && (
                <MenuSection>
                  <Header>{say.people}</Header>
                  {people.map((person) => (
                    <MenuItem key={person.id} id={`person:${person.id}`} textValue={person.displayName}>
                      <Avatar person={person} />
                      <span className="name">{person.displayName}</span>
                      <span className="quiet">@{person.username}</span>
                    </MenuItem>
                  ))}
                </MenuSection>
              )}
            </Menu>
          </Autocomplete>
        </Dialog>
        </div>
      </Modal>
    </ModalOverlay>
  );
}
