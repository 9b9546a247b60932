/**
 * The key by which names sort as a person sorts them: neither case nor accents split the alphabet. Kept beside the
 * name, because an index can hold a key but no rule of sorting.
 */
export function nameKey(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
