// The decisions about an Issuer or ClusterIssuer: check its set-up, and what the answer makes of its Ready condition. Pure.
import { components } from '../../api/components.ts';
import { conditionOf, conditionTypes, type NewCondition, setCondition } from '../../api/conditions.ts';
import type { Issuer, IssuerStatus } from '../../api/issuer.ts';
import { clusterIssuers, issuers } from '../../api/kinds.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { AnyBackend, CheckOutcome } from '../../issuers/backend.ts';
import { issuerTypeOf, typelessMessage } from '../../issuers/issuer-type.ts';
import { backendOf } from '../../issuers/references.ts';
import {
  type Action,
  call,
  type Decision,
  earliest,
  nothing,
  type Wake,
  type Writes,
  write,
} from '../../kube/reconcile.ts';
import { changeAction } from '../changes.ts';

export interface IssuerSeen {
  readonly issuer: Issuer;
}

/** The one call of this controller: let the backend check the issuer's set-up. */
export interface CheckCall {
  readonly issuer: Issuer;
  /** Its type. */
  readonly backend: string;
}

/** The first retry after an error; once there is nothing new to say about it, the queue's back-off takes over. */
const recheckMs = 5_000;

/**
 * Throws for an issuer without a type: admission refuses any write to it, its status included, so that all there is to do is to log.
 * Types without a backend are left alone.
 */
export function decideIssuer({ issuer }: IssuerSeen, backends: readonly AnyBackend[]): Decision<CheckCall> {
  if (issuer.metadata.deletionTimestamp !== undefined) return nothing;
  if (issuerTypeOf(issuer) === undefined) throw new Error(typelessMessage(issuer));
  const backend = backendOf(issuer, backends);
  return backend === undefined ? nothing : call({ issuer, backend: backend.type });
}

/**
 * Status, events and what the backend wants done after a check, the status first: it says what could not be done. Nothing where the condition is what it was. Throws the error behind an outcome once there is nothing new
 * to say about it, so that the queue's back-off takes over.
 */
export function settleIssuer({ issuer }: IssuerSeen, outcome: CheckOutcome, now: Date): Writes {
  const by = issuer.kind === 'ClusterIssuer' ? components.clusterissuers : components.issuers;
  const changes = (outcome.changes ?? []).map((change) => changeAction(change, by));
  const status = statusOf(issuer, outcome, now);
  const error = outcome.kind === 'notReady' ? outcome.error : undefined;
  const again: Wake = outcome.recheckAt === undefined ? 'onChange' : { at: outcome.recheckAt };
  if (deepEqual(status, issuer.status ?? {})) {
    if (error !== undefined) throw error;
    return write(changes, changes.length > 0 ? { at: now } : again);
  }
  const resource = issuer.kind === 'ClusterIssuer' ? clusterIssuers : issuers;
  const actions: readonly Action[] = [
    { kind: 'status', by, resource, object: issuer, status },
    ...(outcome.kind === 'unfinished' ? [] : eventsOf(issuer, by, outcome)),
    ...changes,
  ];
  if (changes.length > 0) return write(actions, { at: now });
  return write(actions, error === undefined ? again : earliest(again, { at: new Date(now.getTime() + recheckMs) }));
}

/** The whole status: the Ready condition renewed, everything else kept. */
function statusOf(issuer: Issuer, outcome: CheckOutcome, now: Date): IssuerStatus {
  const { generation } = issuer.metadata;
  const former = withBackendPart(issuer.status ?? {}, outcome);
  if (outcome.kind === 'unfinished') return former;
  const condition: NewCondition = {
    type: conditionTypes.Ready,
    status: outcome.kind === 'ready' ? 'True' : 'False',
    reason: outcome.reason,
    ...(outcome.message === '' ? {} : { message: outcome.message }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  return { ...former, conditions: setCondition(former.conditions, condition, now) };
}

function withBackendPart({ acme: before, ...rest }: IssuerStatus, { acme = before }: CheckOutcome): IssuerStatus {
  return acme === undefined ? rest : { ...rest, acme };
}

/** Events go with a changed condition only (upstream says KeyPairVerified at every look), and not where just the generation moved on. */
function eventsOf(
  issuer: Issuer,
  by: string,
  outcome: Exclude<CheckOutcome, { kind: 'unfinished' }>,
): readonly Action[] {
  const former = conditionOf(issuer.status?.conditions, conditionTypes.Ready);
  const isSame =
    former?.status === (outcome.kind === 'ready' ? 'True' : 'False') &&
    former.reason === outcome.reason &&
    (former.message ?? '') === outcome.message;
  if (isSame) return [];
  const event = (type: 'Normal' | 'Warning', reason: string, message: string): Action => ({
    kind: 'event',
    by,
    about: issuer,
    type,
    reason,
    message,
  });
  const type = outcome.kind === 'ready' ? 'Normal' : 'Warning';
  const announcement = outcome.announce === true ? [event(type, outcome.reason, outcome.message)] : [];
  if (outcome.kind === 'ready' || outcome.initError === undefined) return announcement;
  return [...announcement, event('Warning', 'ErrInitIssuer', `Error initializing issuer: ${outcome.initError}`)];
}
