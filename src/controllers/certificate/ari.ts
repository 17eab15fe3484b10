// What an ACME server says of the time of renewal (RFC 9773): when to ask it, what its window makes of the schedule, how the status remembers.
// It only ever moves a renewal forward in time: the schedule of the spec stands whatever a server says, or does not say. Pure.
import type { Certificate, CertificateStatus } from '../../api/certificate.ts';
import { formatTime, parseTime } from '../../base/rfc3339.ts';
import type { LeafFacts } from '../../pki/facts.ts';
import type { RenewalAnswer } from './call.ts';
import { issuedAt } from './revisions.ts';
import type { Seen } from './seen.ts';

export interface SuggestedWindow {
  readonly start: Date;
  readonly end: Date;
}

/** Upstream's: 6 hours where the server names no time, 1 hour to a week where it does. */
const defaultPollMs = 6 * 3_600_000;
const shortestPollMs = 3_600_000;
const longestPollMs = 168 * 3_600_000;
const firstPollMs = { least: 60_000, spread: 600_000 } as const;
/** A tenth to either side, so that certificates of one day do not come back at one second. */
const jitterShare = 0.1;

type AcmeStatus = NonNullable<CertificateStatus['acme']>;

/**
 * The window in the status, as far as it is about this certificate: what was said before it was valid was about another. A window that opened
 * before then counts: so servers ask for the renewal of what they have to revoke soon after they gave it out.
 */
export function windowIn(certificate: Certificate, leaf: LeafFacts): SuggestedWindow | undefined {
  const { suggestedWindow, lastChecked } = certificate.status?.acme?.ari ?? {};
  const { start, end } = suggestedWindow ?? {};
  const checked = parseTime(lastChecked ?? '');
  const window = { start: parseTime(start ?? ''), end: parseTime(end ?? '') };
  if (window.start === undefined || window.end === undefined) return undefined;
  if (window.end < window.start || checked === undefined || checked < leaf.notBefore) return undefined;
  return { start: window.start, end: window.end };
}

/**
 * The moment inside the window at which this certificate is renewed: random between certificates, the same for one certificate at every look
 * (RFC 9773 section 4.2), since its serial number is what is random about it. Whole seconds.
 */
export function momentIn({ start, end }: SuggestedWindow, { serial }: Pick<LeafFacts, 'serial'>): Date {
  const time = start.getTime() + shareOf({ serial }) * (end.getTime() - start.getTime());
  return new Date(Math.floor(time / 1000) * 1000);
}

/** A number from 0 to 1 that is a certificate's own. */
const shareOf = ({ serial }: Pick<LeafFacts, 'serial'>): number => Number.parseInt(serial.slice(-8), 16) / 2 ** 32;

/** The earliest time that the server would like, if it said any; whether that counts is the renewal's business. */
export function suggestedTime(seen: Pick<Seen, 'certificate' | 'secret' | 'asksServer'>): Date | undefined {
  const leaf = seen.secret?.tls.leaf;
  if (seen.asksServer !== true || leaf?.kind !== 'ok') return undefined;
  const window = windowIn(seen.certificate, leaf.value);
  return window === undefined ? undefined : momentIn(window, leaf.value);
}

/** When to ask the server next; undefined where it is not asked at all: no ACME issuer that is ready, no certificate, no way to name it. */
export function nextQuestion(seen: Seen): Date | undefined {
  const { certificate, secret, issuer } = seen;
  const leaf = secret?.tls.leaf;
  if (seen.asksServer !== true || leaf?.kind !== 'ok' || leaf.value.renewalId === undefined) return undefined;
  if (issuer.kind !== 'found' || certificate.spec.renewal?.policy === 'Disabled') return undefined;
  const { lastChecked, nextCheck } = certificate.status?.acme?.ari ?? {};
  const [last, next] = [parseTime(lastChecked ?? ''), parseTime(nextCheck ?? '')];
  const isOld = last !== undefined && last < leaf.value.notBefore;
  return next === undefined || isOld ? firstQuestion(seen, leaf.value) : next;
}

/** A moment after the issuance, another one for each certificate: it is no part of it, and a burst of certificates is no burst of questions. */
function firstQuestion(seen: Seen, leaf: LeafFacts): Date {
  const issued = issuedAt(seen)?.getTime() ?? 0;
  return new Date(issued + firstPollMs.least + shareOf(leaf) * firstPollMs.spread);
}

/** What the status says after an answer; undefined where it says nothing. `jitter` is a random number from 0 to 1. */
export function acmeStatusAfter(
  certificate: Certificate,
  answer: RenewalAnswer,
  jitter: number,
  now: Date,
): AcmeStatus | undefined {
  switch (answer.kind) {
    case 'later':
      return certificate.status?.acme;
    case 'none':
      return undefined;
    case 'failed': {
      const former = certificate.status?.acme?.ari;
      return { ari: { ...former, ...times(shortestPollMs, jitter, now), lastError: answer.message } };
    }
    case 'window': {
      const asked = answer.retryAfter === undefined ? defaultPollMs : answer.retryAfter.getTime() - now.getTime();
      const pollMs = Math.min(longestPollMs, Math.max(shortestPollMs, asked));
      const { start, end, explanationUrl } = answer;
      return {
        ari: {
          suggestedWindow: { start: formatTime(start), end: formatTime(end) },
          ...(explanationUrl === undefined ? {} : { explanationURL: explanationUrl }),
          ...times(pollMs, jitter, now),
        },
      };
    }
  }
}

function times(pollMs: number, jitter: number, now: Date): { lastChecked: string; nextCheck: string } {
  const wait = pollMs * (1 + jitterShare * (2 * jitter - 1));
  return { lastChecked: formatTime(now), nextCheck: formatTime(new Date(now.getTime() + wait)) };
}
