// Comparing resourceVersions: decimal numbers that grow with every write of a resource, too large for a double.

/** True when `a` was written after `b`. Both are decimal without leading zeros; the empty text is older than everything. */
export function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
