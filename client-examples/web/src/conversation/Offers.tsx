// Whom one can name, above what one writes.
import { Avatar } from '../ui/Avatar';
import { useWords } from '../words';
import type { Offer } from './useNaming';

interface Given {
  offers: readonly Offer[];
  at: number;
  onTake: (name: string) => void;
}

export const offerId = (at: number) => `offer-${at}`;

export function Offers({ offers, at, onTake }: Given) {
  const say = useWords();
  return (
    <div className="offers menu" id="offers" role="listbox" aria-label={say.members}>
      {offers.map(({ name, person }, place) => (
        <div
          key={name}
          id={offerId(place)}
          role="option"
          className="react-aria-MenuItem"
          aria-selected={place === at}
          data-focused={place === at || undefined}
          // The text keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onTake(name)}
        >
          {person && <Avatar person={person} />}
          <span className="name">{person?.displayName ?? say.everybodyHere}</span>
          <small className="quiet">@{name}</small>
        </div>
      ))}
    </div>
  );
}
