// Everybody with an account, and what can be done about them.
import { Ellipsis } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { useInside } from '../App';
import { AccountsDocument, type AccountFragment, type Role } from '../api/apart/generated/graphql';
import { useStore } from '../store';
import { Avatar } from '../ui/Avatar';
import { Field } from '../ui/Field';
import { Wrong } from '../ui/Wrong';
import { useWords } from './useWords';
import { BanSheet, ChangeSheet, CreateSheet, DeleteSheet, LinkSheet, PurgeSheet, SureSheet } from './deeds';
import { giveRole, resetFactor, resetPassword, unban } from './calls';
import { useListed } from './listed';
import { More } from './More';

type Over =
  | { what: 'ban' | 'change' | 'delete' | 'purge'; whom: AccountFragment }
  | { what: 'create' }
  | { what: 'sure'; title: string; work: () => Promise<unknown> }
  | { what: 'link'; url: string; name: string }
  | null;

const ROLES = ['MEMBER', 'MODERATOR', 'ADMIN'] as const;
const isRole = (deed: string): deed is Role => ROLES.some((role) => role === deed);

export function People() {
  const say = useWords();
  const { chat, me } = useInside();
  const [sought, setSought] = useState('');
  const [role, setRole] = useState<Role | ''>('');
  const [only, setOnly] = useState('');
  const [over, setOver] = useState<Over>(null);
  const search = useDeferredValue(sought.trim());
  const list = useListed(AccountsDocument, 'users', {
    search,
    role: role || null,
    banned: only === 'banned' ? true : null,
    first: 50,
  });
  const online = useStore(chat.presence.online);
  const changing = (work: () => Promise<unknown>) => void list.run(() => work().then(list.again));
  const act = (deed: string, whom: AccountFragment) => {
    if (deed === 'unban') changing(() => unban(chat, whom.id));
    else if (deed === 'factor')
      setOver({ what: 'sure', title: say.admin.factorSure(whom.displayName), work: () => resetFactor(chat, whom.id) });
    else if (deed === 'link')
      void list.run(async () => setOver({ what: 'link', url: await resetPassword(chat, whom.id), name: whom.displayName }));
    else if (isRole(deed)) {
      const title = say.admin.roleSure(whom.displayName, say.admin.roles[deed]);
      setOver({ what: 'sure', title, work: () => giveRole(chat, whom.id, deed) });
    }
    else setOver({ what: deed as 'ban', whom });
  };
  const close = (changed = false) => {
    setOver(null);
    if (changed) void list.again().catch(() => {});
  };
  return (
    <>
      <div className="filters">
        <Field label={say.searchPeople} value={sought} onChange={setSought} type="search" />
        <label className="field">
          <span>{say.admin.role}</span>
          <select value={role} onChange={({ target }) => setRole(target.value as Role | '')}>
            <option value="">{say.admin.anything}</option>
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {say.admin.roles[one]}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{say.admin.show}</span>
          <select value={only} onChange={({ target }) => setOnly(target.value)}>
            <option value="">{say.admin.anything}</option>
            <option value="banned">{say.admin.onlyBanned}</option>
          </select>
        </label>
        {me.role === 'ADMIN' && (
          <Button className="main" onPress={() => setOver({ what: 'create' })}>
            {say.admin.create}
          </Button>
        )}
      </div>
      <Wrong problem={list.problem} />
      <ul className="entries">
        {list.nodes?.map((person) => (
          <li key={person.id}>
            <Avatar person={person} online={online.has(person.id)} />
            <span className="about">
              <strong>{person.id === me.id ? say.yourself(person.displayName) : person.displayName}</strong>
              <small>
                @{person.username}
                {person.email && ` · ${person.email}`}
                {person.secondFactor && ` · ${say.safety.factorOn}`}
                {person.banned && ` · ${say.banned}`}
              </small>
            </span>
            {person.role !== 'MEMBER' && <small className="badge">{say.admin.roles[person.role]}</small>}
            {person.id !== me.id && (me.role === 'ADMIN' || person.role === 'MEMBER') && (
              <Deeds person={person} onDeed={(deed) => act(deed, person)} />
            )}
          </li>
        ))}
      </ul>
      <More {...list} none={say.nothingFound} />
      {over?.what === 'ban' && <BanSheet whom={over.whom} onClose={close} />}
      {over?.what === 'change' && <ChangeSheet whom={over.whom} onClose={close} />}
      {over?.what === 'delete' && <DeleteSheet whom={over.whom} onClose={close} />}
      {over?.what === 'purge' && <PurgeSheet whom={over.whom} onClose={close} />}
      {over?.what === 'sure' && <SureSheet title={over.title} work={over.work} onClose={close} />}
      {over?.what === 'create' && (
        <CreateSheet
          onClose={close}
          onMade={(url, name) => {
            void list.again().catch(() => {});
            setOver(url ? { what: 'link', url, name } : null);
          }}
        />
      )}
      {over?.what === 'link' && <LinkSheet url={over.url} name={over.name} onClose={close} />}
    </>
  );
}

function Deeds({ person, onDeed }: { person: AccountFragment; onDeed: (deed: string) => void }) {
  const say = useWords();
  const { me } = useInside();
  const isAdmin = me.role === 'ADMIN';
  return (
    <MenuTrigger>
      <Button className="icon" aria-label={say.actionsFor(person.displayName)}>
        <Ellipsis aria-hidden="true" />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" onAction={(key) => onDeed(String(key))}>
          {isAdmin && <MenuItem id="change">{say.admin.change}</MenuItem>}
          {isAdmin && <MenuItem id="link">{say.admin.resetPassword}</MenuItem>}
          {isAdmin && person.secondFactor && <MenuItem id="factor">{say.admin.resetFactor}</MenuItem>}
          {isAdmin &&
            ROLES.filter((role) => role !== person.role).map((role) => (
              <MenuItem key={role} id={role}>
                {say.admin.make(say.admin.roles[role])}
              </MenuItem>
            ))}
          {isAdmin && <Separator />}
          {person.banned ? (
            <MenuItem id="unban">{say.admin.unban}</MenuItem>
          ) : (
            <MenuItem id="ban" className="react-aria-MenuItem grave">
              {say.admin.ban}
            </MenuItem>
          )}
          {isAdmin && (
            <MenuItem id="purge" className="react-aria-MenuItem grave">
              {say.admin.purge}
            </MenuItem>
          )}
          {isAdmin && (
            <MenuItem id="delete" className="react-aria-MenuItem grave">
              {say.admin.delete}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
