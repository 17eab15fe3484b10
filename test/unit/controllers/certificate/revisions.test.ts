import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateStatus } from '../../../../src/api/certificate.ts';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import {
  nextRevision,
  requestsToDelete,
  revisionOf,
  revisionsOf,
} from '../../../../src/controllers/certificate/revisions.ts';
import { aCertificate } from '../../../support/certificate-builders.ts';
import { aRequest } from '../../../support/request-builders.ts';

const request = (name: string, revision?: string): CertificateRequest =>
  aRequest({
    name,
    ...(revision === undefined ? {} : { annotations: { 'cert-manager.io/certificate-revision': revision } }),
  });
const one = request('web-1', '1');
const two = request('web-2', '2');
const three = request('web-3', '3');
const ten = request('web-10', '10');
const otherTwo = request('other', '2');
const unnumbered = request('unnumbered');
const odd = request('odd', 'two');

const ok = (current: CertificateRequest | undefined, next: CertificateRequest | undefined) => ({
  kind: 'ok',
  current,
  next,
});

const found: readonly (readonly [string, number | undefined, readonly CertificateRequest[], object])[] = [
  ['never issued, nothing asked for', undefined, [], ok(undefined, undefined)],
  ['never issued, the first is on its way', undefined, [one], ok(undefined, one)],
  ['issued once', 1, [one], ok(one, undefined)],
  ['a renewal is on its way', 1, [two, one], ok(one, two)],
  ['the current one is gone', 1, [two], ok(undefined, two)],
  ['older and younger ones do not count', 5, [one, two, three, ten], ok(undefined, undefined)],
  ['ones without a number do not count', 1, [unnumbered, odd, one], ok(one, undefined)],
  ['two current ones', 2, [two, otherTwo], { kind: 'ambiguous', which: 'current', requests: [two, otherTwo] }],
  ['two next ones', 1, [one, two, otherTwo], { kind: 'ambiguous', which: 'next', requests: [two, otherTwo] }],
];

for (const [name, revision, requests, expected] of found) {
  test(name, () => {
    const certificate = aCertificate({}, revision === undefined ? undefined : { revision });
    assert.deepEqual(revisionsOf({ certificate, requests }), expected);
  });
}

const numbers: readonly (readonly [string | undefined, number | undefined])[] = [
  [undefined, undefined],
  ['', undefined],
  ['1', 1],
  ['12', 12],
  ['-1', -1],
  ['+3', 3],
  ['1.5', undefined],
  ['0x1', undefined],
  [' 1', undefined],
  ['99999999999999999999', undefined],
];

for (const [text, expected] of numbers) {
  test(`revision annotation ${JSON.stringify(text)}`, () => {
    assert.equal(revisionOf(request('r', text)), expected);
  });
}

test('the next revision counts from the one in the status', () => {
  const next = (status?: CertificateStatus) => nextRevision({ certificate: aCertificate({}, status) });
  assert.deepEqual([next(), next({}), next({ revision: 1 }), next({ revision: 41 })], [1, 1, 2, 42]);
});

const ready: CertificateStatus = { conditions: [{ type: 'Ready', status: 'True' }] };
const notReady: CertificateStatus = { conditions: [{ type: 'Ready', status: 'False' }] };
const all = [ten, three, one, unnumbered, two];

const deleted: readonly (readonly [
  string,
  number | undefined,
  CertificateStatus | undefined,
  readonly CertificateRequest[],
  readonly CertificateRequest[],
])[] = [
  ['by default one is left', undefined, ready, all, [one, two, three]],
  ['as many are left as the limit says', 3, ready, all, [one]],
  ['exactly as many', 4, ready, all, []],
  ['more than there are', 100, ready, all, []],
  ['sorted by number, not by text', 1, ready, [ten, two], [two]],
  ['those without a number stay', 1, ready, [unnumbered, odd, one], []],
  ['nothing while not Ready', 1, notReady, all, []],
  ['nothing before Ready is known', 1, undefined, all, []],
];

for (const [name, revisionHistoryLimit, status, requests, expected] of deleted) {
  test(`history: ${name}`, () => {
    const certificate = aCertificate(revisionHistoryLimit === undefined ? {} : { revisionHistoryLimit }, status);
    assert.deepEqual(requestsToDelete({ certificate, requests }), expected);
  });
}
