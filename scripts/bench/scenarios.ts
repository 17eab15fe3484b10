// The scenarios of the bench with a CA in the cluster: idle, issuance of N Certificates at once, restart with N in place.
import { setTimeout as sleep } from 'node:timers/promises';
import { certificates, clusterIssuers } from '../../src/api/kinds.ts';
import { namespaces } from '../../src/kube/resources.ts';
import * as audit from '../../test/support/audit-log.ts';
import type { ControlPlane } from '../../test/support/control-plane.ts';
import { controllerUser, resourceNamespace, startController } from '../../test/support/controller-process.ts';
import { usageOf } from '../../test/support/usage.ts';
import { environment, nodeFlags } from '../node-flags.ts';
import { figures, issueBurst, readyIn } from './burst.ts';

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
    const make = (name: string) => leaf(name, key);
    yield { scenario: 'issuance', key, ...(await issueBurst(plane, controller.pid, 'bench', count, make, this.#say)) };
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
    for (let waited = 0; (await readyIn(this.#plane, resourceNamespace)) === 0; waited++) {
      if (waited > 150) throw new Error('the CA did not become Ready in 30 s');
      await sleep(200);
    }
  }
}

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
