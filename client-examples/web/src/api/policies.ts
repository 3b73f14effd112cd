// How what is read of channels at different moments goes together in the cache.
import type { FieldPolicy, Reference, TypePolicy } from '@apollo/client';

interface Rooms {
  nodes: readonly Reference[];
  pageInfo: unknown;
}

/** One list of all of one's channels, however many pages it came in. */
export const roomsPolicy: FieldPolicy<Rooms> = {
  keyArgs: false,
  merge(there, read, { args }) {
    if (!args?.after || !there) return read;
    const known = new Set(there.nodes.map(({ __ref }) => __ref));
    return { ...read, nodes: [...there.nodes, ...read.nodes.filter(({ __ref }) => !known.has(__ref))] };
  },
};

interface Numbered {
  number: number;
}

interface Marked {
  lastReadNumber: number;
}

/** An answer may be older than an event that came before it: what is further on stays. */
export const later = <T extends Numbered>(there: T | null | undefined, read: T | null): T | null =>
  there && read && there.number > read.number ? there : read;

export const furtherRead = <T extends Marked>(there: T | null | undefined, read: T | null): T | null =>
  there && read && there.lastReadNumber > read.lastReadNumber
    ? { ...read, lastRead: (there as any).lastRead, lastReadNumber: there.lastReadNumber }
    : read;

export const channelPolicy: TypePolicy = {
  fields: {
    lastMessage: { merge: (there, read) => later(there, read) },
    membership: { merge: (there, read) => furtherRead(there, read) },
  },
};
