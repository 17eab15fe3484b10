// What an Order needs next: writes, or one call to the ACME server. The table below is the order of the steps. Pure.
import type { Challenge } from '../../api/challenge.ts';
import type { OrderStatus } from '../../api/order.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { challengesFor, isWanted, type WantedChallenge } from '../../issuers/acme/challenge-for.ts';
import { restReason } from '../../issuers/acme/retries.ts';
import { type Action, call, type Decision, nothing, type Writes, write } from '../../kube/reconcile.ts';
import { type AccountSeen, disowning, isEnded, isFailed, isIssued, type OrderCall, type OrderSeen } from './seen.ts';
import { settlePlaced } from './settle.ts';
import {
  createActions,
  delayedStatus,
  deleteActions,
  eventAction,
  statusAction,
  statusOf,
  undelayed,
  withoutAccount,
} from './status.ts';

type OpenAccount = Extract<AccountSeen, { kind: 'open' }>;

/**
 * | # | seen | what is done | then |
 * |---|---|---|---|
 * | 1 | being deleted | nothing | |
 * | 2 | ended, and no Challenges | nothing | |
 * | 3 | its CertificateRequest is not there | nothing | the request changes |
 * | 4 | not ours | Warning `NotOurs`, once | |
 * | 5 | valid with a certificate | Challenges are deleted | |
 * | 6 | invalid, expired, errored | Challenges that are not final are deleted | |
 * | 7 | no such ACME issuer | nothing | the issuer changes |
 * | 8 | account not usable | reason | the issuer changes, a minute |
 * | 9 | Challenges that are not (any more) wanted, or wanted ones missing | deleted, created (`Created`); reason, where the API server refused | Challenges change |
 * | 10 | no solver fits | Warning `Solver`, once; reason | the issuer changes |
 * | 11 | the issuer rests | reason | its time |
 * | 12 | before nextAttemptAt, or before the next look | nothing | that time |
 * | 13 | not placed | call `place` | |
 * | 14 | finalizeURL or an identifier is missing | call `read` | |
 * | 15 | ready | call `finalize` | |
 * | 16 | valid, processing, or a Challenge failed | call `look` | |
 * | 17 | every Challenge valid | call `finalize`, once; then `look` | |
 * | 18 | else | what keeps a Challenge from going on becomes the reason, what was said before goes | Challenges change |
 *
 * After a call: settle.ts. Failures: failures.ts.
 */
export function decideOrder(seen: OrderSeen, now: Date): Decision<OrderCall> {
  const { order, standing, account, challenges } = seen;
  if (order.metadata.deletionTimestamp !== undefined) return nothing;
  if (isEnded(order) && challenges.length === 0) return nothing;
  if (standing.kind === 'orphan') return nothing;
  if (standing.kind === 'stranger') return disowned(seen, standing.why);
  if (isIssued(order.status)) return write(deleteActions(challenges));
  if (isFailed(order.status?.state)) return write(deleteActions(challenges.filter((each) => !isFinal(each))));
  if (account.kind === 'noIssuer') return nothing;
  if (account.kind === 'unavailable') return withoutAccount(order, account.message, now);
  return decideOpen(seen, account, now);
}

function disowned({ order, progress }: OrderSeen, why: string): Writes {
  if (progress.isDisowned === true) return nothing;
  const message = `Nothing is done for this Order: ${why}`;
  return write([eventAction(order, 'Warning', disowning, message)]);
}

function decideOpen(seen: OrderSeen, account: OpenAccount, now: Date): Decision<OrderCall> {
  const { order } = seen;
  const wanted = challengesFor(order, account.issuer, account.thumbprint);
  const list = wanted.kind === 'wanted' && !isIncomplete(seen) ? wanted.challenges : [];
  const changes = challengeActions(seen, list);
  if (changes.length > 0) return write([...refusedActions(seen), ...changes]);
  if (wanted.kind === 'unsolvable' && !isIncomplete(seen)) return unsolvable(seen, wanted.message);
  const wait = waitOf(seen, account, now);
  if (wait !== undefined) return wait;
  const kind = callFor(seen, list);
  if (kind === undefined) return write(statusAction(order, heldUp(seen)));
  const { placed } = seen.progress;
  if (kind === 'place' && placed !== undefined) return settlePlaced(seen, placed, now).writes;
  const hasFailures = seen.challenges.some(({ status }) => isFailed(status?.state));
  return call({ kind, order, issuer: account.issuer, hasFailures });
}

