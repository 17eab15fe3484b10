// The CertificateRequest of the revision being issued: which ones must go, which one counts, and what it came to. Pure.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { conditionOf, conditionTypes, isTrue, reasons } from '../../api/conditions.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { decodeCertificates } from '../../pki/certificate.ts';
import { csrOf } from '../../pki/csr.ts';
import type { KeyFacts } from '../../pki/facts.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { defaultPemLimits } from '../../pki/limits.ts';
import { requestViolations } from '../../pki/match.ts';
import { nextRevision, requestsOfRevision, revisionOf } from './revisions.ts';
import type { Seen } from './seen.ts';

/** The requests of the revision being issued; more than one only where somebody else made some. */
export function nextRequests(seen: Seen): readonly CertificateRequest[] {
  return requestsOfRevision(seen, nextRevision(seen));
}

/** The requests that stand in the way of the next revision (upstream: request manager, steps 1 to 5). */
export function surplusRequests(seen: Seen, key: KeyFacts): readonly CertificateRequest[] {
  const unnumbered = seen.requests.filter((request) => revisionOf(request) === undefined);
  const next = nextRequests(seen);
  const unfit = next.filter((request) => isUnfit(request, key, seen));
  const fit = next.filter((request) => !unfit.includes(request));
  const extra = [...fit].sort(byAge).slice(1);
  return [...unnumbered, ...unfit, ...extra];
}

function byAge(a: CertificateRequest, b: CertificateRequest): number {
  const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function isUnfit(request: CertificateRequest, key: KeyFacts, seen: Seen): boolean {
  const csr = csrOf(request);
  if (csr.kind !== 'ok' || csr.value.publicKey !== key.publicKey) return true;
  return requestViolations(request, seen.certificate.spec).length > 0 || endedBefore(request, issuingSince(seen));
}

/** True where the request ended in an earlier attempt: it failed before Issuing was set. */
function endedBefore(request: CertificateRequest, since: Date | undefined): boolean {
  const failed = endedAt(request);
  return failed !== undefined && since !== undefined && failed < since;
}

/** Who denies a request, or finds it invalid, need not set its failureTime. */
function endedAt({ status }: CertificateRequest): Date | undefined {
  const verdict = [conditionTypes.Denied, conditionTypes.InvalidRequest].find((type) =>
    isTrue(status?.conditions, type),
  );
  const since = verdict === undefined ? undefined : conditionOf(status?.conditions, verdict)?.lastTransitionTime;
  return parseTime(status?.failureTime ?? since ?? '');
}

function issuingSince(seen: Seen): Date | undefined {
  return parseTime(conditionOf(seen.certificate.status?.conditions, conditionTypes.Issuing)?.lastTransitionTime ?? '');
}

export type RequestResult =
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string }
  | { readonly kind: 'issued' }
  /** The issuer said that it takes its time. */
  | { readonly kind: 'pending' }
  /** Nobody has said anything yet. */
  | { readonly kind: 'silent' };

/** What the one request of the revision came to (upstream: the table of the issuing controller). */
export function resultOf(request: CertificateRequest, now: Date, limits: PemLimits = defaultPemLimits): RequestResult {
  const conditions = request.status?.conditions;
  for (const type of [conditionTypes.Denied, conditionTypes.InvalidRequest]) {
    if (isTrue(conditions, type)) return failure(conditionOf(conditions, type), type);
  }
  const ready = conditionOf(conditions, conditionTypes.Ready);
  if (ready === undefined) return { kind: 'silent' };
  if (ready.reason === reasons.Failed) return failure(ready, reasons.Failed);
  if (ready.reason !== reasons.Issued) return { kind: 'pending' };
  return issuedResult(request, now, limits);
}

function failure(
  condition: { reason?: string | undefined; message?: string | undefined } | undefined,
  fallback: string,
): RequestResult {
  return { kind: 'failed', reason: condition?.reason || fallback, message: condition?.message ?? '' };
}

function issuedResult(request: CertificateRequest, now: Date, limits: PemLimits): RequestResult {
  const invalid = (message: string): RequestResult => ({ kind: 'failed', reason: reasons.InvalidCertificate, message });
  const csr = csrOf(request);
  const leaf = leafOf(request, limits);
  if (typeof leaf === 'string') return invalid(`Issuer returned an invalid certificate: failed to decode: ${leaf}`);
  if (csr.kind !== 'ok' || csr.value.publicKey !== leaf.publicKey)
    return invalid(
      'Issuer returned a certificate with a public key that does not match the CSR. This usually indicates a misconfigured issuer.',
    );
  if (leaf.notAfter <= now)
    return invalid(
      `Issuer returned an already expired certificate (notAfter: ${leaf.notAfter.toISOString().replace('.000Z', 'Z')}). This usually indicates an expired CA certificate in the issuer.`,
    );
  return { kind: 'issued' };
}

function leafOf(request: CertificateRequest, limits: PemLimits) {
  try {
    const pem = Buffer.from(request.status?.certificate ?? '', 'base64');
    const [leaf] = decodeCertificates(pem, limits.chainBytes);
    return leaf ?? 'no certificate found';
  } catch (error) {
    return (error as Error).message;
  }
}
