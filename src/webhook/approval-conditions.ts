// Which Approved and Denied conditions a CertificateRequest may have, and how they may change. Who may set them is the business of approval.ts.
import type { CertificateRequest } from '../api/certificate-request.ts';
import { type Condition, conditionOf } from '../api/conditions.ts';
import { deepEqual } from '../base/deep-equal.ts';
import { type FieldError, forbidden, invalid } from './findings.ts';

type Conditions = readonly Condition[] | undefined;

const path = 'status.conditions';
const decisions = ['Approved', 'Denied'] as const;

/** The conditions of a request; none where status or list have another type than the schema says. */
export function conditionsOf(request: CertificateRequest): Conditions {
  const conditions: unknown = request.status?.conditions;
  return Array.isArray(conditions) ? conditions.filter(isObject) : undefined;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** At most one of each, only with status True, and never both (upstream's internal/apis/certmanager/validation/certificaterequest.go). */
export function approvalShapeErrors(conditions: Conditions): FieldError[] {
  const errors = decisions.flatMap((type) => {
    const found = (conditions ?? []).filter((condition) => condition.type === type);
    if (found.length > 1) return [forbidden(path, `multiple "${type}" conditions present`)];
    const [only] = found;
    if (only === undefined || only.status === 'True') return [];
    return [invalid(`${path}.${type}`, only.status, `"${type}" condition may only be set to True`)];
  });
  const both = decisions.every((type) => conditionOf(conditions, type) !== undefined);
  return both ? [...errors, forbidden(path, "both 'Denied' and 'Approved' conditions cannot coexist")] : errors;
}

/** What is set stays as it is, to the last member and time stamp; then as `approvalShapeErrors`. */
export function approvalChangeErrors(before: Conditions, after: Conditions): FieldError[] {
  const changed = decisions.filter((type) => {
    const former = conditionOf(before, type);
    return former !== undefined && !deepEqual(former, conditionOf(after, type));
  });
  return [
    ...changed.map((type) => forbidden(path, `'${type}' condition may not be modified once set`)),
    ...approvalShapeErrors(after),
  ];
}

/** Whether Approved or Denied is there now and was not before: what needs the right to approve. */
export function addsDecision(before: Conditions, after: Conditions): boolean {
  return decisions.some((type) => conditionOf(before, type) === undefined && conditionOf(after, type) !== undefined);
}
