// The decisions about a CertificateRequest: approve, wait, sign, and what to write once the backend has answered. Pure.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { components } from '../../api/components.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import type { Issuer } from '../../api/issuer.ts';
import { parseTime } from '../../base/rfc3339.ts';
import type { SignOutcome } from '../../issuers/backend.ts';
import { decodeErrorText } from '../../issuers/signing.ts';
import { type Action, call, type Decision, earliest, nothing, type Writes, write } from '../../kube/reconcile.ts';
import { decodeCertificates } from '../../pki/certificate.ts';
import { changeAction } from '../changes.ts';
import { isEnded, type RequestRules, type RequestSeen } from './seen.ts';
import {
  actionsOf,
  approved,
  denied,
  eventOf,
  failed,
  issued,
  pending,
  type Report,
  refusedEvent,
  saidOnce,
  unchanged,
  waitingEvent,
} from './status.ts';
import { type Step, stepOf } from './step.ts';

/** The one call of this controller: ask a backend to sign. */
export interface SignCall {
  readonly request: CertificateRequest;
  readonly issuer: Issuer;
  /** Its type. */
  readonly backend: string;
  /** Event source and field manager. */
  readonly by: string;
  /** True where the answer is written together with our approval. */
  readonly approves: boolean;
}

/** How old a request may be for us to say that it waits for approval: not again after each restart. */
const newsMs = 300_000;

/** The first retry after an error; once there is nothing new to say about it, the queue's back-off takes over. */
const recheckMs = 5_000;

export function decideRequest(seen: RequestSeen, now: Date, rules: RequestRules): Decision<SignCall> {
  const { request } = seen;
  if (request.metadata.deletionTimestamp !== undefined) return nothing;
  const wanted = needsApproval(request, rules);
  const refused = wanted && seen.refusal !== undefined && now < seen.refusal.retryAt;
  const approves = wanted && !refused;
  const decision = decisionOf(seen, stepOf(seen, rules, approves), approves, now);
  return refused && decision.kind === 'write' ? withRefusal(seen, decision) : decision;
}

/** The built-in approver lets everything pass, requests to foreign issuers included, that has no verdict and no result yet. */
function needsApproval(request: CertificateRequest, rules: RequestRules): boolean {
  const conditions = request.status?.conditions;
  const verdict = isTrue(conditions, conditionTypes.Approved) || isTrue(conditions, conditionTypes.Denied);
  return rules.approver && !verdict && !isEnded(request);
}

function decisionOf(seen: RequestSeen, step: Step, approves: boolean, now: Date): Decision<SignCall> {
  const { request } = seen;
  const base = approves ? approved(request, now) : unchanged(request);
  switch (step.kind) {
    case 'ignore':
      return write(actionsOf(request, components.approver, base));
    case 'deny':
      return write(actionsOf(request, step.by, denied(request, now)));
    case 'awaitApproval':
      return write(isNews(seen, now) ? [waitingEvent(request, step.by)] : []);
    case 'wait':
      return write(actionsOf(request, step.by, pending(request, base, step.by, step, now)));
    case 'sign':
      // What a backend does to the world outside must not happen before the approval is on record.
      if (approves && !step.backend.local) return write(actionsOf(request, components.approver, base));
      return call({ request, issuer: step.issuer, backend: step.backend.type, by: step.by, approves });
  }
}

function isNews(seen: RequestSeen, now: Date): boolean {
  const created = parseTime(seen.request.metadata.creationTimestamp);
  const isRecent = created !== undefined && now.getTime() - created.getTime() < newsMs;
  return isRecent && !seen.said.includes(saidOnce.waiting);
}

function withRefusal(seen: RequestSeen, writes: Writes): Writes {
  const { refusal, request } = seen;
  if (refusal === undefined) return writes;
  const news = seen.said.includes(saidOnce.refused) ? [] : [refusedEvent(request, refusal.message)];
  return write([...writes.actions, ...news], earliest(writes.wake, { at: refusal.retryAt }));
}

/**
 * What to write once the backend has answered. Throws the error behind a pending outcome once there is nothing new to say about it, so that
 * the queue's back-off takes over.
 */
export function settleRequest(
  seen: RequestSeen,
  call: SignCall,
  outcome: SignOutcome,
  now: Date,
  rules: RequestRules,
): Writes {
  const { request } = seen;
  const base = call.approves ? approved(request, now) : unchanged(request);
  switch (outcome.kind) {
    case 'pending': {
      const actions = pendingActions(seen, call, base, outcome, now);
      if (outcome.recheckAt !== undefined) return write(actions, { at: outcome.recheckAt });
      if (outcome.error === undefined) return write(actions);
      if (actions.length === 0) throw outcome.error;
      return write(actions, { at: new Date(now.getTime() + recheckMs) });
    }
    case 'rejected':
      return write(
        actionsOf(request, call.by, failed(request, noted(request, base, call, outcome), call.by, outcome, now)),
      );
    case 'issued':
      return write(
        actionsOf(
          request,
          call.by,
          issuedReport(request, noted(request, base, call, outcome), call, outcome, now, rules),
        ),
      );
  }
}

/** The status first: what a backend wants done must not be done without the approval on record. */
function pendingActions(
  { request }: RequestSeen,
  call: SignCall,
  base: Report,
  outcome: Extract<SignOutcome, { kind: 'pending' }>,
  now: Date,
): readonly Action[] {
  const { news, changes = [] } = outcome;
  const waits = pending(request, base, call.by, outcome, now);
  const told =
    news === undefined
      ? waits.events
      : [...base.events, eventOf(request, call.by, 'Normal', news.reason, news.message)];
  return actionsOf(request, call.by, { status: waits.status, events: [] })
    .concat(changes.map((change) => changeAction(change, call.by)))
    .concat(told);
}

function noted(
  request: CertificateRequest,
  base: Report,
  call: SignCall,
  outcome: Exclude<SignOutcome, { kind: 'pending' }>,
): Report {
  const notes = (outcome.notes ?? []).map((note): Action & { kind: 'event' } =>
    eventOf(request, call.by, 'Warning', note.reason, note.message),
  );
  return { ...base, events: [...base.events, ...notes] };
}

function issuedReport(
  request: CertificateRequest,
  base: Report,
  call: SignCall,
  outcome: Extract<SignOutcome, { kind: 'issued' }>,
  now: Date,
  rules: RequestRules,
): Report {
  const ca = outcome.caPem === undefined || outcome.caPem === '' ? {} : { ca: base64Of(outcome.caPem) };
  const status = { ...base.status, certificate: base64Of(outcome.certificatePem), ...ca };
  const report = { ...base, status };
  const error = undecodable(outcome.certificatePem, rules);
  if (error === undefined) return issued(request, report, call.by, now);
  const hint = rules.backends.find((backend) => backend.type === call.backend)?.undecodableHint;
  const message = `Failed to decode returned certificate: ${hint === undefined ? '' : `${hint}: `}${error}`;
  return failed(request, report, call.by, { reason: 'DecodeError', message }, now);
}

function undecodable(pem: string, rules: RequestRules): string | undefined {
  try {
    decodeCertificates(pem, rules.limits.chainBytes);
    return undefined;
  } catch (error) {
    return decodeErrorText(error);
  }
}

const base64Of = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
