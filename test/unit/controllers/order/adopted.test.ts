// The Orders that a real cert-manager left (test/golden/adopted): they are ours, their Challenges are those that we would make, and nothing is written.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Challenge } from '../../../../src/api/challenge.ts';
import type { Issuer } from '../../../../src/api/issuer.ts';
import { controllerUid, type KubeObject } from '../../../../src/api/meta.ts';
import type { Order } from '../../../../src/api/order.ts';
import { decideOrder } from '../../../../src/controllers/order/decide.ts';
import { noProgress } from '../../../../src/controllers/order/seen.ts';
import { strangerReason } from '../../../../src/issuers/acme/challenge-for.ts';
import { genuineOrder } from '../../../../src/issuers/acme/genuine-order.ts';
import { nothing } from '../../../../src/kube/reconcile.ts';
import { deepFreeze } from '../../../support/request-builders.ts';

function left<T extends KubeObject>(plural: string): readonly T[] {
  const path = new URL(`../../../golden/adopted/${plural}.json`, import.meta.url);
  return deepFreeze((JSON.parse(readFileSync(path, 'utf8')) as { readonly items: readonly T[] }).items);
}

const now = new Date('2026-11-22T19:08:00Z');
const requests = left<CertificateRequest>('certificaterequests');
const issuers = left<Issuer>('clusterissuers');
const challenges = left<Challenge>('challenges');
/** That of the account whose key is not here: a key authorization ends with it. */
const thumbprint = challenges[0]?.spec.key.split('.')[1] ?? '';

for (const order of left<Order>('orders')) {
  test(order.metadata.name, () => {
    const request = requests.find(({ metadata }) => metadata.uid === controllerUid(order.metadata));
    const issuer = issuers.find(({ metadata }) => metadata.name === order.spec.issuerRef.name);
    assert.ok(request !== undefined && issuer !== undefined);
    assert.equal(genuineOrder(order, request), undefined);
    const own = challenges.filter(({ metadata }) => controllerUid(metadata) === order.metadata.uid);
    for (const challenge of own) assert.equal(strangerReason(challenge, order, issuer, thumbprint), undefined);
    const account = { kind: 'open', issuer, thumbprint } as const;
    const seen = {
      order,
      standing: { kind: 'ours', request },
      account,
      challenges: own,
      progress: noProgress,
    } as const;
    assert.deepEqual(decideOrder(seen, now), nothing);
  });
}
