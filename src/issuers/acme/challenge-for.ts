// From an Order and its issuer to the Challenges that it needs: which solver, which answer, which name. Whether a stored Challenge is one of them
// is decided by comparing: nothing is ever done on the word of a stored Challenge alone. Pure.
import type { Challenge, ChallengeSpec } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { Order } from '../../api/order.ts';

export interface WantedChallenge {
  readonly name: string;
  readonly spec: ChallengeSpec;
}

export type WantedChallenges =
  | { readonly kind: 'wanted'; readonly challenges: readonly WantedChallenge[] }
  /** No solver fits, or annotations contradict each other: upstream's words. */
  | { readonly kind: 'unsolvable'; readonly message: string };

/** The Challenges for the authorizations of `order.status` that were not valid when they were fetched; `thumbprint` is that of the account's key. */
export function challengesFor(_order: Order, _issuer: Issuer, _thumbprint: string): WantedChallenges {
  throw new Error('not there yet');
}

/** Why this stored Challenge is none that the order asks for; undefined where it is one, to the last field of its spec. */
export function strangerReason(_challenge: Challenge, _order: Order, _issuer: Issuer, _thumbprint: string): string | undefined {
  throw new Error('not there yet');
}
