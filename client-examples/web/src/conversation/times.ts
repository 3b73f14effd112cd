// Moments, as people write them.
import type { Words } from '../words';

const formats = new Map<string, Intl.DateTimeFormat>();

/** As is usual where somebody lives. Making a format takes long, using one does not. */
function format(code: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = code + JSON.stringify(options);
  const local = navigator.languages.find((tag) => tag.startsWith(code)) ?? code;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(local, options);
  formats.set(key, known);
  return known;
}

export const shortTime = (iso: string, say: Words) =>
  format(say.code, { hour: 'numeric', minute: '2-digit' }).format(new Date(iso));

export const fullTime = (iso: string, say: Words) =>
  format(say.code, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(iso));

/** The same in few words. */
export const stamp = (iso: string, say: Words) =>
  format(say.code, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));

/** A day of this year, as the calendar of UTC has it. */
export const shortDate = (iso: string, say: Words) =>
  format(say.code, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(iso));

export function dayName(iso: string, say: Words): string {
  const date = new Date(iso);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return say.today;
  if (date.toDateString() === yesterday.toDateString()) return say.yesterday;
  const year = date.getFullYear() === today.getFullYear() ? undefined : 'numeric';
  return format(say.code, { weekday: 'long', day: 'numeric', month: 'long', year }).format(date);
}

/** The time of today, and the day before that. */
export const shortDay = (iso: string, say: Words): string =>
  new Date(iso).toDateString() === new Date().toDateString()
    ? shortTime(iso, say)
    : format(say.code, { dateStyle: 'medium' }).format(new Date(iso));
