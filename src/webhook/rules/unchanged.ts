// Whether a part of an object means the same before and after an update, to a reader that fills in what is not there.
import { deepEqual } from '../../base/deep-equal.ts';
import { parseNanoseconds } from '../../base/duration.ts';
import { membersOf } from './members.ts';

/**
 * True where clients written in Go read the same: members that are absent, null, false or the empty string are one and the same there, and so
 * are durations however they are written. Lists and maps that are empty are not the same as none.
 */
export function readsSame(before: unknown, after: unknown): boolean {
  return deepEqual(before, after) || deepEqual(plain(before), plain(after));
}

/** The schema's members whose text is a duration. */
const durations = ['duration', 'waitInsteadOfSelfCheck'];

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  const members = membersOf(value);
  if (members === undefined) return value;
  return Object.fromEntries(
    Object.entries(members)
      .filter(([, member]) => member !== undefined && member !== null && member !== false && member !== '')
      .map(([name, member]) => [name, durations.includes(name) ? durationOf(member) : plain(member)]),
  );
}

function durationOf(value: unknown): unknown {
  const nanoseconds = typeof value === 'string' ? parseNanoseconds(value) : undefined;
  return nanoseconds === undefined ? plain(value) : `${nanoseconds}ns`;
}
