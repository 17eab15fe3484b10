// The rules of Orders: what the ACME server was told, and what it said, does not change once it is there. The rest of the spec may.
import type { Order } from '../../api/order.ts';
import { type FieldError, forbidden } from '../findings.ts';
import type { KindRules } from '../kind-rules.ts';
import { durationTextErrors } from './certificate-renewal.ts';
import { itemsOf, type Members, membersOf, textOf } from './members.ts';

export const orderRules: KindRules<Order> = {
  create: (order) => ({ errors: durationErrors(order) }),
  update: (before, order) => ({
    errors: [
      ...durationErrors(order),
      ...frozen(membersOf(before.spec) ?? {}, membersOf(order.spec) ?? {}, 'spec', ['request'], sameBytes),
      ...statusErrors(membersOf(before.status) ?? {}, membersOf(order.status) ?? {}),
    ],
  }),
};

const durationErrors = (order: Order) => durationTextErrors(membersOf(order.spec)?.['duration'], 'spec.duration');

const immutable = (path: string): FieldError => forbidden(path, 'field is immutable once set');

type Same = (before: string, after: string) => boolean;
const sameText: Same = (before, after) => before === after;
const sameBytes: Same = (before, after) => Buffer.from(before, 'base64').equals(Buffer.from(after, 'base64'));

/** Text members that are set and are another now. */
function frozen(before: Members, after: Members, path: string, fields: readonly string[], same: Same): FieldError[] {
  return fields
    .filter((field) => textOf(before[field]) !== '' && !same(textOf(before[field]), textOf(after[field])))
    .map((field) => immutable(`${path}.${field}`));
}

function statusErrors(before: Members, after: Members): FieldError[] {
  if (isWithdrawn(before, after)) return frozen(before, after, 'status', ['certificate'], sameBytes);
  return [
    ...frozen(before, after, 'status', ['url', 'finalizeURL'], sameText),
    ...frozen(before, after, 'status', ['certificate'], sameBytes),
    ...frozenList(before['authorizations'], after['authorizations'], 'status.authorizations', authorizationErrors),
  ];
}

/** Ours: an order that failed for a cause that may pass is placed anew. It counts that, and takes back all that the server said about it. */
function isWithdrawn(before: Members, after: Members): boolean {
  const [former, attempts] = [before['failedAttempts'] ?? 0, after['failedAttempts'] ?? 0];
  if (typeof former !== 'number' || typeof attempts !== 'number' || attempts <= former) return false;
  return (
    textOf(after['url']) === '' && textOf(after['finalizeURL']) === '' && itemsOf(after['authorizations']).length === 0
  );
}

function authorizationErrors(before: Members, after: Members, path: string): FieldError[] {
  const { wildcard } = before;
  return [
    ...frozen(before, after, path, ['url', 'identifier'], sameText),
    ...(typeof wildcard === 'boolean' && wildcard !== after['wildcard'] ? [immutable(`${path}.wildcard`)] : []),
    ...frozen(before, after, path, ['initialState'], sameText),
    ...frozenList(before['challenges'], after['challenges'], `${path}.challenges`, (former, present, each) =>
      frozen(former, present, each, ['url', 'type', 'token'], sameText),
    ),
  ];
}

/** A list that has items keeps their number; those that both lists have are compared one by one. */
function frozenList(
  before: unknown,
  after: unknown,
  path: string,
  compare: (before: Members, after: Members, path: string) => FieldError[],
): FieldError[] {
  const [former, present] = [itemsOf(before), itemsOf(after)];
  if (former.length === 0) return [];
  const compared = former.slice(0, present.length).flatMap((each, index) => {
    return compare(membersOf(each) ?? {}, membersOf(present[index]) ?? {}, `${path}[${index}]`);
  });
  return former.length === present.length ? compared : [immutable(path), ...compared];
}
