// A message as the server tells of it, with nothing hanging on it.
import type { Said } from '../src/api/said';

export const plain = {
  author: null,
  editedAt: null,
  deletedAt: null,
  pinnedAt: null,
  replyTo: null,
  thread: null,
  replyCount: 0,
  reactions: [],
  files: [],
  mentions: [],
} satisfies Partial<Said>;
