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

const mostWrongItems = 100;

/**
 * What `check` finds in the items, in order. Reading ends with the hundredth item that is wrong: nobody reads more, and a list made to be
 * expensive must not keep everybody else waiting.
 */
export function errorsIn<T>(items: readonly unknown[], check: (item: unknown, index: number) => readonly T[]): T[] {
  const found: T[] = [];
  let wrong = 0;
  for (const [index, item] of items.entries()) {
    const errors = check(item, index);
    if (errors.length === 0) continue;
    found.push(...errors);
    wrong++;
    if (wrong === mostWrongItems) break;
  }
  return found;
}
