// What to write, and when to look again, once the ACME server has answered. Pure.

import type { OrderStatus } from '../../api/order.ts';
import { DecodeError } from '../../base/errors.ts';
import { type Writes, write } from '../../kube/reconcile.ts';
import { decodeCertificates, type ParsedCertificate } from '../../pki/certificate.ts';
import { csrOf } from '../../pki/csr.ts';
import { canonicalIp } from '../../pki/ip-address.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { failureReason, type Verdict, verdictOn, verdictOnFailed } from './failures.ts';
import {
  isFailed,
  noProgress,
  type OrderOutcome,
  type OrderSeen,
  type Placed,
  type Progress,
  startedAnew,
  type Trouble,
} from './seen.ts';
import {
  delayedStatus,
  deleteActions,
  eventAction,
  failedStatus,
  issuedStatus,
  placedStatus,
  statusAction,
  statusOf,
  withdrawnStatus,
  withoutAccount,
} from './status.ts';

export interface Settled {
  readonly writes: Writes;
  readonly progress: Progress;
}

const firstLookMs = 2_000;
const longestLookMs = 30_000;
const longestRetryAfterMs = 3_600_000;
/** From this look on a user may wonder what is going on. */
const slowLooks = 2;
/** How soon an order is looked at again where the server's answer changed nothing. */
const stillMs = 30_000;

/**
 * | outcome | status | next |
 * |---|---|---|
 * | placed | url, finalizeURL, state, authorizations | at once |
 * | issued | valid, certificate; `Complete`; Challenges are deleted | |
 * | issued, but not for this CSR | errored | |
 * | waiting | `processing` from the second look on | Retry-After, else 2 s doubling to 30 s |
 * | failed, trouble | by failures.ts: rest, later, anew, end | |
 * | refused | errored | |
 * | noAccount | reason | a minute, or the issuer changes |
 */
export function settleOrder(seen: OrderSeen, outcome: OrderOutcome, now: Date, limits: PemLimits): Settled {
  const { order, progress } = seen;
  switch (outcome.kind) {
    case 'placed':
      return settlePlaced(seen, outcome, now);
    case 'issued':
      return { writes: issued(seen, outcome.certificatePem, now, limits), progress: noProgress };
    case 'waiting':
      return waiting(seen, outcome, now);
    case 'failed': {
      const status = counted(statusOf(order), progress);
      const verdict = verdictOnFailed(outcome.order, outcome.faults, status, now, challengeReason(seen));
      return ruled(seen, status, verdict, now);
    }
    case 'refused':
      return ended(seen, failureReason(outcome.during, outcome.error), now);
    case 'trouble':
      return troubled(seen, statusOf(order), outcome.trouble, now);
    case 'noAccount':
      return { writes: withoutAccount(order, outcome.message, now), progress };
  }
}

/** Also for an order that was placed before, but could not be written down then. */
export function settlePlaced(seen: OrderSeen, placed: Placed, now: Date): Settled {
  const status = placedStatus(statusOf(seen.order), placed);
  if (placed.trouble !== undefined) {
    const settled = troubled(seen, status, placed.trouble, now);
    return { ...settled, progress: { ...settled.progress, placed } };
  }
  const actions = statusAction(seen.order, status);
  const writes = actions.length > 0 ? write(actions) : write([], { at: new Date(now.getTime() + stillMs) });
  return { writes, progress: { ...startedAnew(seen.progress), placed } };
}

function issued(seen: OrderSeen, pem: string, now: Date, limits: PemLimits): Writes {
  const { order } = seen;
  const found = chainOf(pem, limits);
  const fault = typeof found === 'string' ? found : mismatch(seen, found, limits);
  if (typeof found === 'string' || fault !== undefined) {
    const reason = `Invalid certificate retrieved from ACME server: ${fault}`;
    return write(statusAction(order, failedStatus(statusOf(order), 'errored', reason, now)));
  }
  const chain = found.map((certificate) => certificate.pem).join('');
  return write([
    ...statusAction(order, issuedStatus(statusOf(order), chain)),
    eventAction(order, 'Normal', 'Complete', 'Order completed successfully'),
    ...deleteActions(seen.challenges),
  ]);
}

