import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import { conditionOf } from '../../../../src/api/conditions.ts';
import type { Key } from '../../../../src/api/meta.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { createRequestController, signingRequestOf } from '../../../../src/controllers/request/controller.ts';
import { requestIndexes } from '../../../../src/controllers/request/observe.ts';
import type { AnyBackend } from '../../../../src/issuers/backend.ts';
import { keyOf } from '../../../../src/kube/collection.ts';
import { reconcileOnce } from '../../../../src/kube/controller.ts';
import type { Action } from '../../../../src/kube/reconcile.ts';
import { collectionOf } from '../../../support/memory-collection.ts';
import { aCondition, anIssuer, aRequest } from '../../../support/request-builders.ts';
import { testIo } from '../../../support/signing-builders.ts';
import { approvedBefore, backends, now } from './rules.ts';

const ready = { conditions: [aCondition('Ready', 'True', 'KeyPairVerified')] };
const issuers = [anIssuer(ready), anIssuer({ name: 'self', spec: { selfSigned: {} }, ...ready })];

type Sign = AnyBackend['sign'];

/** What one look at a request writes, with backends that sign like this. */
async function lookAt(request: CertificateRequest, sign: Sign, signal = new AbortController().signal, approver = true) {
  const signers = backends(true).map((backend) => ({ ...backend, sign }));
  const made: Action[] = [];
  let refusal: Error | undefined;
  const { controller, guard } = createRequestController({
    requests: collectionOf([request], requestIndexes(signers)),
    issuers: collectionOf(issuers),
    clusterIssuers: collectionOf([anIssuer({ kind: 'ClusterIssuer', ...ready })]),
    io: testIo().factory,
    backends: signers,
    now: () => now,
    settings: {
      approver,
      enabledBackends: new Set(['ca', 'selfSigned']),
      clusterResourceNamespace: 'kube-system',
    },
  });
  const execute = guard(async (actions: readonly Action[]) => {
    if (refusal !== undefined && actions.some(({ kind }) => kind === 'create')) throw refusal;
    made.push(...actions);
  });
  const refuse = (error: Error | undefined): void => {
    refusal = error;
  };
  const look = (key: Key = keyOf(request)) => reconcileOnce(controller, key, { execute, now: () => now, signal });
  return { look, made, refuse };
}

const message = (actions: readonly Action[]) => {
  const status = actions.find((action) => action.kind === 'status')?.status as CertificateRequest['status'];
  const condition = conditionOf(status?.conditions, 'Ready');
  return `${condition?.reason}: ${condition?.message}`;
};

describe('the request controller', () => {
  it('tells the backend what the request says, and whose namespaces to look into', async () => {
    const told: unknown[] = [];
    const spec = { issuerRef: { name: 'ca', kind: 'ClusterIssuer' }, duration: '1h30m', isCA: true };
    const request = aRequest({ conditions: [approvedBefore], annotations: { a: 'b' }, spec });
    const { look } = await lookAt(request, async (signing, config, io) => {
      told.push(signing, config, io.resourceNamespace, io.now());
      return { kind: 'pending', reason: 'R', message: 'm' };
    });
    await look();
    assert.deepEqual(told.slice(0, 3), [
      {
        csrPem: 'a CSR',
        encodedCsr: Buffer.from('a CSR').toString('base64'),
        durationMs: 5_400_000,
        isDurationGiven: true,
        isCA: true,
        usages: [],
        annotations: { a: 'b' },
        labels: {},
        issuerRef: { name: 'ca', kind: 'ClusterIssuer' },
        namespace: 'app',
        name: 'web-1',
        uid: 'uid-web-1',
        owner: {
          apiVersion: 'cert-manager.io/v1',
          kind: 'CertificateRequest',
          name: 'web-1',
          uid: 'uid-web-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      },
      { ca: { secretName: 'ca-key-pair' } },
      'kube-system',
    ]);
  });

  it('shows what a backend throws as a wait, and leaves it to the back-off once it is shown', async () => {
    const failing: Sign = () => Promise.reject(new Error('down'));
    const first = await lookAt(aRequest({ conditions: [approvedBefore] }), failing);
    assert.deepEqual(await first.look(), { at: new Date(now.getTime() + 5_000) });
    assert.equal(message(first.made), 'Pending: Signing will be tried again: down');
    const shown = aCondition('Ready', 'False', 'Pending', 'Signing will be tried again: down');
    const second = await lookAt(aRequest({ conditions: [approvedBefore, shown] }), failing);
    await assert.rejects(second.look(), { message: 'down' });
    assert.deepEqual(second.made, []);
  });

  it('says why what a backend wants could not be made, and goes on trying', async () => {
    const resource = { group: 'g', version: 'v1', plural: 'orders', kind: 'Order', namespaced: true };
    const object = { apiVersion: 'g/v1', kind: 'Order', metadata: { name: 'o', namespace: 'app' } };
    const refused = { reason: 'OrderCreatingError', message: 'Failed create new order resource app/o' };
    const { look, made, refuse } = await lookAt(aRequest({ conditions: [approvedBefore] }), async () => ({
      kind: 'pending',
      reason: 'OrderPending',
      message: 'waiting',
      changes: [{ kind: 'create', resource, object, refused }],
    }));
    refuse(new ApiError(403, 'Forbidden', 'exceeded quota'));
    await assert.rejects(look(), { message: 'exceeded quota' });
    assert.equal(message(made.splice(0)), 'Pending: waiting');
    await assert.rejects(look(), { message: 'exceeded quota' });
    assert.equal(message(made.splice(0)), 'Pending: Failed create new order resource app/o: exceeded quota');
    refuse(undefined);
    await look();
    assert.deepEqual(
      made.map(({ kind }) => kind),
      ['status', 'create', 'event'],
    );
  });

  it('shows nothing of an abort', async () => {
    const leaving = new AbortController();
    const { look, made } = await lookAt(
      aRequest({ conditions: [approvedBefore] }),
      async () => {
        leaving.abort();
        throw new Error('connection lost');
      },
      leaving.signal,
    );
    await assert.rejects(look(), { name: 'AbortError' });
    assert.deepEqual(made, []);
  });

  it('rejects a duration that is none', async () => {
    const request = aRequest({ conditions: [approvedBefore], spec: { duration: 'long' } });
    const { look, made } = await lookAt(request, () => Promise.reject(new Error('not asked')));
    await look();
    assert.equal(message(made), 'Failed: Error generating certificate template: time: invalid duration "long"');
  });

  it('asks for 90 days where a request says nothing', () => {
    assert.equal(signingRequestOf(aRequest())?.durationMs, 90 * 86_400_000);
  });

  it('has nothing to do for a request that is gone', async () => {
    const { look, made } = await lookAt(aRequest(), () => Promise.reject(new Error('not asked')));
    assert.equal(await look({ namespace: 'app', name: 'gone' }), 'onChange');
    assert.deepEqual(made, []);
  });

  it('says that a request waits for approval only once', async () => {
    const request = aRequest();
    const { look, made } = await lookAt(request, () => Promise.reject(new Error('not asked')), undefined, false);
    await look();
    await look();
    assert.deepEqual(
      made.map((action) => action.kind === 'event' && action.reason),
      ['WaitingForApproval'],
    );
  });
});
