import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, problemOf } from '../../../src/acme/problem.ts';
import type { HttpAnswer } from '../../../src/net/http.ts';

const now = new Date('2026-11-23T03:00:00Z');

function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/problem+json', ...headers }, body: Buffer.from(text) };
}

const limited = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many orders' };

test('a problem document becomes a typed value, whose message is upstream’s', () => {
  const problem = problemOf(answer(429, limited, { 'retry-after': '60' }), now);
  assert.equal(problem.type, 'rateLimited');
  assert.equal(problem.status, 429);
  assert.equal(problem.detail, 'too many orders');
  assert.equal(problem.retryAfter?.toISOString(), '2026-11-23T03:01:00.000Z');
  assert.equal(problem.message, '429 urn:ietf:params:acme:error:rateLimited: too many orders');
});

test('sub-problems keep their types and the identifiers that they are about', () => {
  const problem = problemOf(
    answer(403, {
      type: 'urn:ietf:params:acme:error:malformed',
      detail: 'some of the identifiers requested were rejected',
      subproblems: [
        {
          type: 'urn:ietf:params:acme:error:rejectedIdentifier',
          detail: 'not this one',
          identifier: { type: 'dns', value: 'example.net' },
        },
        'nonsense',
        { type: 5, identifier: { type: 'email', value: 'a' } },
      ],
    }),
    now,
  );
  assert.deepEqual(problem.subproblems, [
    { type: 'rejectedIdentifier', detail: 'not this one', identifier: { type: 'dns', value: 'example.net' } },
    { type: '', detail: '' },
  ]);
  const [refused, detail] = [
    'urn:ietf:params:acme:error:rejectedIdentifier',
    'some of the identifiers requested were rejected',
  ];
  assert.equal(
    problem.message,
    `403 urn:ietf:params:acme:error:malformed: ${detail}; subproblems:\n\t${refused}: [dns: example.net] not this one\n\t`,
  );
});

test('of many sub-problems ten are told', () => {
  const subproblems = Array.from({ length: 30 }, (_, index) => ({ type: 'x:y', detail: `number ${index}` }));
  const { message } = problemOf(answer(400, { ...limited, subproblems }), now);
  assert.deepEqual(message.split('\n\t').slice(10), ['x:y: number 9', 'and 20 more']);
});

const strange: readonly (readonly [string, HttpAnswer, string, string])[] = [
  ['a page of a proxy', answer(502, '<html>secret</html>', { 'content-type': 'text/html' }), '', '502'],
  ['JSON that is none', answer(500, '{', {}), '', '500'],
  ['a list', answer(500, '[1]', {}), '', '500'],
  ['null', answer(500, 'null', {}), '', '500'],
  ['a type of its own', answer(400, { type: 'about:blank', detail: 'x' }), 'about:blank', '400 about:blank: x'],
  [
    'a bad nonce: which one is not told',
    answer(400, { type: 'urn:ietf:params:acme:error:badNonce', detail: 'invalid nonce: GjpCdZWqYTVaG7PG' }),
    'badNonce',
    '400 urn:ietf:params:acme:error:badNonce',
  ],
  ['members of other types', answer(400, { type: 1, detail: {} }), '', '400'],
];

for (const [name, given, type, message] of strange) {
  test(`the problem of ${name}`, () => {
    const problem = problemOf(given, now);
    assert.deepEqual([problem.type, problem.message], [type, message]);
  });
}

test('what a server says at length is cut', () => {
  const problem = problemOf(answer(400, { type: 'x'.repeat(10_000), detail: 'y'.repeat(1_000_000) }), now);
  assert.ok(problem.message.length < 3_000);
});

test('the error of an order or a challenge is a value', () => {
  assert.deepEqual(faultOf({ ...limited, status: 429 }), {
    type: 'rateLimited',
    status: 429,
    detail: 'too many orders',
    subproblems: [],
  });
  assert.equal(faultOf(undefined), undefined);
  assert.equal(faultOf('text'), undefined);
});
