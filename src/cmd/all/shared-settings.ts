// What can be said once a process, and is taken from the first component: said differently by another one, it has no effect, and that is told.
import { deepEqual } from '../../base/deep-equal.ts';
import { atPath, defaultDocument } from '../document.ts';
import { loggingFlags } from '../flags/logging-flags.ts';
import { metricsFlags, profilingFlags } from '../flags/process-flags.ts';
import type { Member } from '../run-together.ts';

const fields = ['metricsListenAddress', 'metricsTLSConfig', 'enablePprof', 'pprofAddress', 'logging.format'];
const defaults = defaultDocument([...metricsFlags, ...profilingFlags, ...loggingFlags.flags]);

/** Warnings about settings of `other` that give way to those of `first`; a default gives way without a word. */
export function idleSettings(first: Member, other: Member): string[] {
  const isIdle = (field: string): boolean => {
    const asked = atPath(other.config, field);
    return !deepEqual(asked, atPath(first.config, field)) && !deepEqual(asked, atPath(defaults, field));
  };
  return fields
    .filter(isIdle)
    .map((field) => `${field} of the ${other.name} has no effect: in one process it is that of the ${first.name}`);
}
