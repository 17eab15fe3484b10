// Which of an issuer's solvers proves a name, and what the annotations of an Order change about it: upstream's precedence and words. Pure.
import { annotations } from '../../api/labels.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { OrderChallenge } from '../../api/order.ts';
import type { ParentReference, Solver, SolverSelector } from '../../api/solver.ts';

export interface SolverChoice {
  readonly solver: Solver;
  /** The challenge of the authorization that this solver can meet. */
  readonly challenge: OrderChallenge;
}

/** A solver for an order, or upstream's words for why there is none. */
export type SolverOutcome =
  | ({ readonly kind: 'chosen' } & SolverChoice)
  | { readonly kind: 'unsolvable'; readonly error: string };

type Metadata = KubeObject['metadata'];

/** How well a selector fits, most important first: a name listed, labels of the longest zone, labels of the object. */
type Fit = readonly [name: number, zone: number, labels: number];

/**
 * The solver for one authorization. `domain` is its identifier, with `*.` where it is for the wildcard; `offered` are its challenges,
 * `metadata` is that of the Order. Of equal fits the earlier solver is taken; a solver without a selector fits everything, but worst.
 */
export function solverFor(
  domain: string,
  offered: readonly OrderChallenge[],
  solvers: readonly Solver[],
  metadata: Metadata,
): SolverOutcome {
  const choice = bestOf(domain, offered, solvers, metadata);
  if (choice === undefined) {
    return { kind: 'unsolvable', error: 'no configured challenge solvers can be used for this challenge' };
  }
  const solver = withParentRefs(withIngressOverrides(choice.solver, metadata), metadata);
  return typeof solver === 'string'
    ? { kind: 'unsolvable', error: solver }
    : { kind: 'chosen', solver, challenge: choice.challenge };
}

/** Whether the solver's selector lets it prove `domain` for an object with these labels. */
export function selects(solver: Solver, domain: string, metadata: Metadata): boolean {
  return fitOf(solver.selector, domain, metadata) !== undefined;
}

function bestOf(
  domain: string,
  offered: readonly OrderChallenge[],
  solvers: readonly Solver[],
  metadata: Metadata,
): SolverChoice | undefined {
  let best: (SolverChoice & { readonly fit: Fit }) | undefined;
  for (const solver of solvers) {
    const challenge = offered.find(({ type }) => canMeet(solver, type));
    const fit = fitOf(solver.selector, domain, metadata);
    if (challenge === undefined || fit === undefined) continue;
    if (best === undefined || isBetter(fit, best.fit)) best = { solver, challenge, fit };
  }
  return best;
}

function canMeet(solver: Solver, type: string): boolean {
  return (type === 'http-01' && isSet(solver.http01)) || (type === 'dns-01' && isSet(solver.dns01));
}

function isBetter(a: Fit, b: Fit): boolean {
  const index = a.findIndex((each, at) => each !== b[at]);
  return index >= 0 && (a[index] ?? 0) > (b[index] ?? 0);
}

/** Undefined where the selector does not match. */
function fitOf(selector: SolverSelector | undefined, domain: string, { labels = {} }: Metadata): Fit | undefined {
  const { matchLabels = {}, dnsNames = [], dnsZones = [] } = selector ?? {};
  const wanted = Object.entries(matchLabels);
  const hasLabels = wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
  if (!hasLabels || (dnsNames.length > 0 && !dnsNames.includes(domain))) return undefined;
  const zone = Math.max(0, ...dnsZones.map((each) => labelsOfZone(each, domain)));
  if (dnsZones.length > 0 && zone === 0) return undefined;
  return [dnsNames.length > 0 ? 1 : 0, zone, wanted.length];
}

/** How many labels the zone has where the domain lies in it, else 0. A zone with a final dot never fits (upstream). */
function labelsOfZone(zone: string, domain: string): number {
  const labels = labelsOf(zone);
  return labels.join('.') === labelsOf(domain).slice(-labels.length).join('.') ? labels.length : 0;
}

const labelsOf = (name: string): string[] => name.replace(/[A-Z]+/g, (text) => text.toLowerCase()).split('.');

const ingressOverrides = {
  name: annotations.http01OverrideIngressName,
  class: annotations.http01OverrideIngressClass,
  ingressClassName: annotations.http01OverrideIngressClassName,
} as const;

/** The solver, or an error. One override replaces all three members. */
function withIngressOverrides(solver: Solver, metadata: Metadata): Solver | string {
  const ingress = solver.http01?.ingress;
  if (!isSet(ingress)) return solver;
  const given = Object.entries(ingressOverrides).flatMap(([member, key]) => {
    const value = annotationOf(metadata, key);
    return value === undefined ? [] : [[member, value] as const];
  });
  if (given.length > 1) return 'may not specify more than one of: name, class, ingressClassName override annotations';
  if (given.length === 0) return solver;
  const { name: _name, class: _class, ingressClassName: _ingressClassName, ...rest } = ingress;
  return { ...solver, http01: { ...solver.http01, ingress: { ...rest, ...Object.fromEntries(given) } } };
}

/** The solver, or an error. Only an Order that has annotations at all is looked at (upstream). */
function withParentRefs(solver: Solver | string, metadata: Metadata): Solver | string {
  const route = typeof solver === 'string' ? undefined : solver.http01?.gatewayHTTPRoute;
  if (typeof solver === 'string' || !isSet(route) || Object.keys(metadata.annotations ?? {}).length === 0)
    return solver;
  const name = annotationOf(metadata, annotations.http01ParentRefName);
  const kind = annotationOf(metadata, annotations.http01ParentRefKind);
  if ((name === undefined) !== (kind === undefined)) {
    return 'cannot specify only one of parentRefName, parentRefKind override annotations';
  }
  const configured = route.parentRefs ?? [];
  const parentRefs =
    name === undefined || kind === undefined
      ? configured
      : withParent(configured, { name, kind, namespace: parentNamespace(metadata) });
  if (parentRefs.length === 0) return 'must specify parentRefs either through annotations or solver config';
  return { ...solver, http01: { ...solver.http01, gatewayHTTPRoute: { ...route, parentRefs } } };
}

function parentNamespace(metadata: Metadata): string {
  return annotationOf(metadata, annotations.http01ParentRefNamespace) || (metadata.namespace ?? '');
}

type Parent = Required<Pick<ParentReference, 'name' | 'kind' | 'namespace'>>;

/** `parent` last, and only once: a reference without a kind counts as one of its kind. */
function withParent(configured: readonly ParentReference[], parent: Parent): readonly ParentReference[] {
  const isSame = (each: ParentReference): boolean =>
    each.namespace === parent.namespace &&
    each.name === parent.name &&
    (each.kind === undefined || each.kind === parent.kind);
  return [...configured.filter((each) => !isSame(each)), parent];
}

function annotationOf({ annotations: all = {} }: Metadata, key: string): string | undefined {
  return Object.hasOwn(all, key) ? all[key] : undefined;
}

const isSet = <T>(value: T | null | undefined): value is T => value !== undefined && value !== null;
