// From an Order and its issuer to the Challenges that it needs: which solver, which answer, which name. Whether a stored Challenge is one of them
// is decided by comparing: nothing is ever done on the word of a stored Challenge alone. Pure.
import { createHash } from 'node:crypto';
import { keyAuthorization } from '../../acme/client.ts';
import type { Challenge, ChallengeSpec } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import { controllerUid } from '../../api/meta.ts';
import type { Order, OrderAuthorization } from '../../api/order.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { challengeName } from './names.ts';
import { solverFor } from './solver-choice.ts';
import { challengeShape } from './spec-shapes.ts';
import { specText } from './spec-text.ts';

export interface WantedChallenge {
  readonly name: string;
  readonly spec: ChallengeSpec;
}

export type WantedChallenges =
  | { readonly kind: 'wanted'; readonly challenges: readonly WantedChallenge[] }
  /** No solver fits, or annotations contradict each other: upstream's words. */
  | { readonly kind: 'unsolvable'; readonly message: string };

type Wanted =
  | { readonly kind: 'wanted'; readonly challenge: WantedChallenge }
  | { readonly kind: 'unsolvable'; readonly error: string };

/** The Challenges for the authorizations of `order.status` that were not valid when they were fetched; `thumbprint` is that of the account's key. */
export function challengesFor(order: Order, issuer: Issuer, thumbprint: string): WantedChallenges {
  const challenges: WantedChallenge[] = [];
  for (const authorization of neededAuthorizations(order)) {
    const wanted = challengeFor(authorization, order, issuer, thumbprint);
    if (wanted.kind === 'unsolvable') {
      const what = 'Failed to determine a valid solver configuration for the set of domains on the Order';
      return { kind: 'unsolvable', message: `${what}: ${wanted.error}` };
    }
    challenges.push(wanted.challenge);
  }
  return { kind: 'wanted', challenges };
}

/** Why this stored Challenge is none that the order asks for; undefined where it is one, to the last field of its spec. */
export function strangerReason(
  challenge: Challenge,
  order: Order,
  issuer: Issuer,
  thumbprint: string,
): string | undefined {
  const { metadata, spec } = challenge;
  if (metadata.namespace !== order.metadata.namespace || controllerUid(metadata) !== order.metadata.uid) {
    return `it does not belong to the Order "${order.metadata.name}"`;
  }
  const authorization = neededAuthorizations(order).find(({ url }) => url === spec.authorizationURL);
  if (authorization === undefined) return `its Order has no open authorization "${spec.authorizationURL}"`;
  const wanted = challengeFor(authorization, order, issuer, thumbprint);
  if (wanted.kind === 'unsolvable') return wanted.error;
  return isWanted(challenge, wanted.challenge)
    ? undefined
    : 'its name or spec is not what its Order and issuer ask for';
}

/** Whether a stored Challenge has the wanted name and spec, however its durations, quantities and defaults are written. */
export function isWanted({ metadata, spec }: Challenge, wanted: WantedChallenge): boolean {
  if (metadata.name !== wanted.name) return false;
  if (deepEqual(spec, wanted.spec)) return true;
  return textOf(spec) === textOf(wanted.spec);
}

function neededAuthorizations(order: Order): readonly OrderAuthorization[] {
  return (order.status?.authorizations ?? []).filter(({ initialState }) => initialState !== 'valid');
}

function challengeFor(authorization: OrderAuthorization, order: Order, issuer: Issuer, thumbprint: string): Wanted {
  const dnsName = authorization.identifier ?? '';
  const wildcard = authorization.wildcard ?? false;
  const solvers = issuer.spec.acme?.solvers ?? [];
  const domain = wildcard ? `*.${dnsName}` : dnsName;
  const found = solverFor(domain, authorization.challenges ?? [], solvers, order.metadata);
  if (found.kind === 'unsolvable') return found;
  const { url, token } = found.challenge;
  const type = found.challenge.type === 'dns-01' ? 'DNS-01' : 'HTTP-01';
  const spec = {
    url,
    authorizationURL: authorization.url,
    dnsName,
    wildcard,
    type,
    token,
    solver: found.solver,
    issuerRef: order.spec.issuerRef,
  } as const;
  const answer = { key: answerTo(type, keyAuthorization(token, thumbprint)) };
  return {
    kind: 'wanted',
    challenge: { name: challengeName(order.metadata.name, spec), spec: { ...spec, ...answer } },
  };
}

/** RFC 8555 sections 8.3 and 8.4: the page, or the value of the TXT record. */
function answerTo(type: ChallengeSpec['type'], authorization: string): string {
  return type === 'HTTP-01' ? authorization : createHash('sha256').update(authorization).digest('base64url');
}

function textOf(spec: ChallengeSpec): string {
  return specText(withDefaults(spec), challengeShape);
}

/** What the API server adds to a stored Challenge: the CRD's defaults within the solver. */
function withDefaults(spec: ChallengeSpec): ChallengeSpec {
  const route = spec.solver.http01?.gatewayHTTPRoute;
  if (route?.parentRefs === undefined) return spec;
  const parentRefs = route.parentRefs.map((each) => ({ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...each }));
  const http01 = { ...spec.solver.http01, gatewayHTTPRoute: { ...route, parentRefs } };
  return { ...spec, solver: { ...spec.solver, http01 } };
}
