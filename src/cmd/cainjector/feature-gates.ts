// The feature gates of cainjector, as upstream's v1.21 knows them.
import type { Gate } from '../feature-gates.ts';

export const cainjectorGates = [
  {
    name: 'CAInjectorMerging',
    stage: 'GA',
    since: '1.21',
    default: true,
    description: 'a new CA is appended to the bundle; off: it replaces the bundle',
  },
  {
    name: 'ServerSideApply',
    stage: 'deprecated',
    default: false,
    description: 'no effect: bundles are always applied by the server',
  },
] as const satisfies readonly Gate[];
