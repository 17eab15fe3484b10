// What an issuance costs the API server, counted from its audit log: the budgets of the design.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Certificate } from '../../src/api/certificate.ts';
import { isTrue } from '../../src/api/conditions.ts';
import { certificates } from '../../src/api/kinds.ts';
import * as audit from '../support/audit-log.ts';
import { type ControlPlane, sharedControlPlane } from '../support/control-plane.ts';
import { operatorUser, startOperator } from '../support/operator.ts';
import { applyPrivateCA, leaf, untilCAReady } from '../support/private-ca.ts';
import { until } from '../support/until.ts';

const burst = 500;
const creators = 16;

describe('the write budget', () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await sharedControlPlane();
  });

  const readyIn = async (namespace: string) => {
    const all = await plane.client.list<Certificate>(certificates, namespace);
    return all.filter(
      ({ status }) => isTrue(status?.conditions, 'Ready') && status?.nextPrivateKeySecretName === undefined,
    ).length;
  };

  const createAll = async (namespace: string, count: number) => {
    let next = 0;
    const create = async () => {
      for (let i = next++; i < count; i = next++) await plane.client.create(certificates, leaf(namespace, `c${i}`));
    };
    await Promise.all(Array.from({ length: creators }, create));
  };

  it('of a burst of 500: at most 7 object writes, 6 events and 1 read each, and no conflict; then a restart writes nothing', async () => {
    const operator = await startOperator(plane);
    await operator.started;
    await applyPrivateCA(plane);
    await untilCAReady(plane);
    const namespace = await plane.createNamespace('burst');
    await audit.untilAuditIsQuiet(plane.auditLog);
    const offset = audit.auditOffset(plane.auditLog);
    await createAll(namespace, burst);
    await until('all are Ready', async () => (await readyIn(namespace)) === burst, 180_000, 1_000);
    await operator.stop();
    await audit.untilAuditIsQuiet(plane.auditLog);
    const rows = audit.auditCounts(plane.auditLog, { user: operatorUser, namespace, sinceOffset: offset });
    const counts = audit.formatCounts(rows);
    assert.ok(audit.total(audit.objectWrites(rows)) <= 7 * burst, counts);
    assert.ok(audit.total(audit.eventWrites(rows)) <= 6 * burst, counts);
    assert.ok(audit.total(audit.reads(rows)) <= burst, counts);
    assert.equal(audit.conflicts(rows), 0, counts);
    await restartWritesNothing(plane, ['cert-manager', namespace]);
  });
});

async function restartWritesNothing(plane: ControlPlane, namespaces: readonly string[]): Promise<void> {
  const offset = audit.auditOffset(plane.auditLog);
  const operator = await startOperator(plane);
  await operator.started;
  // Once everything was looked at, a Certificate that comes last is looked at, too.
  const namespace = await plane.createNamespace('last');
  await plane.client.create(certificates, leaf(namespace, 'last'));
  await until('the last is Ready', async () => {
    const last = await plane.client.get<Certificate>(certificates, { namespace, name: 'last' });
    return isTrue(last.status?.conditions, 'Ready');
  });
  await operator.stop();
  await audit.untilAuditIsQuiet(plane.auditLog);
  const rows = audit.auditCounts(plane.auditLog, { user: operatorUser, sinceOffset: offset });
  const writes = [...audit.objectWrites(rows), ...audit.eventWrites(rows)].filter((row) =>
    namespaces.includes(row.namespace),
  );
  assert.deepEqual(writes, [], audit.formatCounts(writes));
}
