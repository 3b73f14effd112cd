// Links to files hold for an hour or two: who looks for longer asks for new ones.
import { useState } from 'react';
import { OneFileDocument } from '../api/apart/generated/graphql';
import type { Shown } from '../api/said';
import type { Chat } from '../chat';

const HOUR = 3_600_000;

/** Whether a link may be good no longer: it says in which hour it was made. */
function old(url: string): boolean {
  const made = /\/files\/[^/]+\/(\d+)-/.exec(url);
  return made !== null && Date.now() / HOUR - Number(made[1]) >= 1;
}

/** The file, and what asks for it anew. */
export function useFresh(chat: Chat, given: Shown): { file: Shown; renew: () => Promise<Shown> } {
  const [newer, setNewer] = useState<{ given: Shown; file: Shown } | null>(null);
  const file = newer?.given === given ? newer.file : given;
  const renew = async () => {
    const { data } = await chat.client.query({
      query: OneFileDocument,
      variables: { id: given.id },
      fetchPolicy: 'no-cache',
    });
    const found = data!.file!;
    setNewer({ given, file: found });
    return found;
  };
  return { file, renew };
}

/** Opens a link, after it was renewed where it may be too old. */
export async function follow(url: string, renew: () => Promise<string | null>): Promise<void> {
  const tab = window.open(old(url) ? '' : url, '_blank');
  if (!old(url)) return;
  const fresh = await renew().catch(() => null);
  if (fresh && tab) tab.location.href = fresh;
  else tab?.close();
}

export const isOld = old;
