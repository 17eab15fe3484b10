// Who may approve and deny CertificateRequests: whoever may `approve` the signer that the request names. What the conditions may look like is
// the business of approval-conditions.ts.
import type { CertificateRequest } from '../api/certificate-request.ts';
import { issuerReferenceOf } from '../api/references.ts';
import { goQuote } from '../base/go-text.ts';
import { addsDecision, conditionsOf } from './approval-conditions.ts';
import { type FieldError, forbidden } from './findings.ts';
import type { UserInfo } from './review.ts';
import { membersOf, textOf } from './rules/members.ts';
import { type Signers, signerNamesOf } from './signers.ts';

/**
 * What is wrong with a write to the status of a request by this user: nothing unless it adds Approved or Denied. Rejects with ApiError where
 * the API server does not say which kinds there are.
 */
export async function approvalErrors(
  before: CertificateRequest,
  after: CertificateRequest,
  user: UserInfo,
  signers: Signers,
): Promise<FieldError[]> {
  if (!addsDecision(conditionsOf(before), conditionsOf(after))) return [];
  const { name, kind, group } = referenceIn(after);
  const shown = `{${name} ${kind} ${group}}`;
  const reference = issuerReferenceOf({ name, kind, group });
  const resource = await signers.resourceOf(reference);
  if (resource === undefined)
    return [forbidden('spec.issuerRef', `referenced signer resource does not exist: ${shown}`)];
  const names = signerNamesOf(reference, textOf(after.metadata.namespace), resource);
  if (await signers.mayApprove(user, names)) return [];
  const whom = goQuote(user.username ?? '');
  return [
    forbidden(
      'status.conditions',
      `user ${whom} does not have permissions to set approved/denied conditions for issuer ${shown}`,
    ),
  ];
}

/** As it was sent: what is not said is empty. */
function referenceIn({ spec }: CertificateRequest) {
  const { name, kind, group } = membersOf(spec?.issuerRef) ?? {};
  return { name: textOf(name), kind: textOf(kind), group: textOf(group) };
}
