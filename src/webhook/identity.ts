// Who asked for a certificate: the requester's identity in a CertificateRequest, stamped when it is created and never changed. Pure.
import type { CertificateRequest, CertificateRequestSpec } from '../api/certificate-request.ts';
import { deepEqual } from '../base/deep-equal.ts';
import { type FieldError, forbidden } from './findings.ts';
import type { UserInfo } from './review.ts';

/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

type Identity = Pick<CertificateRequestSpec, 'username' | 'uid' | 'groups' | 'extra'>;
type Field = keyof Identity;
const fields: readonly Field[] = ['uid', 'username', 'groups', 'extra'];

/**
 * What makes the request say who its requester is, whatever it said before: `username`, `uid` and `groups` also when they are empty, `extra`
 * only when it is not. Nothing where it says so already. `spec` is the request's, undefined where it has none.
 */
export function stampIdentity(spec: Identity | undefined, user: UserInfo): PatchOperation[] {
  const stamped: readonly PatchOperation[] = fields.flatMap((field): readonly PatchOperation[] => {
    const path = `/spec/${field}`;
    const value = identityOf(user)[field];
    if (value !== undefined)
      return spec !== undefined && deepEqual(spec[field], value) ? [] : [{ op: 'add', path, value }];
    return spec !== undefined && field in spec ? [{ op: 'remove', path }] : [];
  });
  return spec === undefined ? [{ op: 'add', path: '/spec', value: {} }, ...stamped] : [...stamped];
}

function identityOf(user: UserInfo): Identity {
  const { username = '', uid = '', groups = [], extra = {} } = user;
  const known = { username, uid, groups: [...groups] };
  return Object.keys(extra).length === 0 ? known : { ...known, extra: extra as Record<string, string[]> };
}

/** A request may be created in nobody else's name. Groups count as a multiset, and so do the values under one key of `extra`. */
export function foreignIdentityErrors(request: CertificateRequest, user: UserInfo): FieldError[] {
  const spec = specOf(request);
  const matches: Readonly<Record<Field, boolean>> = {
    uid: text(spec.uid) === text(user.uid),
    username: text(spec.username) === text(user.username),
    groups: sameMembers(spec.groups, user.groups),
    extra: sameExtra(spec.extra, user.extra),
  };
  return fields
    .filter((field) => !matches[field])
    .map((field) => forbidden(`spec.${field}`, `${field} identity must be that of the requester`));
}

/** What was stamped stays. Only the order of the groups may change. */
export function changedIdentityErrors(before: CertificateRequest, after: CertificateRequest): FieldError[] {
  const [old, now] = [specOf(before), specOf(after)];
  const same: Readonly<Record<Field, boolean>> = {
    uid: text(old.uid) === text(now.uid),
    username: text(old.username) === text(now.username),
    groups: sameMembers(old.groups, now.groups),
    extra: deepEqual(old.extra, now.extra),
  };
  return fields
    .filter((field) => !same[field])
    .map((field) => forbidden(`spec.${field}`, `${field} identity cannot be changed once set`));
}

const specOf = (request: CertificateRequest): Identity => request.spec ?? {};
const text = (value: string | undefined): string => value ?? '';

/** As multisets, where both are lists. */
function sameMembers(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return deepEqual(sorted(a ?? []), sorted(b ?? []));
}

const sorted = (values: readonly string[]): unknown =>
  Array.isArray(values) ? values.map((value) => JSON.stringify(value)).toSorted() : values;

function sameExtra(a: UserInfo['extra'], b: UserInfo['extra']): boolean {
  const [left, right] = [new Map(Object.entries(a ?? {})), new Map(Object.entries(b ?? {}))];
  return (
    left.size === right.size &&
    [...left].every(([key, values]) => right.has(key) && sameMembers(values, right.get(key)))
  );
}
