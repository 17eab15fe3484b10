// An Ingress of the user's (`ingress.name`) with the path of one HTTP-01 challenge in it, and without it again. Nothing else of it changes. Pure.
import type { Challenge } from '../../api/challenge.ts';
import type { KubeObject } from '../../api/meta.ts';
import { challengePath, type IngressPath, type IngressRule, routedHost, ruleFor, solverPath } from './ingress-path.ts';

interface IngressSpec {
  readonly defaultBackend?: unknown;
  readonly rules?: readonly IngressRule[];
}

/** `serviceName` is that of the challenge's own Service. Undefined where the Ingress is as it should be. */
export function withSolverPath<T extends KubeObject>(
  ingress: T,
  { spec }: Challenge,
  serviceName: string,
  { exactPaths }: { readonly exactPaths: boolean },
): T | undefined {
  const rules = rulesOf(ingress);
  const host = routedHost(spec);
  const wanted = solverPath(spec.token, serviceName, exactPaths);
  const at = rules.findIndex((each) => (each.host ?? '') === host);
  const rule = rules[at];
  if (rule === undefined) return withRules(ingress, [...rules, ruleFor(host, wanted)]);
  const paths = pathsOf(rule);
  const there = paths.findIndex(({ path }) => path === wanted.path);
  if (leadsThere(paths[there], wanted)) return undefined;
  // Ingress controllers that know no order among paths take the first that fits.
  const changed = there < 0 ? [wanted, ...paths] : paths.with(there, wanted);
  return withRules(ingress, rules.with(at, withPaths(rule, changed)));
}

/** Undefined where the path is not in it. */
export function withoutSolverPath<T extends KubeObject>(ingress: T, { spec }: Challenge): T | undefined {
  const before = rulesOf(ingress);
  const host = routedHost(spec);
  const path = challengePath(spec.token);
  const isConcerned = (rule: IngressRule): boolean =>
    (rule.host ?? '') === host && pathsOf(rule).some((each) => each.path === path);
  if (!before.some(isConcerned)) return undefined;
  const rules = before.flatMap((rule) => {
    if (!isConcerned(rule)) return [rule];
    const left = pathsOf(rule).filter((each) => each.path !== path);
    return left.length === 0 ? [] : [withPaths(rule, left)];
  });
  const { http: _, ...bare } = before.find(isConcerned) ?? {};
  // The API server takes no Ingress that leads nowhere: a rule with nothing but its host stays.
  const isEmpty = rules.length === 0 && specOf(ingress).defaultBackend === undefined;
  return withRules(ingress, isEmpty ? [bare] : rules);
}

const specOf = (ingress: KubeObject): IngressSpec => (ingress as { readonly spec?: IngressSpec }).spec ?? {};
const rulesOf = (ingress: KubeObject): readonly IngressRule[] => specOf(ingress).rules ?? [];
const pathsOf = ({ http }: IngressRule): readonly IngressPath[] => http?.paths ?? [];
const withPaths = (rule: IngressRule, paths: readonly IngressPath[]): IngressRule => ({
  ...rule,
  http: { ...rule.http, paths },
});

function withRules<T extends KubeObject>(ingress: T, rules: readonly IngressRule[]): T {
  return { ...ingress, spec: { ...specOf(ingress), rules } };
}

function leadsThere(path: IngressPath | undefined, { backend }: IngressPath): boolean {
  const [found, wanted] = [path?.backend.service, backend.service];
  return found?.name === wanted?.name && found?.port?.number === wanted?.port?.number;
}
