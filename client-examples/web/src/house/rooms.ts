// One's channels, as they are shown, and what is unread.
import { useQuery } from '@apollo/client/react';
import { useMemo } from 'react';
import { useInside } from '../App';
import { RoomsDocument } from '../api/generated/graphql';
import type { Room } from '../api/said';
import { useWords } from '../words';
import { titleOf } from './titles';

/** Those with the latest activity first. */
export function useRooms(): readonly Room[] {
  const { data, previousData } = useQuery(RoomsDocument, { fetchPolicy: 'cache-only' });
  const nodes = (data ?? previousData)?.channels?.nodes;
  return useMemo(() => [...(nodes ?? [])].sort(byActivity), [nodes]);
}

/** As they stand in the list: channels, and below them those with people. */
export function inSections(rooms: readonly Room[]) {
  const isDirect = ({ kind }: Room) => kind === 'DIRECT' || kind === 'GROUP';
  return { channels: rooms.filter((room) => !isDirect(room)), direct: rooms.filter(isDirect) };
}

const activity = (room: Room): string => room.lastMessage?.createdAt ?? room.createdAt;

const byActivity = (one: Room, other: Room): number =>
  activity(one) < activity(other) ? 1 : activity(one) > activity(other) ? -1 : 0;

export const unread = ({ membership, lastNumber }: Room): number =>
  membership ? Math.max(0, lastNumber - membership.lastReadNumber - membership.purgedUnread) : 0;

export function useTitle(): (room: Room) => string {
  const say = useWords();
  const { me } = useInside();
  return (room) => titleOf(room, me.id, say);
}
