// What stands in the list: messages with the days, the groups and the line that lie between them.
import type { Said } from '../api/said';
import type { Outgoing } from './outbox';

export interface Row {
  readonly key: string;
  readonly said: Said | null;
  readonly outgoing: Outgoing | null;
  /** The day that begins with it, if one does. */
  readonly day: string | null;
  /** Whether its author and time stand above it. */
  readonly heads: boolean;
  /** Whether the unread messages begin with it. */
  readonly fresh: boolean;
  /** Whether nothing was said before. */
  readonly begins: boolean;
}

/** In milliseconds: who goes on after so long begins a new group. */
const PAUSE = 5 * 60_000;

interface Moment {
  readonly time: number;
  readonly day: string;
}

const moments = new WeakMap<object, Moment>();

/** When it was said: to be found out once, for dates are slow. */
function moment(message: Said | Outgoing): Moment {
  const known = moments.get(message);
  if (known) return known;
  const date = new Date(message.createdAt);
  const found = { time: date.getTime(), day: date.toDateString() };
  moments.set(message, found);
  return found;
}

/** Gives the same row for the same message as long as it looks the same. */
export function rowMaker(meId: string) {
  const known = new WeakMap<object, Row>();

  return function rows(
    messages: readonly Said[],
    outgoing: readonly Outgoing[],
    line: number | null,
    fromStart: boolean,
  ): Row[] {
    const there = new Set(messages.map(({ id }) => id));
    const all = [...messages, ...outgoing.filter(({ id }) => !there.has(id))];
    let before: Said | Outgoing | null = null;
    return all.map((message, at) => {
      const { time, day: today } = moment(message);
      const day = before && moment(before).day === today ? null : message.createdAt;
      const number = numberOf(message);
      const previous = before ? numberOf(before) : fromStart ? -1 : number - 1;
      const fresh = line !== null && number > line && previous <= line && 'number' in message;
      const goesOn =
        before !== null &&
        author(before, meId) === author(message, meId) &&
        time - moment(before).time < PAUSE;
      const row: Row = {
        key: message.id,
        said: 'number' in message ? message : null,
        outgoing: 'number' in message ? null : message,
        day,
        heads: Boolean(day) || fresh || !goesOn,
        fresh,
        begins: fromStart && at === 0,
      };
      before = message;
      const same = known.get(message);
      if (same && alike(same, row)) return same;
      known.set(message, row);
      return row;
    });
  };
}

/** What is still on its way will come after all the others. */
const numberOf = (message: Said | Outgoing): number => ('number' in message ? message.number : Infinity);

const author = (message: Said | Outgoing, meId: string): string =>
  'number' in message ? (message.author?.id ?? '') : meId;

const alike = (one: Row, other: Row): boolean =>
  one.day === other.day &&
  one.heads === other.heads &&
  one.fresh === other.fresh &&
  one.begins === other.begins;
