// The rule of Challenges: what is asked of the solver does not change. Creation is the controller's, and nothing is asked of it.
import type { Challenge } from '../../api/challenge.ts';
import { forbidden } from '../findings.ts';
import type { KindRules } from '../kind-rules.ts';
import { readsSame } from './unchanged.ts';

export const challengeRules: KindRules<Challenge> = {
  update: (before, challenge) => ({
    errors: readsSame(before.spec, challenge.spec)
      ? []
      : [forbidden('spec', 'challenge spec is immutable after creation')],
  }),
};
