// Why a Certificate is where it is: the deepest reason it waits for, in one sentence, for its Ready and Issuing messages. Pure.

import type { CertificateRequest } from '../../api/certificate-request.ts';
import { conditionOf, conditionTypes, isTrue } from '../../api/conditions.ts';
import { issuerReferenceOf } from '../../api/references.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { nextRequests } from './request.ts';
import type { Seen } from './seen.ts';

/** How long an approver may take before a Certificate says that it waits for one. */
export const approvalPatienceMs = 10_000;

/** An order takes its time even where all is well: to wait for it is worth a write only after this long. */
const orderPatienceMs = 5_000;

/** The sentence about the request that is being issued, and when it would change by the passing of time alone. */
export interface Cause {
  readonly message: string | undefined;
  readonly changesAt?: Date;
}

const none: Cause = { message: undefined };

/** The deepest thing that an issuance under way waits for. */
export function causeOf(seen: Seen, now: Date): Cause {
  const request = nextRequests(seen)[0];
  if (request === undefined || isTrue(request.status?.conditions, conditionTypes.Ready)) return none;
  const issuer = issuerCause(seen, request);
  if (issuer !== undefined) return { message: issuer };
  const ready = conditionOf(request.status?.conditions, conditionTypes.Ready);
  const speakAt = new Date((parseTime(request.metadata.creationTimestamp) ?? now).getTime() + orderPatienceMs);
  if (isOrdered(seen) && now < speakAt) return { message: undefined, changesAt: speakAt };
  if (ready?.message) return { message: `CertificateRequest "${request.metadata.name}": ${ready.message}` };
  return approvalCause(request, now);
}

const isOrdered = ({ issuer }: Seen): boolean => issuer.kind === 'found' && issuer.issuer.spec.acme !== undefined;

function issuerCause(seen: Seen, request: CertificateRequest): string | undefined {
  const { kind, name } = issuerReferenceOf(request.spec.issuerRef);
  const denied = isTrue(request.status?.conditions, conditionTypes.Denied);
  if (denied || seen.issuer.kind === 'foreign') return undefined;
  if (seen.issuer.kind === 'missing') {
    const { namesake } = seen.issuer;
    const hint =
      namesake === undefined ? '' : `; there is a ${namesake} of that name: did you mean issuerRef.kind ${namesake}?`;
    return `${kind} "${name}" not found${hint}`;
  }
  const ready = conditionOf(seen.issuer.issuer.status?.conditions, conditionTypes.Ready);
  if (ready?.status === 'True') return undefined;
  return ready?.message ? `${kind} "${name}" is not ready: ${ready.message}` : `${kind} "${name}" is not ready yet`;
}

function approvalCause(request: CertificateRequest, now: Date): Cause {
  if (isTrue(request.status?.conditions, conditionTypes.Approved)) return none;
  const created = parseTime(request.metadata.creationTimestamp) ?? now;
  const speakAt = new Date(created.getTime() + approvalPatienceMs);
  if (now < speakAt) return { message: undefined, changesAt: speakAt };
  return { message: `nobody has approved CertificateRequest "${request.metadata.name}" yet` };
}

/** Between what a condition says and what it waits for. */
export const causeSeparator = '. Waiting: ';

/** A condition message with its cause behind it. */
export function withCause(message: string, cause: string | undefined): string {
  // Some of upstream's messages end with a full stop of their own.
  return cause === undefined ? message : `${message.replace(/\.$/, '')}${causeSeparator}${cause}`;
}
