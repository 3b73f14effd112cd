// The parts of what those see who keep order.
import type { OfOrder } from './words';

export type Part = keyof OfOrder['parts'];

/** Who may see it: moderators as well, or admins alone. */
export const PARTS: Record<Part, 'MODERATOR' | 'ADMIN'> = {
  reports: 'MODERATOR',
  bans: 'MODERATOR',
  users: 'MODERATOR',
  audit: 'ADMIN',
  activity: 'ADMIN',
};

export const isPart = (name: string): name is Part => Object.hasOwn(PARTS, name);
