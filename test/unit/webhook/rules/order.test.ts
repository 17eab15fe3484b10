import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Order } from '../../../../src/api/order.ts';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { orderRules } from '../../../../src/webhook/rules/order.ts';
import { aRuleContext } from '../../../support/rule-context.ts';

const context = aRuleContext();

function updated(before: unknown, after: unknown): string[] {
  return (orderRules.update?.(before as Order, after as Order, context).errors ?? []).map(formatFieldError);
}

const challenge = { url: 'https://acme/c/1', type: 'http-01', token: 't' };
const authorization = {
  url: 'https://acme/a/1',
  identifier: 'example.com',
  wildcard: false,
  initialState: 'pending',
  challenges: [challenge],
};
const spec = { request: 'AAAA', issuerRef: { name: 'acme' }, dnsNames: ['example.com'] };
const status = {
  url: 'https://acme/o/1',
  finalizeURL: 'https://acme/o/1/finalize',
  certificate: 'AAAA',
  state: 'pending',
  authorizations: [authorization],
};
const order = { spec, status };
const { certificate: _certificate, ...unfinished } = status;
const open = { spec, status: unfinished };
const withStatus = (change: object) => ({ spec, status: { ...status, ...change } });
const withAuthorization = (change: object) => withStatus({ authorizations: [{ ...authorization, ...change }] });
const withChallenge = (change: object) => withAuthorization({ challenges: [{ ...challenge, ...change }] });
const immutable = (path: string) => `${path}: Forbidden: field is immutable once set`;
const first = 'status.authorizations[0]';

const rows: readonly (readonly [string, unknown, unknown, readonly string[]])[] = [
  ['nothing', order, order, []],
  ['everything from nothing', { spec: {} }, order, []],
  ['the rest of the spec', order, { spec: { request: 'AAAA', dnsNames: [] }, status }, []],
  ['the request', order, { spec: { ...spec, request: 'BBBB' }, status }, [immutable('spec.request')]],
  ['how the request is written', order, { spec: { ...spec, request: 'AA\nAA' }, status }, []],
  ['no request', order, { spec: {}, status }, [immutable('spec.request')]],
  ['the state and the reason', order, withStatus({ state: 'errored', reason: 'r', failureTime: 'x' }), []],
  [
    'the addresses and the certificate',
    order,
    withStatus({ url: 'b', finalizeURL: '', certificate: 'BBBB' }),
    ['status.url', 'status.finalizeURL', 'status.certificate'].map(immutable),
  ],
  ['an order that is placed anew', open, { spec, status: { state: 'pending', failedAttempts: 1 } }, []],
  [
    'an order that is placed anew, uncounted',
    { spec, status: { ...open.status, failedAttempts: 1 } },
    { spec, status: { failedAttempts: 1 } },
    ['status.url', 'status.finalizeURL', 'status.authorizations'].map(immutable),
  ],
  [
    'an order that is placed anew at another address at once',
    open,
    { spec, status: { ...open.status, url: 'b', failedAttempts: 1 } },
    [immutable('status.url')],
  ],
  [
    'a certificate that is taken back',
    order,
    { spec, status: { failedAttempts: 1 } },
    [immutable('status.certificate')],
  ],
  ['authorizations where there were none', { spec, status: { authorizations: [] } }, order, []],
  // Upstream panicked here.
  [
    'fewer authorizations',
    withStatus({ authorizations: [authorization, authorization] }),
    withAuthorization({ url: 'b' }),
    [immutable('status.authorizations'), immutable(`${first}.url`)],
  ],
  [
    'no status',
    order,
    { spec },
    ['url', 'finalizeURL', 'certificate', 'authorizations'].map((field) => immutable(`status.${field}`)),
  ],
  [
    'more authorizations',
    order,
    withStatus({ authorizations: [authorization, authorization] }),
    [immutable('status.authorizations')],
  ],
  [
    'members of an authorization',
    order,
    withAuthorization({ url: 'b', identifier: 'b', wildcard: true, initialState: 'valid', challenges: [] }),
    ['url', 'identifier', 'wildcard', 'initialState', 'challenges'].map((field) => immutable(`${first}.${field}`)),
  ],
  [
    'a wildcard that is not told any more',
    order,
    withAuthorization({ wildcard: undefined }),
    [immutable(`${first}.wildcard`)],
  ],
  [
    'a wildcard that was not told',
    withAuthorization({ wildcard: undefined }),
    withAuthorization({ wildcard: true }),
    [],
  ],
  [
    'members of a challenge',
    order,
    withChallenge({ url: 'b', type: 'dns-01', token: '' }),
    ['url', 'type', 'token'].map((field) => immutable(`${first}.challenges[0].${field}`)),
  ],
];

for (const [name, before, after, expected] of rows) {
  test(`order, changed: ${name}`, () => {
    assert.deepEqual(updated(before, after), expected);
  });
}

test('order, created: only what is no duration is refused', () => {
  const created = (value: unknown) => orderRules.create?.({ spec: value } as Order, context);
  assert.deepEqual(created({}), { errors: [] });
  assert.deepEqual(created(null), { errors: [] });
  assert.deepEqual(created({ duration: '90d' })?.errors.map(formatFieldError), [
    'spec.duration: Invalid value: "90d": time: unknown unit "d" in duration "90d"',
  ]);
});

const { node } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'medium' },
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('spec', 'status', 'request', 'url', 'authorizations', 'challenges', 'wildcard', 'token'),
      tie('node'),
      { maxKeys: 6 },
    ),
  ),
}));
const anyOrder = fc.record({ spec: node, status: node }, { requiredKeys: [] });

test('whatever the orders are, the rules answer, and answer the same again', () => {
  fc.assert(
    fc.property(anyOrder, anyOrder, (before, after) => {
      assert.deepEqual(updated(structuredClone(before), structuredClone(after)), updated(before, after));
      assert.deepEqual(
        updated(before, before).filter((message) => message.includes('immutable')),
        [],
      );
    }),
  );
});
