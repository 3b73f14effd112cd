// What conversations are called.
import type { Person, Room } from '../api/said';
import type { Words } from '../words';

/** Who else is in a conversation without a name; nobody in one with oneself. */
export const others = (room: Room, meId: string): readonly Person[] =>
  room.people.nodes.map(({ user }) => user).filter(({ id }) => id !== meId);

export function titleOf(room: Room, meId: string, say: Words): string {
  if (room.name) return room.name;
  const names = others(room, meId).map(({ displayName }) => displayName);
  if (!names.length) return room.kind === 'DIRECT' ? say.notes : say.onlyYou;
  const more = room.memberCount - 1 - names.length;
  return names.join(', ') + (more > 0 ? ` +${more}` : '');
}
