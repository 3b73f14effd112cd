// How large files are.
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** How large something is, as people say it. */
export function sized(bytes: number, code: string): string {
  const at = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const form = { style: 'unit', unit: UNITS[at]!, unitDisplay: at ? 'short' : 'long', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(code, form).format(bytes / 1000 ** at);
}
