// The process dies before or after any of its writes: whoever starts next brings the issuance to its end, with exactly one certificate and nothing
// left over.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { certificateRequests, certificates } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import type { Client } from '../../src/kube/client.ts';
import { secrets } from '../../src/kube/resources.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { interfering } from '../support/interfering.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { applyPrivateCA, isReady, leaf, untilCAReady, untilReady } from '../support/private-ca.ts';
import { until } from '../support/until.ts';

/** More than an issuance has; the test says so where it was not enough. */
const mostWrites = 12;

type Moment = 'before' | 'after';

/** A client that dies at its n-th write. */
function dyingAt(write: number, moment: Moment, died: () => void): (client: Client) => Client {
  let writes = 0;
  return interfering(async (_write, send) => {
    writes += 1;
    if (writes > write) return new Promise(() => {});
    if (writes < write) return send();
    if (moment === 'after') await send();
    died();
    return new Promise(() => {});
  });
}

describe('a crash', () => {
  let plane: ControlPlane;
  before(async () => {
    // Its own: writes are counted, and nobody else's objects may cause any.
    plane = await startControlPlane({ crds: true });
    const operator = await startOperator(plane);
    await operator.started;
    await applyPrivateCA(plane);
    await untilCAReady(plane);
    await operator.stop();
  });

  after(() => plane.stop());

  for (const moment of ['before', 'after'] as const) {
    it(`${moment} any write of an issuance leaves exactly one certificate and nothing else`, async () => {
      const namespace = await plane.createNamespace('crash');
      let crashes = 0;
      for (let write = 1; write <= mostWrites; write++) {
        const name = `c${write}`;
        const crashed = await issueDying(plane, namespace, name, write, moment);
        if (crashed) crashes += 1;
        await assertWhole(plane, namespace, name);
        if (!crashed) break;
      }
      assert.ok(crashes >= 6 && crashes < mostWrites, `${crashes} crashes`);
    });
  }
});

/** Whether the operator died before the issuance was over. Whatever it left is brought to its end by another one. */
async function issueDying(
  plane: ControlPlane,
  namespace: string,
  name: string,
  write: number,
  moment: Moment,
): Promise<boolean> {
  let dead = false;
  const interfere = dyingAt(write, moment, () => {
    dead = true;
  });
  const operator: Operator = await startOperator(plane, { interfere });
  try {
    await operator.started;
    await plane.client.create(certificates, leaf(namespace, name));
    await until(
      'the Certificate is Ready or the operator died',
      async () => dead || (await isReady(plane, namespace, name)),
    );
    // Ready is the last but one write: what comes after it may still kill.
    await until(
      'the next key is gone or the operator',
      async () => dead || (await leftKeys(plane, namespace, name)) === 0,
    );
  } finally {
    operator.kill();
  }
  if (!dead) return false;
  const next = await startOperator(plane);
  await next.started;
  await untilReady(plane, namespace, name);
  await until('the next key is gone', async () => (await leftKeys(plane, namespace, name)) === 0);
  await next.stop();
  return true;
}

async function leftKeys(plane: ControlPlane, namespace: string, name: string): Promise<number> {
  const all = await plane.client.list<KubeObject>(secrets, namespace);
  return all.filter(({ metadata }) => metadata.name.startsWith(`${name}-`) && metadata.name !== `${name}-tls`).length;
}

async function assertWhole(plane: ControlPlane, namespace: string, name: string): Promise<void> {
  const { status } = await untilReady(plane, namespace, name);
  assert.equal(status?.revision, 1);
  assert.equal(status?.nextPrivateKeySecretName, undefined);
  const requests = await plane.client.list<CertificateRequest>(certificateRequests, namespace);
  const own = requests.filter(({ metadata }) => metadata.annotations?.['cert-manager.io/certificate-name'] === name);
  assert.deepEqual(
    own.map(({ metadata }) => metadata.name),
    [`${name}-1`],
  );
  assert.equal(await leftKeys(plane, namespace, name), 0);
}
