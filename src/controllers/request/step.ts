// What a CertificateRequest needs next: the first matching row of upstream's order. Pure; the words for each ending are in status.ts.
import { componentOf } from '../../api/components.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import type { Issuer } from '../../api/issuer.ts';
import { certManagerGroup, issuerReferenceOf } from '../../api/references.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import { issuerTypeOf, typelessMessage } from '../../issuers/issuer-type.ts';
import { isEnded, type RequestRules, type RequestSeen } from './seen.ts';

/** `by` is who says so: event source and field manager. */
export type Step =
  | { readonly kind: 'ignore' }
  | { readonly kind: 'deny'; readonly by: string }
  | { readonly kind: 'awaitApproval'; readonly by: string }
  | { readonly kind: 'wait'; readonly by: string; readonly reason: string; readonly message: string }
  | { readonly kind: 'sign'; readonly by: string; readonly backend: AnyBackend; readonly issuer: Issuer };

const ignore: Step = { kind: 'ignore' };

/**
 * | # | seen | step |
 * |---|---|---|
 * | 1 | foreign group, or no backend enabled | ignore |
 * | 2 | Denied | deny |
 * | 3 | InvalidRequest | ignore |
 * | 4 | Failed or Issued | ignore |
 * | 5 | not Approved (`approves`: it will be, in the same write) | awaitApproval |
 * | 6 | issuer cannot be looked up, or is missing | wait |
 * | 7 | issuer has no type | wait |
 * | 8 | type without an enabled backend | ignore |
 * | 9 | issuer not Ready | wait |
 * | 10 | certificate already there | ignore |
 * | 11 | else | sign |
 */
export function stepOf(seen: RequestSeen, rules: RequestRules, approves: boolean): Step {
  const { request, issuer } = seen;
  const by = reporterOf(seen, rules);
  if (issuer.kind === 'foreign' || by === undefined) return ignore;
  const conditions = request.status?.conditions;
  if (isTrue(conditions, conditionTypes.Denied)) return { kind: 'deny', by };
  if (isTrue(conditions, conditionTypes.InvalidRequest)) return ignore;
  if (isEnded(request)) return ignore;
  if (!approves && !isTrue(conditions, conditionTypes.Approved)) return { kind: 'awaitApproval', by };
  return issuerStep(seen, rules, by);
}

function issuerStep({ request, issuer }: RequestSeen, rules: RequestRules, by: string): Step {
  const { kind, name } = issuerReferenceOf(request.spec.issuerRef);
  if (issuer.kind === 'unreachable') return { kind: 'wait', by, reason: 'IssuerNotFound', message: issuer.message };
  if (issuer.kind !== 'found') {
    const error = `${kind.toLowerCase()}.${certManagerGroup} "${name}" not found`;
    return { kind: 'wait', by, reason: 'IssuerNotFound', message: `Referenced "${kind}" not found: ${error}` };
  }
  if (issuerTypeOf(issuer.issuer) === undefined) {
    const message = `Missing issuer type: ${typelessMessage(issuer.issuer)}`;
    return { kind: 'wait', by, reason: 'IssuerTypeMissing', message };
  }
  const backend = enabledBackendOf(issuer.issuer, rules);
  if (backend === undefined) return ignore;
  if (!isTrue(issuer.issuer.status?.conditions, conditionTypes.Ready)) {
    const message = 'Referenced issuer does not have a Ready status condition';
    return { kind: 'wait', by, reason: 'IssuerNotReady', message };
  }
  if (request.status?.certificate) return ignore;
  return { kind: 'sign', by, backend, issuer: issuer.issuer };
}

/**
 * Who speaks about a request: the controller of its issuer's type. Where that is not known, or is not ours, the first enabled one (upstream:
 * all five at once).
 */
function reporterOf({ issuer }: RequestSeen, rules: RequestRules): string | undefined {
  const own = issuer.kind === 'found' ? enabledBackendOf(issuer.issuer, rules) : undefined;
  const backend = own ?? rules.backends.find((each) => rules.enabledBackends.has(each.type));
  return backend === undefined ? undefined : componentOf(backend.requestController);
}

function enabledBackendOf(issuer: Issuer, rules: RequestRules): AnyBackend | undefined {
  const type = issuerTypeOf(issuer);
  return rules.backends.find((backend) => backend.type === type && rules.enabledBackends.has(backend.type));
}
