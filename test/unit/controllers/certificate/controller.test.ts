import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Certificate } from '../../../../src/api/certificate.ts';
import { conditionOf } from '../../../../src/api/conditions.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { createCertificateController } from '../../../../src/controllers/certificate/controller.ts';
import { certificateIndexes } from '../../../../src/controllers/certificate/indexes.ts';
import type { StoredSecret } from '../../../../src/controllers/certificate/observe.ts';
import { keyOf } from '../../../../src/kube/collection.ts';
import { reconcileOnce } from '../../../../src/kube/controller.ts';
import type { Action } from '../../../../src/kube/reconcile.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { aCertificate, someDay } from '../../../support/certificate-builders.ts';
import { settings } from '../../../support/certificate-world.ts';
import { collectionOf } from '../../../support/memory-collection.ts';

/** A Certificate that is being issued with its key still to be made, and a controller for it whose writes end as told. */
function controllerOf(write: () => Promise<void>) {
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'DoesNotExist',
    message: 'none',
    lastTransitionTime: '2026-11-22T19:06:28Z',
  } as const;
  const certificate: Certificate = aCertificate({ privateKey: { algorithm: 'ECDSA' } }, { conditions: [issuing] });
  const owned = { owner: () => [] };
  let now = someDay;
  const controller = createCertificateController({
    collections: {
      certificates: collectionOf([certificate], certificateIndexes),
      requests: collectionOf([], owned),
      secrets: collectionOf<StoredSecret>([], owned),
      issuers: collectionOf([]),
      clusterIssuers: undefined,
    },
    io: {
      fetchSecret: () => Promise.resolve(undefined),
      askServer: () => Promise.resolve({ kind: 'none' }),
      random: () => 0.5,
      now: () => now,
      pemLimits: defaultPemLimits,
    },
    settings,
  });
  const made: (readonly Action[])[] = [];
  const execute = controller.guard(async (actions) => {
    made.push(actions);
    if (actions.some(({ kind }) => kind === 'create')) await write();
  });
  return {
    made,
    look: () => reconcileOnce(controller, keyOf(certificate), { execute, now: () => now }),
    later: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
  };
}

const created = (actions: readonly Action[] = []) => actions.flatMap((action) => (action.kind === 'create' ? [1] : []));

describe('the guard of the Certificate controller', () => {
  it('throws a refusal on, and lets the next look say it instead of trying again at once', async () => {
    const refusal = new ApiError(403, 'Forbidden', 'exceeded quota');
    const { made, look, later } = controllerOf(() => Promise.reject(refusal));
    await assert.rejects(look(), refusal);
    assert.deepEqual(await look(), { at: new Date(someDay.getTime() + 30_000) });
    assert.deepEqual(created(made[1]), []);
    const status = made[1]?.find((action) => action.kind === 'status')?.status as Certificate['status'];
    assert.match(conditionOf(status?.conditions, 'Issuing')?.message ?? '', /Waiting: .*exceeded quota/);
    later(30_000);
    await assert.rejects(look(), refusal);
  });

  for (const [name, error] of [
    ['of the server', new ApiError(500, 'InternalError', 'later')],
    ['of a conflict', new ApiError(409, 'Conflict', 'changed')],
    ['of no answer', new Error('ECONNRESET')],
  ] as const) {
    it(`leaves an error ${name} to the queue`, async () => {
      const { look } = controllerOf(() => Promise.reject(error));
      await assert.rejects(look(), error);
      await assert.rejects(look(), error);
    });
  }

  it('forgets a refusal after a success', async () => {
    let refuse = true;
    const { made, look, later } = controllerOf(async () => {
      if (refuse) throw new ApiError(403, 'Forbidden', 'exceeded quota');
    });
    await assert.rejects(look());
    refuse = false;
    later(30_000);
    await look();
    await look();
    assert.deepEqual(made.map(created), [
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });
});
