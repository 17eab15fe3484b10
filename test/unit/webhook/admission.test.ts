import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../../../src/api/meta.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { RequestOptions } from '../../../src/kube/call-options.ts';
import { defaultPemLimits } from '../../../src/pki/limits.ts';
import { type Admission, type AdmissionOptions, createAdmission } from '../../../src/webhook/admission.ts';
import { type FieldError, forbidden, required } from '../../../src/webhook/findings.ts';
import type { KindRules, RuleContext } from '../../../src/webhook/kind-rules.ts';
import type { AdmissionRequest, AdmissionResponse } from '../../../src/webhook/review.ts';
import { aCondition, aRequest } from '../../support/request-builders.ts';

const gates = { LiteralCertificateSubject: true, NameConstraints: true, OtherNames: true };
const user = { username: 'alice', groups: ['dev'] };

/** Rules that find what a label of the object says, as far as this test is concerned. */
const labelRules: KindRules<KubeObject> = {
  create: (object) => found(object),
  update: (_before, object) => found(object),
};
function found({ metadata }: KubeObject) {
  const { errors = '', warnings = '' } = metadata.labels ?? {};
  return {
    errors: errors
      .split(' ')
      .filter(Boolean)
      .map((path): FieldError => required(path, '')),
    warnings: warnings.split(' ').filter(Boolean),
  };
}

function admissionWith(options: Partial<AdmissionOptions> = {}): Admission {
  return createAdmission({
    client: deaf,
    gates,
    limits: defaultPemLimits,
    log: silentLog,
    rulesOf: () => labelRules,
    ...options,
  });
}

