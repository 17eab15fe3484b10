// The statuses of an Order, one builder an ending, and the writes and events that go with them. Each states the whole status. Pure.
import type { Authorization } from '../../acme/resources.ts';
import type { Challenge } from '../../api/challenge.ts';
import { components } from '../../api/components.ts';
import { challenges, orders } from '../../api/kinds.ts';
import { finalizers } from '../../api/labels.ts';
import { controllerReference } from '../../api/meta.ts';
import type { AcmeState, Order, OrderAuthorization, OrderStatus } from '../../api/order.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { formatTime } from '../../base/rfc3339.ts';
import type { WantedChallenge } from '../../issuers/acme/challenge-for.ts';
import { keyOf } from '../../kube/collection.ts';
import { type Action, type Writes, write } from '../../kube/reconcile.ts';
import type { Placed } from './seen.ts';

const by = components.orders;

/** How soon an account that cannot be used is looked at again, besides every change of its issuer. */
const accountMs = 60_000;

export const statusOf = (order: Order): OrderStatus => order.status ?? {};

/** Without what was said about waiting. */
export function undelayed(status: OrderStatus): OrderStatus {
  const { reason: _reason, nextAttemptAt: _nextAttemptAt, ...rest } = status;
  return rest;
}

/** The order is at the server. What the status has already stays: it must not change (upstream's rules of admission). */
export function placedStatus(former: OrderStatus, { order, authorizations }: Placed): OrderStatus {
  const known = former.authorizations?.length
    ? former.authorizations
    : (order?.authorizations ?? []).map((url) => ({ url }));
  const state = order?.status ?? former.state;
  return {
    ...undelayed(former),
    ...(order === undefined ? {} : { url: former.url || order.url, finalizeURL: former.finalizeURL || order.finalize }),
    ...(state === undefined ? {} : { state }),
    ...(known.length === 0 ? {} : { authorizations: known.map((each) => described(each, authorizations)) }),
  };
}

function described(known: OrderAuthorization, fetched: readonly Authorization[]): OrderAuthorization {
  const found = known.identifier ? undefined : fetched.find(({ url }) => url === known.url);
  if (found === undefined) return known;
  return {
    url: known.url,
    identifier: found.identifier.value,
    wildcard: found.wildcard,
    initialState: initialStateOf(found),
    challenges: found.challenges.map(({ url, token = '', type }) => ({ url, token, type })),
  };
}

/** Two states of authorizations have no name in our API. */
function initialStateOf({ status }: Authorization): AcmeState {
  return status === 'deactivated' || status === 'revoked' ? 'invalid' : status;
}

export function issuedStatus(former: OrderStatus, certificatePem: string): OrderStatus {
  return { ...undelayed(former), state: 'valid', certificate: Buffer.from(certificatePem).toString('base64') };
}

export function delayedStatus(former: OrderStatus, reason: string, until: Date): OrderStatus {
  return { ...former, reason, nextAttemptAt: formatTime(until) };
}

/** Nothing is left of what the server said: the order will be placed anew. */
export function withdrawnStatus({ failedAttempts = 0 }: OrderStatus, reason: string, at: Date): OrderStatus {
  return { state: 'pending', reason, failedAttempts: failedAttempts + 1, nextAttemptAt: formatTime(at) };
}

export function failedStatus(
  former: OrderStatus,
  state: 'errored' | 'invalid',
  reason: string,
  now: Date,
): OrderStatus {
  return { ...undelayed(former), state, reason, failureTime: formatTime(now) };
}

/** Said once; the text names no time, so that it stays what it is. */
export function withoutAccount(order: Order, message: string, now: Date): Writes {
  const status = { ...statusOf(order), reason: `Waiting for the ACME account: ${message}` };
  return write(statusAction(order, status), { at: new Date(now.getTime() + accountMs) });
}

/** Nothing where the status is what it was. */
export function statusAction(order: Order, status: OrderStatus): Action[] {
  if (deepEqual(statusOf(order), status)) return [];
  return [{ kind: 'status', by, resource: orders, object: order, status }];
}

export function eventAction(about: Order, type: 'Normal' | 'Warning', reason: string, message: string): Action {
  return { kind: 'event', by, about, type, reason, message };
}

/** With the finalizer, so that nothing that is presented for it is ever forgotten. */
export function createActions(order: Order, { name, spec }: WantedChallenge): Action[] {
  const { namespace } = order.metadata;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ownerReferences: [controllerReference(order)],
    finalizers: [finalizers.challenge],
  };
  const manifest = { apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge', metadata, spec };
  return [
    { kind: 'create', by, resource: challenges, manifest },
    eventAction(order, 'Normal', 'Created', `Created Challenge resource "${name}" for domain "${spec.dnsName}"`),
  ];
}

/** None for those that are being deleted already. */
export function deleteActions(all: readonly Challenge[]): Action[] {
  return all
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((each) => ({ kind: 'delete', by, resource: challenges, key: keyOf(each), uid: each.metadata.uid }));
}