/** Whether the status does not say yet what has to be proved. */
function isIncomplete({ order }: OrderSeen): boolean {
  const { url, finalizeURL, authorizations = [] } = statusOf(order);
  return !url || !finalizeURL || authorizations.some(({ identifier }) => !identifier);
}

/** One that is wanted but still being deleted is made anew once it is gone. Only a pending order has something to prove. */
function challengeActions({ order, challenges }: OrderSeen, wanted: readonly WantedChallenge[]) {
  const { state = 'pending' } = statusOf(order);
  const names = new Set(challenges.map(({ metadata }) => metadata.name));
  const missing = state === 'pending' ? wanted.filter(({ name }) => !names.has(name)) : [];
  const leftover = challenges.filter((each) => !wanted.some((one) => isWanted(each, one)));
  return [...missing.flatMap((each) => createActions(order, each)), ...deleteActions(leftover)];
}

/**
 * What a Challenge says where it cannot go on, so that its Certificate can say it, too. One that waits as its solver was told to does not count: what
 * other versions say of that changes by the second.
 */
function heldUp({ order, challenges }: OrderSeen): OrderStatus {
  const held = challenges.find(isHeldUp);
  const status = undelayed(statusOf(order));
  return held?.status?.reason ? { ...status, reason: `${held.spec.dnsName}: ${held.status.reason}` } : status;
}

function isHeldUp({ spec, status = {} }: Challenge): boolean {
  const { state, reason, failedAttempts, nextAttemptAt } = status;
  if (!reason || state === 'valid' || isFailed(state)) return false;
  const mayWait = spec.solver.waitInsteadOfSelfCheck !== undefined;
  return !mayWait || failedAttempts !== undefined || nextAttemptAt !== undefined;
}

/** Why its Challenges cannot be made, said before it is tried again: what fails keeps all that comes after it from being done. */
function refusedActions({ order, progress }: OrderSeen): readonly Action[] {
  const { refusal } = progress;
  if (refusal === undefined) return [];
  return statusAction(order, { ...statusOf(order), reason: `Failed to create Challenge: ${refusal}` });
}

function unsolvable({ order }: OrderSeen, message: string): Writes {
  const former = statusOf(order);
  if (former.reason === message) return nothing;
  const status = { ...undelayed(former), state: former.state ?? 'pending', reason: message } as const;
  return write([...statusAction(order, status), eventAction(order, 'Warning', 'Solver', message)]);
}

function waitOf({ order, progress }: OrderSeen, { pausedUntil }: OpenAccount, now: Date): Writes | undefined {
  const status = statusOf(order);
  const written = status.nextAttemptAt === undefined ? undefined : parseTime(status.nextAttemptAt);
  const own = Math.max(written?.getTime() ?? 0, progress.notBefore?.getTime() ?? 0);
  if (pausedUntil !== undefined && pausedUntil > now && own < wholeSecond(pausedUntil)) {
    const paused = delayedStatus(status, restReason(pausedUntil), pausedUntil);
    return write(statusAction(order, paused), { at: pausedUntil });
  }
  const at = Math.max(own, pausedUntil?.getTime() ?? 0);
  return at > now.getTime() ? write([], { at: new Date(at) }) : undefined;
}

/** As a status keeps it, in milliseconds. */
const wholeSecond = (date: Date): number => Math.floor(date.getTime() / 1000) * 1000;

function callFor(seen: OrderSeen, wanted: readonly WantedChallenge[]): OrderCall['kind'] | undefined {
  const { url, state } = statusOf(seen.order);
  if (!url) return 'place';
  if (isIncomplete(seen)) return 'read';
  if (seen.progress.looking === true) return 'look';
  if (state === 'ready') return 'finalize';
  if (state !== 'pending' && state !== undefined) return 'look';
  const states = wantedStates(seen.challenges, wanted);
  if (states.some(isFailed) || states.length === 0) return 'look';
  return states.every((each) => each === 'valid') ? 'finalize' : undefined;
}

function wantedStates(challenges: readonly Challenge[], wanted: readonly WantedChallenge[]) {
  return wanted.map(({ name }) => challenges.find(({ metadata }) => metadata.name === name)?.status?.state);
}

const isFinal = ({ status }: Challenge): boolean => status?.state === 'valid' || isFailed(status?.state);
