// Which CertificateRequests belong to the current revision and to the next one, and which are old enough to go.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { conditionOf, conditionTypes, isTrue } from '../../api/conditions.ts';
import { annotations } from '../../api/labels.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { csrOf } from '../../pki/csr.ts';
import type { Seen } from './seen.ts';

type Requests = Pick<Seen, 'certificate' | 'requests'>;

/** `ambiguous`: several requests claim one revision, which no controller of ours writes. */
export type Revisions =
  | {
      readonly kind: 'ok';
      readonly current: CertificateRequest | undefined;
      readonly next: CertificateRequest | undefined;
    }
  | {
      readonly kind: 'ambiguous';
      readonly which: 'current' | 'next';
      readonly requests: readonly CertificateRequest[];
    };

/** revisionHistoryLimit where the spec has none. */
export const defaultRevisionHistoryLimit = 1;

/** The number of the revision that is being issued or would be next; 1 for a Certificate that never was issued. */
export function nextRevision(seen: Pick<Seen, 'certificate'>): number {
  return (seen.certificate.status?.revision ?? 0) + 1;
}

/** The owned requests whose annotation says exactly this revision. */
export function requestsOfRevision(seen: Requests, revision: number): readonly CertificateRequest[] {
  return seen.requests.filter((request) => annotated(request) === String(revision));
}

/** The one request of the current revision and the one of the next, or which of the two is not one. */
export function revisionsOf(seen: Requests): Revisions {
  const current = currentRequests(seen);
  if (current.length > 1) return { kind: 'ambiguous', which: 'current', requests: current };
  const next = requestsOfRevision(seen, nextRevision(seen));
  if (next.length > 1) return { kind: 'ambiguous', which: 'next', requests: next };
  return { kind: 'ok', current: current[0], next: next[0] };
}

/**
 * The request that led to what the Secret holds; undefined where it is gone or nothing was issued. Of several that claim to be it, the one
 * for the stored key, else the youngest: upstream stops there and retries for ever, but what is stored can be told from the others.
 */
export function currentRequest(seen: Requests & Pick<Seen, 'secret'>): CertificateRequest | undefined {
  const requests = currentRequests(seen);
  if (requests.length < 2) return requests[0];
  const key = seen.secret?.tls.key;
  const fitting = requests.find((request) => {
    const csr = csrOf(request);
    return key?.kind === 'ok' && csr.kind === 'ok' && csr.value.publicKey === key.value.publicKey;
  });
  return fitting ?? requests.reduce((youngest, request) => (isYounger(request, youngest) ? request : youngest));
}

/** The revision that a request's annotation names; undefined for none and for what is not a whole number. */
export function revisionOf(request: CertificateRequest): number | undefined {
  const text = annotated(request);
  return text !== undefined && /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * The requests to delete so that spec.revisionHistoryLimit of them are left, oldest revision first. None while the stored status does not
 * say Ready. Requests without a revision are left alone.
 */
export function requestsToDelete(seen: Requests): readonly CertificateRequest[] {
  const { spec, status } = seen.certificate;
  if (!isTrue(status?.conditions, conditionTypes.Ready)) return [];
  // Less than one would delete the request that the Secret is compared with.
  const limit = Math.max(1, spec.revisionHistoryLimit ?? defaultRevisionHistoryLimit);
  const numbered = seen.requests
    .flatMap((request) => {
      const revision = revisionOf(request);
      return revision === undefined ? [] : [{ request, revision }];
    })
    .sort((a, b) => a.revision - b.revision);
  return numbered.slice(0, Math.max(0, numbered.length - limit)).map(({ request }) => request);
}

function currentRequests(seen: Requests): readonly CertificateRequest[] {
  const revision = seen.certificate.status?.revision;
  return revision === undefined ? [] : requestsOfRevision(seen, revision);
}

function annotated(request: CertificateRequest): string | undefined {
  return request.metadata.annotations?.[annotations.certificateRevision];
}

function isYounger(a: CertificateRequest, b: CertificateRequest): boolean {
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp) return left.creationTimestamp > right.creationTimestamp;
  return left.name > right.name;
}

/** When the request that led to what is stored had its answer; an approver may have taken his time before. */
export function issuedAt(seen: Requests & Pick<Seen, 'secret'>): Date | undefined {
  const request = currentRequest(seen);
  const ready = conditionOf(request?.status?.conditions, conditionTypes.Ready);
  return parseTime(ready?.lastTransitionTime ?? '') ?? parseTime(request?.metadata.creationTimestamp ?? '');
}
