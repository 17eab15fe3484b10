// Equality of JSON values.

/**
 * True when both values would be written as the same JSON, whatever the order of their members; a member that is undefined equals an
 * absent one, as it does on the wire. Not for Dates, Maps or class instances.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return Number.isNaN(a) && Number.isNaN(b);
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
    return true;
  }
  return !Array.isArray(b) && sameMembers(a as Record<string, unknown>, b as Record<string, unknown>);
}

function sameMembers(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const name of Object.keys(a)) {
    if (!deepEqual(a[name], Object.hasOwn(b, name) ? b[name] : undefined)) return false;
  }
  for (const name of Object.keys(b)) {
    if (b[name] !== undefined && !Object.hasOwn(a, name)) return false;
  }
  return true;
}
