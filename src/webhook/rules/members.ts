// Reading members of JSON whose types nobody has vouched for. A member of the wrong type counts as one that is not there.

export type Members = Readonly<Record<string, unknown>>;

/** The object itself; undefined for anything else, null and lists included. */
export function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

/** The text itself; empty for anything else, as Go reads a string that is not there. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The items of a list; none for anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
