import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateRequestSpec } from '../../../src/api/certificate-request.ts';
import { formatFieldError } from '../../../src/webhook/findings.ts';
import {
  changedIdentityErrors,
  foreignIdentityErrors,
  type PatchOperation,
  stampIdentity,
} from '../../../src/webhook/identity.ts';
import type { UserInfo } from '../../../src/webhook/review.ts';
import { aRequest } from '../../support/request-builders.ts';

const alice: UserInfo = {
  username: 'alice',
  uid: '7',
  groups: ['dev', 'ops', 'dev'],
  extra: { 'example.org/team': ['a', 'b'] },
};
const asAlice = {
  username: 'alice',
  uid: '7',
  groups: ['dev', 'ops', 'dev'],
  extra: { 'example.org/team': ['a', 'b'] },
};
const add = (field: string, value: unknown): PatchOperation => ({ op: 'add', path: `/spec/${field}`, value });

describe('stampIdentity', () => {
  const emptySpec: PatchOperation = { op: 'add', path: '/spec', value: {} };
  const all = [
    add('uid', '7'),
    add('username', 'alice'),
    add('groups', ['dev', 'ops', 'dev']),
    add('extra', { 'example.org/team': ['a', 'b'] }),
  ];
  const nobody = [add('uid', ''), add('username', ''), add('groups', [])];
  const cases: readonly [string, Partial<CertificateRequestSpec> | undefined, UserInfo, readonly PatchOperation[]][] = [
    ['everything of the user', {}, alice, all],
    ['over what the request claims', { username: 'root', groups: ['system:masters'] }, alice, all],
    ['only what differs', { ...asAlice, uid: '8' }, alice, [add('uid', '7')]],
    ['nothing where it is right already', asAlice, alice, []],
    [
      'the order of groups as the API server tells it',
      { ...asAlice, groups: ['dev', 'dev', 'ops'] },
      alice,
      [add('groups', ['dev', 'ops', 'dev'])],
    ],
    ['empty fields too', {}, {}, nobody],
    [
      'extra that nobody has goes',
      { extra: { a: ['b'] } },
      { extra: {} },
      [...nobody, { op: 'remove', path: '/spec/extra' }],
    ],
    ['a request without a spec', undefined, alice, [emptySpec, ...all]],
    ['nor a user', undefined, {}, [emptySpec, ...nobody]],
  ];
  for (const [name, spec, user, expected] of cases)
    test(name, () => assert.deepEqual(stampIdentity(spec, user), expected));
});

describe('foreignIdentityErrors', () => {
  const error = (field: string) => `spec.${field}: Forbidden: ${field} identity must be that of the requester`;
  const cases: readonly [string, Partial<CertificateRequestSpec>, UserInfo, readonly string[]][] = [
    ['the requester', asAlice, alice, []],
    ['nobody', {}, {}, []],
    ['empty is absent', { username: '', uid: '', groups: [], extra: {} }, {}, []],
    ['groups in another order', { ...asAlice, groups: ['ops', 'dev', 'dev'] }, alice, []],
    ['values of extra in another order', { ...asAlice, extra: { 'example.org/team': ['b', 'a'] } }, alice, []],
    ['a group less often', { ...asAlice, groups: ['ops', 'ops', 'dev'] }, alice, [error('groups')]],
    ['a group too few', { ...asAlice, groups: ['dev', 'ops'] }, alice, [error('groups')]],
    [
      'a value of extra too many',
      { ...asAlice, extra: { 'example.org/team': ['a', 'b', 'b'] } },
      alice,
      [error('extra')],
    ],
    ['another key of extra', { ...asAlice, extra: { team: ['a', 'b'] } }, alice, [error('extra')]],
    ['extra that is a member of every object', { ...asAlice, extra: { constructor: ['a'] } }, alice, [error('extra')]],
    [
      'somebody else',
      { username: 'root', uid: '0', groups: ['system:masters'], extra: { a: [] } },
      alice,
      [error('uid'), error('username'), error('groups'), error('extra')],
    ],
    ['nobody in the name of somebody', asAlice, {}, [error('uid'), error('username'), error('groups'), error('extra')]],
  ];
  for (const [name, spec, user, expected] of cases) {
    test(name, () => assert.deepEqual(foreignIdentityErrors(aRequest({ spec }), user).map(formatFieldError), expected));
  }
});

describe('changedIdentityErrors', () => {
  const error = (field: string) => `spec.${field}: Forbidden: ${field} identity cannot be changed once set`;
  const cases: readonly [
    string,
    Partial<CertificateRequestSpec>,
    Partial<CertificateRequestSpec>,
    readonly string[],
  ][] = [
    ['nothing', asAlice, asAlice, []],
    ['something else', asAlice, { ...asAlice, isCA: true }, []],
    ['the order of groups', asAlice, { ...asAlice, groups: ['ops', 'dev', 'dev'] }, []],
    [
      'the order of values of extra',
      asAlice,
      { ...asAlice, extra: { 'example.org/team': ['b', 'a'] } },
      [error('extra')],
    ],
    ['extra that becomes empty', {}, { extra: {} }, [error('extra')]],
    ['all of it', asAlice, {}, [error('uid'), error('username'), error('groups'), error('extra')]],
  ];
  for (const [name, before, after, expected] of cases) {
    test(name, () => {
      const errors = changedIdentityErrors(aRequest({ spec: before }), aRequest({ spec: after }));
      assert.deepEqual(errors.map(formatFieldError), expected);
    });
  }
});
