// Where a message stands in the list, and the way to it: what is drawn on it is measured, and moves it.
import type { RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';

export type LinePlace = 'above' | 'here' | 'below' | null;

/** In pixels: so much of what is above stays in sight where one goes to a message. */
const MARGIN = 40;
/** So many frames it has to stay in its place, and so many at the most this is waited for. */
const STILL = 4;
const FRAMES = 90;

export function placeOf(list: VirtualizerHandle, at: number): LinePlace {
  const offset = list.getItemOffset(at);
  if (offset + MARGIN < list.scrollOffset) return 'above';
  return offset < list.scrollOffset + list.viewportSize ? 'here' : 'below';
}

/** Scrolls until the message is at the top, and stays there; or until the list is gone. */
export async function takenTo(list: RefObject<VirtualizerHandle | null>, at: number): Promise<void> {
  for (let frame = 0, still = 0; frame < FRAMES && still < STILL; frame++) {
    await new Promise(requestAnimationFrame);
    if (!list.current) return;
    if (isAt(list.current, at)) still += 1;
    else list.current.scrollToIndex(at, { align: 'start', offset: -MARGIN });
  }
}

/** Whether it is as near to the top as it can be. */
function isAt(list: VirtualizerHandle, at: number): boolean {
  const away = list.getItemOffset(at) - MARGIN - list.scrollOffset;
  const { scrollOffset, scrollSize, viewportSize } = list;
  return Math.abs(away) < 2 || (away > 0 && scrollOffset + viewportSize > scrollSize - 2) || (away < 0 && scrollOffset < 2);
}