function chainOf(pem: string, limits: PemLimits): readonly ParsedCertificate[] | string {
  try {
    return decodeCertificates(pem, limits.chainBytes);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

/** Why the certificate is not the one that was asked for. */
function mismatch(
  { order, standing }: OrderSeen,
  [leaf]: readonly ParsedCertificate[],
  limits: PemLimits,
): string | undefined {
  const csr = standing.kind === 'ours' ? csrOf(standing.request, limits) : undefined;
  if (leaf === undefined || csr?.kind !== 'ok') return 'there is nothing to compare it with';
  if (leaf.publicKey !== csr.value.publicKey) return 'its public key is not that of the signing request';
  const dnsNames = new Set(leaf.names.dnsNames.map(lower));
  const ipAddresses = new Set(leaf.names.ipAddresses);
  const { spec } = order;
  const missing =
    spec.dnsNames?.find((name) => !dnsNames.has(lower(name))) ??
    spec.ipAddresses?.find((address) => !ipAddresses.has(canonicalIp(address)));
  return missing === undefined ? undefined : `it is not for "${missing}"`;
}

const lower = (name: string): string => name.toLowerCase();

function waiting(seen: OrderSeen, outcome: Extract<OrderOutcome, { kind: 'waiting' }>, now: Date): Settled {
  const looks = seen.progress.looks + 1;
  const notBefore = nextLook(looks, outcome.order.retryAfter, now);
  const status = statusOf(seen.order);
  const isSlow = looks >= slowLooks && outcome.order.status === 'processing';
  return {
    writes: write(isSlow ? statusAction(seen.order, { ...status, state: 'processing' }) : [], { at: notBefore }),
    progress: { ...startedAnew(seen.progress), looking: true, looks, notBefore },
  };
}

function nextLook(looks: number, retryAfter: Date | undefined, now: Date): Date {
  const backoff = Math.min(firstLookMs * 2 ** Math.min(looks - 1, 20), longestLookMs);
  const wish = retryAfter === undefined ? backoff : retryAfter.getTime() - now.getTime();
  return new Date(now.getTime() + Math.min(Math.max(wish, firstLookMs / 2), longestRetryAfterMs));
}

/** With the attempts that we know of. */
function counted(status: OrderStatus, { failedAttempts = 0 }: Progress): OrderStatus {
  return failedAttempts > (status.failedAttempts ?? 0) ? { ...status, failedAttempts } : status;
}

function troubled(seen: OrderSeen, former: OrderStatus, trouble: Trouble, now: Date): Settled {
  const status = counted(former, seen.progress);
  return ruled(seen, status, verdictOn(trouble, status, seen.progress.failures, now), now);
}

function ruled(seen: OrderSeen, status: OrderStatus, verdict: Verdict, now: Date): Settled {
  const { order, progress } = seen;
  switch (verdict.kind) {
    case 'rest':
      return delayed(seen, delayedStatus(status, verdict.reason, verdict.until), verdict.until, progress);
    case 'later': {
      const failures = progress.failures + 1;
      return delayed(seen, delayedStatus(status, verdict.reason, verdict.at), verdict.at, { ...progress, failures });
    }
    case 'anew': {
      const withdrawn = withdrawnStatus(status, verdict.reason, verdict.at);
      const { failedAttempts = 0 } = withdrawn;
      return delayed(seen, withdrawn, verdict.at, { ...noProgress, failedAttempts });
    }
    case 'end': {
      const failed = failedStatus(status, verdict.state, verdict.reason, now);
      return { writes: write(statusAction(order, failed)), progress: noProgress };
    }
  }
}

function delayed(seen: OrderSeen, status: OrderStatus, at: Date, progress: Progress): Settled {
  return { writes: write(statusAction(seen.order, status), { at }), progress: { ...progress, notBefore: at } };
}

function ended(seen: OrderSeen, reason: string, now: Date): Settled {
  const status = failedStatus(statusOf(seen.order), 'errored', reason, now);
  return { writes: write(statusAction(seen.order, status)), progress: noProgress };
}

/** What the first Challenge that failed says. */
function challengeReason({ challenges }: OrderSeen): string | undefined {
  const failed = challenges.find(({ status }) => isFailed(status?.state));
  if (failed === undefined) return undefined;
  const { dnsName } = failed.spec;
  return `challenge for ${dnsName} is ${failed.status?.state}${failed.status?.reason ? `: ${failed.status.reason}` : ''}`;
}
