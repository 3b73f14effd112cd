// The message that one goes to from elsewhere, until its conversation has taken one there.
import { store, useStore } from '../store';

export interface Sought {
  readonly channelId: string;
  readonly id: string;
  readonly cursor: string;
}

const sought = store<Sought | null>(null);

export const seek = (message: Sought): void => sought.set(message);

/** The message to go to in this conversation. */
export function useSought(channelId: string): [Sought | null, (next: null) => void] {
  const now = useStore(sought);
  return [now?.channelId === channelId ? now : null, sought.set];
}
