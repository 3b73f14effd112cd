// How what is read of channels at different moments goes together in the cache.
import { InMemoryCache, type FieldPolicy, type Reference, type TypePolicy } from '@apollo/client';

interface Rooms {
  nodes: readonly Reference[];
  pageInfo: unknown;
}

/** One list of all of one's channels, however many pages it came in. */
const roomsPolicy: FieldPolicy<Rooms> = {
  keyArgs: false,
  merge(there, read, { args }) {
    if (!args?.after || !there) return read;
    const known = new Set(there.nodes.map(({ __ref }) => __ref));
    return { ...read, nodes: [...there.nodes, ...read.nodes.filter(({ __ref }) => !known.has(__ref))] };
  },
};

interface Nodes {
  readonly nodes: readonly unknown[];
}

/** A list with the next page of it. */
export const withMore = <List extends Nodes>(there: List, next: List): List => ({
  ...next,
  nodes: [...there.nodes, ...next.nodes],
});

interface Numbered {
  number: number;
}

interface Marked {
  lastRead: string | null;
  lastReadNumber: number;
  purgedUnread: number;
}

/** An answer may be older than an event that came before it: what is further on stays. */
const later = <T extends Numbered>(there: T | null | undefined, read: T | null): T | null =>
  there && read && there.number > read.number ? there : read;

const furtherRead = <T extends Marked>(there: T | null | undefined, read: T | null): T | null =>
  there && read && there.lastReadNumber > read.lastReadNumber
    ? { ...read, lastRead: there.lastRead, lastReadNumber: there.lastReadNumber, purgedUnread: there.purgedUnread }
    : read;

const channelPolicy: TypePolicy = {
  fields: {
    lastMessage: { merge: (there, read) => later(there, read) },
    lastNumber: { merge: (there: number | undefined, read: number) => Math.max(there ?? 0, read) },
    membership: { merge: (there, read) => furtherRead(there, read) },
  },
};

export const memory = (): InMemoryCache =>
  new InMemoryCache({
    typePolicies: {
      Query: { fields: { channels: roomsPolicy } },
      Channel: channelPolicy,
      // Kept as a part of what it was read with, so that none is kept for ever.
      Message: { keyFields: false },
    },
  });
