// The scenarios of the bench: idle, issuance of N Certificates at once, restart with N in place.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../src/api/certificate.ts';
import { conditionOf } from '../../src/api/conditions.ts';
import { certificates, clusterIssuers } from '../../src/api/kinds.ts';
import * as audit from '../../test/support/audit-log.ts';
import type { ControlPlane } from '../../test/support/control-plane.ts';
import { controllerUser, resourceNamespace, startController } from '../../test/support/controller-process.ts';
import { type Usage, usageOf } from '../../test/support/usage.ts';
import { environment, nodeFlags } from '../node-flags.ts';

const creators = 16;
const settleMs = 5_000;
const idleMs = 15_000;

export class Bench {
  readonly #plane: ControlPlane;
  readonly #entry: string | undefined;
  readonly #say: (line: string) => void;

  constructor(plane: ControlPlane, entry: string | undefined, say: (line: string) => void) {
    this.#plane = plane;
    this.#entry = entry;
    this.#say = say;
  }

  async *run(count: number, key: string): AsyncGenerator<object> {
    const plane = this.#plane;
    await plane.client.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: resourceNamespace },
    });
    await plane.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } });
    let controller = await this.#start();
    await sleep(idleMs);
    yield { scenario: 'idle', ...figures(usageOf(controller.pid), undefined) };
    await this.#createCA();
    yield { scenario: 'issuance', key, count, ...(await this.#issue(controller.pid, count, key)) };
    await controller.stop();
    await audit.untilAuditIsQuiet(plane.auditLog);
    const offset = audit.auditOffset(plane.auditLog);
    controller = await this.#start();
    await sleep(Math.max(idleMs, count * 5));
    await audit.untilAuditIsQuiet(plane.auditLog);
    const rows = audit.auditCounts(plane.auditLog, { user: controllerUser, sinceOffset: offset });
    yield {
      scenario: 'restart',
      key,
      count,
      ...figures(usageOf(controller.pid), undefined),
      objectWrites: audit.total(audit.objectWrites(rows)),
      eventWrites: audit.total(audit.eventWrites(rows)),
      reads: audit.total(audit.reads(rows)),
    };
    await controller.stop();
  }

  #start() {
    return startController(this.#plane, {
      nodeFlags,
      env: environment,
      ...(this.#entry === undefined ? {} : { entry: this.#entry }),
    });
  }

  async #createCA(): Promise<void> {
    const { client } = this.#plane;
    const issuer = (name: string, spec: object) => ({
      apiVersion: 'cert-manager.io/v1',
      kind: 'ClusterIssuer',
      metadata: { name },
      spec,
    });
    await client.create(clusterIssuers, issuer('selfsigned', { selfSigned: {} }));
    await client.create(certificates, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'root', namespace: resourceNamespace },
      spec: {
        isCA: true,
        commonName: 'bench',
        secretName: 'root',
        privateKey: { algorithm: 'ECDSA' },
        issuerRef: { name: 'selfsigned', kind: 'ClusterIssuer' },
      },
    });
    await client.create(clusterIssuers, issuer('ca', { ca: { secretName: 'root' } }));
    for (let waited = 0; (await this.#ready('cert-manager')) === 0; waited++) {
      if (waited > 150) throw new Error('the CA did not become Ready in 30 s');
      await sleep(200);
    }
  }

  async #ready(namespace: string): Promise<number> {
    const all = await this.#plane.client.list<Certificate>(certificates, namespace);
    return all.filter(({ status }) => conditionOf(status?.conditions, 'Ready')?.status === 'True').length;
  }

  async #issue(pid: number, count: number, key: string): Promise<object> {
    const { client, auditLog } = this.#plane;
    await audit.untilAuditIsQuiet(auditLog);
    const offset = audit.auditOffset(auditLog);
    const before = usageOf(pid);
    const started = performance.now();
    let next = 0;
    const create = async () => {
      for (let i = next++; i < count; i = next++) await client.create(certificates, leaf(`c${i}`, key));
    };
    await Promise.all(Array.from({ length: creators }, create));
    const created = performance.now();
    let ready = 0;
    while (ready < count) {
      await sleep(Math.min(5_000, 250 + (count - ready) * 2));
      ready = await this.#ready('bench');
      this.#say(`  ${ready} of ${count} Ready after ${((performance.now() - started) / 1000).toFixed(0)} s`);
    }
    const seconds = (performance.now() - started) / 1000;
    const busy = usageOf(pid);
    await sleep(settleMs);
    await audit.untilAuditIsQuiet(auditLog);
    const rows = audit.auditCounts(auditLog, { user: controllerUser, sinceOffset: offset });
    return {
      seconds: round(seconds),
      createSeconds: round((created - started) / 1000),
      perSecond: round(count / seconds),
      ...figures(usageOf(pid), before),
      cpuMsPerCertificate: round(((usageOf(pid).cpuSeconds - before.cpuSeconds) * 1000) / count),
      rssBusyMB: round(busy.rssMB),
      objectWritesPerCertificate: round(audit.total(audit.objectWrites(rows)) / count),
      eventWritesPerCertificate: round(audit.total(audit.eventWrites(rows)) / count),
      readsPerCertificate: round(audit.total(audit.reads(rows)) / count),
      conflicts: audit.conflicts(rows),
      byVerb: Object.fromEntries(byVerb(rows, count)),
    };
  }
}

const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };

function leaf(name: string, key: string) {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name, namespace: 'bench' },
    spec: {
      secretName: name,
      dnsNames: [`${name}.example.com`],
      ...(key === 'rsa' ? {} : { privateKey: { algorithm: 'ECDSA' } }),
      issuerRef: { name: 'ca', kind: 'ClusterIssuer' },
    },
  };
}

function figures(now: Usage, before: Usage | undefined) {
  return {
    cpuSeconds: round(now.cpuSeconds - (before?.cpuSeconds ?? 0)),
    rssMB: round(now.rssMB),
    rssPeakMB: round(now.rssPeakMB),
  };
}

function byVerb(rows: readonly audit.AuditRow[], count: number): readonly [string, number][] {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const name = `${row.verb} ${row.resource}${row.code >= 400 ? ` ${row.code}` : ''}`;
    sums.set(name, (sums.get(name) ?? 0) + row.count);
  }
  return [...sums].map(([name, sum]) => [name, round(sum / count)]);
}

const round = (value: number): number => Math.round(value * 100) / 100;
