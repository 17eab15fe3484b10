// One solver of an ACME issuer: exactly one way to prove control, and the rules of HTTP-01.
import { parseNanoseconds } from '../../base/duration.ts';
import { type FieldError, forbidden, invalid, required } from '../findings.ts';
import { durationTextErrors } from './certificate-renewal.ts';
import { subdomainProblems } from './dns-subdomain.ts';
import { dns01Errors } from './dns01.ts';
import { itemsOf, type Members, membersOf, textOf } from './members.ts';

export function solverErrors(solver: Members, path: string): FieldError[] {
  const [http01, dns01] = [membersOf(solver.http01), membersOf(solver.dns01)];
  return [
    ...(http01 === undefined ? [] : http01Errors(http01, `${path}.http01`)),
    // Beside http01, dns01 is one too many, and nothing in it counts.
    ...(dns01 === undefined || http01 !== undefined ? [] : dns01Errors(dns01, `${path}.dns01`)),
    ...(dns01 !== undefined && http01 !== undefined
      ? [forbidden(path, 'may not specify more than one solver type in a single solver')]
      : []),
    ...(dns01 === undefined && http01 === undefined ? [required(path, 'no solver type configured')] : []),
    ...waitErrors(solver.waitInsteadOfSelfCheck, `${path}.waitInsteadOfSelfCheck`),
  ];
}

function waitErrors(wait: unknown, path: string): FieldError[] {
  const problems = durationTextErrors(wait, path);
  const nanoseconds = parseNanoseconds(textOf(wait)) ?? 0n;
  if (problems.length > 0 || nanoseconds >= 0n) return problems;
  return [invalid(path, Number(nanoseconds), 'waitInsteadOfSelfCheck must not be negative')];
}

function http01Errors(http01: Members, path: string): FieldError[] {
  const [ingress, gateway] = [membersOf(http01.ingress), membersOf(http01.gatewayHTTPRoute)];
  return [
    ...(ingress === undefined ? [] : ingressErrors(ingress, `${path}.ingress`)),
    // The path says gateway: clients know it so.
    ...(gateway === undefined ? [] : gatewayErrors(gateway, `${path}.gateway`)),
    ...(ingress === undefined && gateway === undefined ? [required(path, 'no HTTP01 solver type configured')] : []),
    ...(ingress !== undefined && gateway !== undefined
      ? [required(path, 'only 1 HTTP01 solver type may be configured')]
      : []),
  ];
}

function ingressErrors(ingress: Members, path: string): FieldError[] {
  const { ingressClassName, name } = ingress;
  const ways = [typeof ingress.class === 'string', typeof ingressClassName === 'string', textOf(name) !== ''];
  const problems = typeof ingressClassName === 'string' ? subdomainProblems(ingressClassName) : [];
  return [
    ...(ways.filter(Boolean).length > 1
      ? [forbidden(path, "only one of 'ingressClassName', 'name' or 'class' should be specified")]
      : []),
    ...(problems.length > 0
      ? [
          invalid(
            `${path}.ingressClassName`,
            ingressClassName,
            `must be a valid IngressClass name: ${problems.join(', ')}`,
          ),
        ]
      : []),
    ...serviceTypeErrors(ingress.serviceType, path),
  ];
}

function gatewayErrors(gateway: Members, path: string): FieldError[] {
  const parents = itemsOf(gateway.parentRefs).map((parent) => membersOf(parent) ?? {});
  const lacks = parents.map((parent) => {
    const [hasKind, hasName] = [typeof parent.kind === 'string', textOf(parent.name) !== ''];
    return hasKind === hasName ? undefined : hasKind ? (['name', 'kind'] as const) : (['kind', 'name'] as const);
  });
  // Only the first one that is wrong is told.
  const index = lacks.findIndex((lack) => lack !== undefined);
  const [missing, given] = lacks[index] ?? [];
  return [
    ...serviceTypeErrors(gateway.serviceType, path),
    ...(missing === undefined
      ? []
      : [required(`${path}.parentRefs[${index}].${missing}`, `${missing} is required when ${given} is specified`)]),
  ];
}

function serviceTypeErrors(value: unknown, path: string): FieldError[] {
  const type = textOf(value);
  if (['', 'ClusterIP', 'NodePort'].includes(type)) return [];
  return [invalid(`${path}.serviceType`, type, 'must be empty, "ClusterIP" or "NodePort"')];
}
