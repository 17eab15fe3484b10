// The statuses of a CertificateRequest and the events that go with them: one builder per ending (upstream: approver, reporter). Pure.
import type { CertificateRequest, CertificateRequestStatus } from '../../api/certificate-request.ts';
import { components } from '../../api/components.ts';
import { conditionTypes, reasons, setCondition } from '../../api/conditions.ts';
import { certificateRequests } from '../../api/kinds.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { formatTime } from '../../base/rfc3339.ts';
import type { Action } from '../../kube/reconcile.ts';
import { readyReason } from './seen.ts';

type Status = CertificateRequestStatus;
type EventAction = Extract<Action, { kind: 'event' }>;

/** A status to write, and the events that follow if the write succeeds. */
export interface Report {
  readonly status: Status;
  readonly events: readonly EventAction[];
}

const approvalMessage = 'Certificate request has been approved by cert-manager.io';
const issuedMessage = 'Certificate fetched from issuer successfully';
const deniedMessage = 'The CertificateRequest was denied by an approval controller';
const waitingMessage = 'Not signing CertificateRequest until it is Approved';

/** Reasons of the events that are said at most once per request. */
export const saidOnce = { waiting: 'WaitingForApproval', refused: 'ApprovalRefused' } as const;

export function unchanged(request: CertificateRequest): Report {
  return { status: request.status ?? {}, events: [] };
}

export function approved(request: CertificateRequest, now: Date): Report {
  const condition = {
    type: conditionTypes.Approved,
    status: 'True',
    reason: reasons['cert-manager.io'],
    message: approvalMessage,
  } as const;
  const former = request.status ?? {};
  const event = eventOf(request, components.approver, 'Normal', condition.reason, condition.message);
  return { status: { ...former, conditions: setCondition(former.conditions, condition, now) }, events: [event] };
}

/** Denied by an approver: no event, as the approver has said its own. */
export function denied(request: CertificateRequest, now: Date): Report {
  const status = withReady(request.status ?? {}, 'False', reasons.Denied, deniedMessage, now);
  return { status: { ...status, failureTime: status.failureTime ?? formatTime(now) }, events: [] };
}

/** Waits. Only the first cause of a wait is an event; later ones only change the message. */
export function pending(
  request: CertificateRequest,
  base: Report,
  by: string,
  why: { readonly reason: string; readonly message: string },
  now: Date,
): Report {
  const events =
    readyReason(request) === reasons.Pending ? [] : [eventOf(request, by, 'Normal', why.reason, why.message)];
  return {
    status: withReady(base.status, 'False', reasons.Pending, why.message, now),
    events: [...base.events, ...events],
  };
}

/** Failed for good. `status` may already hold what the issuer returned. */
export function failed(
  request: CertificateRequest,
  base: Report,
  by: string,
  why: { readonly reason: string; readonly message: string },
  now: Date,
): Report {
  const status = withReady(base.status, 'False', reasons.Failed, why.message, now);
  return {
    status: { ...status, failureTime: status.failureTime ?? formatTime(now) },
    events: [...base.events, eventOf(request, by, 'Warning', why.reason, why.message)],
  };
}

export function issued(request: CertificateRequest, base: Report, by: string, now: Date): Report {
  return {
    status: withReady(base.status, 'True', reasons.Issued, issuedMessage, now),
    events: [...base.events, eventOf(request, by, 'Normal', 'CertificateIssued', issuedMessage)],
  };
}

export function waitingEvent(request: CertificateRequest, by: string): EventAction {
  return eventOf(request, by, 'Normal', saidOnce.waiting, waitingMessage);
}

export function refusedEvent(request: CertificateRequest, error: string): EventAction {
  const message = `The API server did not let cert-manager.io approve this request: ${error}`;
  return eventOf(request, components.approver, 'Warning', saidOnce.refused, message);
}

export function eventOf(
  request: CertificateRequest,
  by: string,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): EventAction {
  return { kind: 'event', by, about: request, type, reason, message };
}

/** The write of a report and its events; nothing at all where the status is what it was. */
export function actionsOf(request: CertificateRequest, by: string, report: Report): readonly Action[] {
  if (deepEqual(report.status, request.status ?? {})) return report.events;
  return [
    { kind: 'status', by, resource: certificateRequests, object: request, status: report.status },
    ...report.events,
  ];
}

function withReady(status: Status, value: 'True' | 'False', reason: string, message: string, now: Date): Status {
  const condition = { type: conditionTypes.Ready, status: value, reason, message };
  return { ...status, conditions: setCondition(status.conditions, condition, now) };
}
