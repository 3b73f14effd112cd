// Whom one is about to name: offered after an @, taken by key or by hand.
import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import { useInside } from '../App';
import { MembersOfDocument, PeopleDocument } from '../api/generated/graphql';
import type { Person } from '../api/said';
import { folded } from '../ui/folded';
import { begun, fitting, speaksToAll } from './naming';

/** Somebody, or everybody, that can be named. */
export interface Offer {
  readonly name: string;
  readonly person: Person | null;
}

const SHOWN = 6;
/** Of larger channels, others are found as people of this server. */
const LISTED = 100;

interface Naming {
  readonly offers: readonly Offer[];
  /** Which of them is taken by key. */
  readonly at: number;
  step(by: number): void;
  /** Until something else is begun. */
  dismiss(): void;
}

export function useNaming(channelId: string, before: string): Naming {
  const { chat, me } = useInside();
  const start = begun(before);
  const [dismissed, setDismissed] = useState<number | null>(null);
  const [chosen, setChosen] = useState({ start, at: 0 });
  const place = start === null ? null : before.length - start.length;
  if (place === null && dismissed !== null) setDismissed(null);
  const open = place !== null && place !== dismissed;
  const room = open ? chat.room(channelId) : null;
  const search = useDeferredValue(start ?? '');
  const members = useQuery(MembersOfDocument, {
    variables: { id: channelId, first: LISTED },
    skip: !open,
    fetchPolicy: 'no-cache',
  });
  const others = useQuery(PeopleDocument, {
    variables: { search, first: SHOWN },
    skip: !open || search.length < 2 || (room?.memberCount ?? 0) <= LISTED,
    fetchPolicy: 'no-cache',
  });
  const people = new Map(
    [
      ...((members.data ?? members.previousData)?.channel?.members.nodes.map(({ user }) => user) ?? []),
      ...(others.data?.users?.nodes ?? []),
    ].map((person) => [person.id, person]),
  );
  people.delete(me.id);
  const offers: Offer[] = open
    ? fitting([...people.values()], start!)
        .slice(0, SHOWN)
        .map((person) => ({ name: person.username, person }))
    : [];
  if (room && start && 'channel'.startsWith(folded(start)) && speaksToAll(room, me)) {
    offers.push({ name: 'channel', person: null });
  }
  const at = chosen.start === start ? Math.min(chosen.at, offers.length - 1) : 0;
  return {
    offers,
    at,
    step: (by) => setChosen({ start, at: (at + by + offers.length) % offers.length }),
    dismiss: () => setDismissed(place),
  };
}
