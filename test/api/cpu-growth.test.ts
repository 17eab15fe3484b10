// What a certificate costs the controller must not grow with the number of certificates that are there already.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Certificate } from '../../src/api/certificate.ts';
import { isTrue } from '../../src/api/conditions.ts';
import { certificates } from '../../src/api/kinds.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { startController } from '../support/controller-process.ts';
import { applyPrivateCA, leaf, untilCAReady } from '../support/private-ca.ts';
import { until } from '../support/until.ts';
import { usageOf } from '../support/usage.ts';

const sample = 200;
const total = 2000;
const creators = 16;

describe('the CPU cost of a certificate', () => {
  it('with 2,000 in place is at most one and a half times that with 200', async () => {
    const plane = await startControlPlane({ crds: true });
    const controller = await startController(plane);
    try {
      await applyPrivateCA(plane);
      await untilCAReady(plane);
      const namespace = await plane.createNamespace('many');
      const issue = (from: number, to: number) => cpuOf(controller.pid, () => issueAll(plane, namespace, from, to));
      const early = await issue(0, sample);
      await issue(sample, total - sample);
      const late = await issue(total - sample, total);
      assert.ok(late <= 1.5 * early, `${sample} cost ${early} s at first and ${late} s with ${total} in place`);
    } finally {
      await controller.stop();
      await plane.stop();
    }
  });
});

async function cpuOf(pid: number, work: () => Promise<void>): Promise<number> {
  const before = usageOf(pid).cpuSeconds;
  await work();
  return usageOf(pid).cpuSeconds - before;
}

async function issueAll(plane: ControlPlane, namespace: string, from: number, to: number): Promise<void> {
  let next = from;
  const create = async () => {
    for (let i = next++; i < to; i = next++) await plane.client.create(certificates, leaf(namespace, `c${i}`));
  };
  await Promise.all(Array.from({ length: creators }, create));
  const areReady = async () => {
    const all = await plane.client.list<Certificate>(certificates, namespace);
    return all.filter(({ status }) => isTrue(status?.conditions, 'Ready')).length >= to;
  };
  await until(`${to} Certificates are Ready`, areReady, 240_000, 2_000);
}