function clientThat(answers: (path: string) => unknown): AdmissionOptions['client'] {
  return {
    request: async <T>(_method: string, path: string, _options?: RequestOptions): Promise<T> => {
      const answer = answers(path);
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
}

const deaf = clientThat(() => new ApiError(403, 'Forbidden', 'no'));

const certificateRequests = { group: 'cert-manager.io', version: 'v1', resource: 'certificaterequests' };
const issuers = { group: 'cert-manager.io', version: 'v1', resource: 'issuers' };

function anIssuer(labels: Record<string, string> = {}): KubeObject {
  const metadata = { name: 'ca', namespace: 'app', uid: 'u', resourceVersion: '1', creationTimestamp: '', labels };
  return { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata };
}

function create(object: unknown, more: object = {}): AdmissionRequest {
  return {
    uid: 'r',
    kind: { group: '', version: '', kind: '' },
    resource: issuers,
    operation: 'CREATE',
    userInfo: user,
    object: object as KubeObject,
    ...more,
  };
}
const update = (oldObject: unknown, object: unknown, more: object = {}) =>
  create(object, { operation: 'UPDATE', oldObject, ...more });

const allowed: AdmissionResponse = { uid: 'r', allowed: true };
const denied = (message: string): AdmissionResponse => ({
  uid: 'r',
  allowed: false,
  status: { code: 403, reason: 'Forbidden', message },
});
const unreadable = (message: string): AdmissionResponse => ({
  uid: 'r',
  allowed: false,
  status: { code: 400, message },
});

describe('validate', () => {
  const foreign = (field: string) => `spec.${field}: Forbidden: ${field} identity must be that of the requester`;
  const mine = aRequest({ spec: { ...user, groups: [...user.groups] } });
  const approved = aRequest({
    spec: { ...user, groups: [...user.groups] },
    conditions: [aCondition('Approved', 'True', 'Test')],
  });
  const mayNot =
    'status.conditions: Forbidden: user "alice" does not have permissions to set approved/denied conditions for issuer {ca  }';
  const cases: readonly [string, AdmissionRequest, AdmissionResponse][] = [
    ['a good object', create(anIssuer()), allowed],
    ['one error', create(anIssuer({ errors: 'spec.a' })), denied('spec.a: Required value')],
    [
      'several, none of them twice',
      create(anIssuer({ errors: 'spec.a spec.b spec.a' })),
      denied('[spec.a: Required value, spec.b: Required value]'),
    ],
    ['warnings', create(anIssuer({ warnings: 'w' })), { ...allowed, warnings: ['w'] }],
    [
      'warnings with errors',
      create(anIssuer({ errors: 'spec.a', warnings: 'w' })),
      { ...denied('spec.a: Required value'), warnings: ['w'] },
    ],
    ['an update', update(anIssuer({ errors: 'spec.a' }), anIssuer()), allowed],
    ['a bad one', update(anIssuer(), anIssuer({ errors: 'spec.a' })), denied('spec.a: Required value')],
    [
      'an update of the status is looked at in full',
      update(anIssuer(), anIssuer({ errors: 'spec.a' }), { subResource: 'status' }),
      denied('spec.a: Required value'),
    ],
    ['a deletion', create(null, { operation: 'DELETE', oldObject: 5 }), allowed],
    ['a connection', create(null, { operation: 'CONNECT' }), allowed],
    [
      'a deletion of what is none of ours',
      create(null, { operation: 'DELETE', resource: { group: '', version: 'v1', resource: 'pods' } }),
      allowed,
    ],
    ['no object', create(null), unreadable('there is no content to decode')],
    ['no former object', update(null, anIssuer()), unreadable('there is no content to decode')],
    ['a list', create([]), unreadable('the object is not a JSON object')],
    [
      'another kind',
      create({ ...anIssuer(), kind: 'ClusterIssuer' }),
      unreadable('the object is not of apiVersion cert-manager.io/v1 and kind Issuer'),
    ],
    [
      'another version',
      create({ ...anIssuer(), apiVersion: 'cert-manager.io/v1alpha2' }),
      unreadable('the object is not of apiVersion cert-manager.io/v1 and kind Issuer'),
    ],
    ['no metadata', create({ ...anIssuer(), metadata: null }), unreadable('the object has no metadata')],
    [
      'a spec that is none',
      create({ ...anIssuer(), spec: 'x' }),
      unreadable('metadata, spec or status is not what it should be'),
    ],
    [
      'an unknown resource',
      create(anIssuer(), { resource: { ...issuers, resource: 'foos' } }),
      unreadable('no kind is registered for the resource "foos.v1.cert-manager.io"'),
    ],
    [
      'an old version',
      create(anIssuer(), { resource: { ...issuers, version: 'v1alpha2' } }),
      unreadable('no kind is registered for the resource "issuers.v1alpha2.cert-manager.io"'),
    ],
    [
      'a user with groups of another type',
      create(anIssuer(), { userInfo: { groups: [1] } }),
      unreadable('userInfo.groups is not a list of strings'),
    ],
    ['my own request', create(mine, { resource: certificateRequests }), allowed],
    [
      'a request of somebody else: identity first, then the rules',
      create(
        { ...mine, metadata: { ...mine.metadata, labels: { errors: 'spec.a' } } },
        { resource: certificateRequests, userInfo: { username: 'bob' } },
      ),
      denied(`[${foreign('username')}, ${foreign('groups')}, spec.a: Required value]`),
    ],
    [
      'an update by somebody else',
      update(mine, mine, { resource: certificateRequests, userInfo: { username: 'bob' } }),
      allowed,
    ],
    [
      'identity, approval, rules',
      update(
        mine,
        {
          ...approved,
          spec: { ...approved.spec, uid: '7' },
          metadata: { ...approved.metadata, labels: { errors: 'spec.a' } },
        },
        { resource: certificateRequests, subResource: 'status' },
      ),
      denied(`[spec.uid: Forbidden: uid identity cannot be changed once set, ${mayNot}, spec.a: Required value]`),
    ],
    [
      'approval anywhere but in the status needs no right: it is dropped',
      update(mine, approved, { resource: certificateRequests }),
      allowed,
    ],
  ];
  for (const [name, request, expected] of cases)
    test(name, async () => assert.deepEqual(await admissionWith().validate(request), expected));

  test('the rules are told what they need', async () => {
    const told: [string, RuleContext][] = [];
    const rules: KindRules<KubeObject> = {
      create: (_object, context) => {
        told.push(['create', context]);
        return { errors: [] };
      },
    };
    const asked: string[] = [];
    const admission = admissionWith({
      rulesOf: (kind) => {
        asked.push(kind);
        return rules;
      },
    });
    const request = create(anIssuer());
    await admission.validate(request);
    await admission.validate(update(anIssuer(), anIssuer()));
    assert.deepEqual(told, [['create', { gates, limits: defaultPemLimits, request }]]);
    assert.deepEqual(asked, ['Issuer', 'Issuer']);
  });

  test('approval by whoever may, and by nobody while the API server does not say what the signer is', async () => {
    const request = update(mine, approved, { resource: certificateRequests, subResource: 'status' });
    const may = admissionWith({ client: clientThat(() => ({ status: { allowed: true } })) });
    assert.deepEqual(await may.validate(request), allowed);
    const external = aRequest({ spec: { issuerRef: { name: 'x', kind: 'X', group: 'example.org' } } });
    const decided = { ...external, status: approved.status };
    const down = admissionWith({ client: clientThat(() => new ApiError(0, 'Unreachable', 'GET /apis: ECONNREFUSED')) });
    assert.deepEqual(
      await down.validate(update(external, decided, { resource: certificateRequests, subResource: 'status' })),
      denied('GET /apis: ECONNREFUSED'),
    );
  });

  test('a rule that fails refuses with 500', async () => {
    const admission = admissionWith({
      rulesOf: () => ({
        create: () => {
          throw new TypeError('secret');
        },
      }),
    });
    const status = { code: 500, message: 'internal error: the request could not be looked at' };
    assert.deepEqual(await admission.validate(create(anIssuer())), { uid: 'r', allowed: false, status });
  });

  test('an answer is never endless', async () => {
    const answerTo = (paths: readonly string[]) =>
      admissionWith({
        rulesOf: () => ({ create: () => ({ errors: paths.map((path) => forbidden(path, '')), warnings: paths }) }),
      }).validate(create(anIssuer()));
    const many = await answerTo(Array.from({ length: 100_000 }, (_, index) => `spec.a[${index}]`));
    assert.ok(many.status?.message.endsWith(', spec.a[999]: Forbidden, and 99000 more]'));
    assert.equal(many.warnings?.length, 100);
    const long = await answerTo(['x'.repeat(100_000)]);
    assert.deepEqual(long, {
      ...denied(`${'x'.repeat(32_768)}… (shortened)`),
      warnings: [`${'x'.repeat(1_024)}… (shortened)`],
    });
  });
});

describe('mutate', () => {
  const patchOf = ({ patch }: AdmissionResponse) => JSON.parse(Buffer.from(patch ?? '', 'base64').toString());
  const stamped = [
    { op: 'add', path: '/spec/uid', value: '' },
    { op: 'add', path: '/spec/username', value: 'alice' },
    { op: 'add', path: '/spec/groups', value: ['dev'] },
  ];

  test('a request is stamped', async () => {
    const response = await admissionWith().mutate(create(aRequest(), { resource: certificateRequests }));
    assert.deepEqual({ ...response, patch: '' }, { ...allowed, patch: '', patchType: 'JSONPatch' });
    assert.deepEqual(patchOf(response), stamped);
  });

  test('also one without a spec', async () => {
    const { spec: _, ...bare } = aRequest();
    const response = await admissionWith().mutate(create(bare, { resource: certificateRequests }));
    assert.deepEqual(patchOf(response), [{ op: 'add', path: '/spec', value: {} }, ...stamped]);
  });

  const cases: readonly [string, AdmissionRequest, AdmissionResponse][] = [
    [
      'what is right already stays',
      create(aRequest({ spec: { uid: '', username: 'alice', groups: ['dev'] } }), { resource: certificateRequests }),
      allowed,
    ],
    ['an update is not touched', update(aRequest(), aRequest(), { resource: certificateRequests }), allowed],
    ['nor is a deletion', create(null, { resource: certificateRequests, operation: 'DELETE' }), allowed],
    ['nor another kind', create(anIssuer({ errors: 'spec.a' })), allowed],
    ['no object', create(null, { resource: certificateRequests }), unreadable('there is no content to decode')],
    [
      'a null spec',
      create({ ...aRequest(), spec: null }, { resource: certificateRequests }),
      denied('value cannot be set because .spec is not a map[string]interface{}'),
    ],
  ];
  for (const [name, request, expected] of cases)
    test(name, async () => assert.deepEqual(await admissionWith().mutate(request), expected));
});
