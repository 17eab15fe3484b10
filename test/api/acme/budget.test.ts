// What an ACME issuance costs the API server and the ACME server, counted by the audit log of the one and by a proxy before the other; and that a
// restart with everything in place costs nothing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { conditionOf } from '../../../src/api/conditions.ts';
import type { Issuer } from '../../../src/api/issuer.ts';
import { challenges, issuers } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { events, secrets } from '../../../src/kube/resources.ts';
import { type AcmeProxy, startAcmeProxy } from '../../support/acme-proxy.ts';
import { type AcmeWorld, startAcmeWorld } from '../../support/acme-world.ts';
import * as audit from '../../support/audit-log.ts';
import { type Http01Site, sharedSolverFlags, startHttp01Site } from '../../support/http01-site.ts';
import { type StoredEvent, TestNamespace } from '../../support/in-cluster.ts';
import { operatorUser, startOperator } from '../../support/operator.ts';
import type { Pebble } from '../../support/pebble.ts';
import { untilReady } from '../../support/private-ca.ts';
import { until } from '../../support/until.ts';

/** For one name by DNS-01. */
const budget = { writes: 16, events: 11, asked: 8 };
/** The route to the shared solver is made and deleted. */
const sharedBudget = { ...budget, writes: budget.writes + 2 };
/** The directory and a first nonce: once for each process. */
const greetings = 2;
const burst = 10;

describe('the budget of ACME', () => {
  let world: AcmeWorld;
  let site: Http01Site;
  let pebble: Pebble;
  let proxy: AcmeProxy;
  let dns: string;
  let http: string;

  before(async () => {
    world = await startAcmeWorld();
    const { plane } = world;
    await plane.kubectl(['create', 'namespace', 'cert-manager']);
    site = await startHttp01Site(plane);
    pebble = await world.another({ httpPort: site.port });
    proxy = await startAcmeProxy(pebble);
    dns = await world.issuer('dns', proxy.spec);
    const solvers = [{ http01: { ingress: { ingressClassName: 'none' } } }];
    http = await world.issuer('http', { ...proxy.spec, solvers });
    await spent(() =>
      until('the issuers are registered', async () => {
        const all = await plane.client.list<Issuer>(issuers);
        return all.every(({ status }) => conditionOf(status?.conditions, 'Ready')?.status === 'True');
      }),
    );
  });
  after(async () => {
    await site?.stop();
    await proxy?.stop();
    await world?.stop();
  });

  /** An operator's whole life, and what it asked for in it. */
  async function spent(work: () => Promise<unknown>) {
    const { plane } = world;
    await audit.untilAuditIsQuiet(plane.auditLog);
    const [sinceOffset, from] = [audit.auditOffset(plane.auditLog), proxy.asked.length];
    const operator = await startOperator(plane, { flags: [...world.flags, ...sharedSolverFlags], env: site.env });
    await operator.started;
    try {
      await work();
    } finally {
      await operator.stop();
    }
    await audit.untilAuditIsQuiet(plane.auditLog);
    const rows = audit.auditCounts(plane.auditLog, { user: operatorUser, sinceOffset });
    return { rows, asked: proxy.asked.slice(from).map(({ endpoint }) => endpoint) };
  }

  async function issue(namespace: string, names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => world.certificate(namespace, name)));
    await Promise.all(names.map((name) => untilReady(world.plane, namespace, name)));
    await until('all is cleaned up', async () => {
      const open = await world.plane.client.list<KubeObject>(challenges, namespace);
      const keys = await world.plane.client.list<KubeObject>(secrets, namespace);
      return open.length === 0 && keys.every(({ metadata: { name } }) => /^(account|tsig|.*-tls)$/.test(name));
    });
  }

  function assertWithin(
    { rows, asked }: Awaited<ReturnType<typeof spent>>,
    count = 1,
    { writes, events, asked: questions } = budget,
  ): void {
    const counts = audit.formatCounts(rows);
    assert.ok(audit.total(audit.objectWrites(rows)) <= writes * count, counts);
    assert.ok(audit.total(audit.eventWrites(rows)) <= events * count, counts);
    assert.equal(audit.conflicts(rows), 0, counts);
    assert.ok(asked.length <= questions * count + greetings, asked.join(' '));
  }

  it('for one name by DNS-01: 16 object writes, 11 events, 8 ACME requests', async () => {
    assertWithin(await spent(() => issue(dns, ['web'])));
    const stored = await world.plane.client.list<StoredEvent>(events, dns);
    assert.deepEqual(stored.map(({ involvedObject, reason }) => `${involvedObject?.kind} ${reason}`).toSorted(), [
      'Certificate Generated',
      'Certificate Issuing',
      'Certificate Issuing',
      'Certificate Requested',
      'CertificateRequest CertificateIssued',
      'CertificateRequest OrderCreated',
      'CertificateRequest cert-manager.io',
      'Challenge DomainVerified',
      'Challenge Presented',
      'Order Complete',
      'Order Created',
    ]);
  });

  it(`for ${burst} at once by DNS-01: the same each`, async () => {
    const names = Array.from({ length: burst }, (_, index) => `burst-${index}`);
    assertWithin(await spent(() => issue(dns, names)), burst);
  });

  it('for one name by HTTP-01 with the shared solver: 18 object writes, all else the same', async () => {
    assertWithin(await spent(() => issue(http, ['web'])), 1, sharedBudget);
  });

  it('of a restart with everything in place: no write, and nothing is asked of the ACME server', async () => {
    const { rows, asked } = await spent(async () => {
      // Once everything was looked at, an object that comes last is looked at, too.
      const last = await TestNamespace.create(world.plane, 'last');
      await world.certificate(last.name, 'last', { issuerRef: { name: 'none' } });
      await last.untilSaid('last', 'Issuing', '');
    });
    const elsewhere = rows.filter(({ namespace }) => !namespace.startsWith('last-'));
    const writes = [...audit.objectWrites(elsewhere), ...audit.eventWrites(elsewhere)];
    assert.deepEqual(writes, [], audit.formatCounts(writes));
    assert.deepEqual(asked, []);
  });
});
