// The scenarios of the bench with an ACME server, Pebble: a burst of Certificates proved by DNS-01, by HTTP-01 with solver pods, or with the shared
// solver. There is no node: pods are written and never run, and for HTTP-01 Pebble takes every challenge for answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { conditionOf } from '../../src/api/conditions.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { issuers } from '../../src/api/kinds.ts';
import { namespaces, secrets } from '../../src/kube/resources.ts';
import type { ControlPlane } from '../../test/support/control-plane.ts';
import { type ControllerProcess, resourceNamespace, startController } from '../../test/support/controller-process.ts';
import { type Pebble, startPebble } from '../../test/support/pebble.ts';
import { environment, nodeFlags } from '../node-flags.ts';
import { startBenchDns } from './acme-dns.ts';
import { issueBurst, round } from './burst.ts';

export const acmeScenarios = ['dns01', 'http01-pods', 'http01-shared'] as const;
export type AcmeScenario = (typeof acmeScenarios)[number];

export interface AcmeBenchOptions {
  readonly plane: ControlPlane;
  /** The bundle; the sources where it is absent. */
  readonly entry: string | undefined;
  /** Where Node is to leave a CPU profile of the controller. */
  readonly profile: string | undefined;
  readonly say: (line: string) => void;
}

const namespace = 'bench';
const readyMs = 60_000;

/** Answers the line of the scenario. */
export async function benchAcme(scenario: AcmeScenario, count: number, options: AcmeBenchOptions): Promise<object> {
  const { plane, say } = options;
  const pebble = await startPebble({ alwaysValid: scenario !== 'dns01', say });
  const dns = await startBenchDns(pebble.challenges);
  try {
    for (const name of [resourceNamespace, namespace]) {
      await plane.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    const names = Array.from({ length: count }, (_, i) => `c${i}.example.com`);
    await plane.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'accounts', namespace },
      stringData: { 'accounts.json': dns.accounts(names) },
    });
    const controller = await start(scenario, pebble, options);
    await plane.client.create(issuers, issuer(scenario, pebble, dns.host));
    await untilRegistered(plane);
    const asked = await acmeRequests(controller);
    const burst = await issueBurst(plane, controller.pid, namespace, count, leaf, say);
    const acmeRequestsPerOrder = round(((await acmeRequests(controller)) - asked) / count);
    await controller.stop();
    return { scenario: `acme ${scenario}`, ...burst, acmeRequestsPerOrder };
  } finally {
    dns.stop();
    await pebble.stop();
  }
}

function start(scenario: AcmeScenario, pebble: Pebble, { plane, entry, profile }: AcmeBenchOptions) {
  const shared = [
    '--acme-http01-solver-mode=shared',
    `--acme-http01-solver-service=${resourceNamespace}/solver`,
    '--acme-http01-solver-listen-address=127.0.0.1:0',
  ];
  return startController(plane, {
    nodeFlags: [...nodeFlags, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
    env: environment,
    flags: [
      `--dns01-recursive-nameservers=${pebble.challenges.dns}`,
      '--dns01-recursive-nameservers-only',
      ...(scenario === 'http01-shared' ? shared : []),
    ],
    ...(entry === undefined ? {} : { entry }),
  });
}

function issuer(scenario: AcmeScenario, pebble: Pebble, acmeDnsHost: string) {
  const accountSecretRef = { name: 'accounts', key: 'accounts.json' };
  const dns01 = { dns01: { acmeDNS: { host: acmeDnsHost, accountSecretRef } } };
  const http01 = { http01: { ingress: { ingressClassName: 'bench' } }, waitInsteadOfSelfCheck: '0s' };
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Issuer',
    metadata: { name: 'acme', namespace },
    spec: {
      acme: {
        server: pebble.directoryUrl,
        caBundle: Buffer.from(pebble.apiCaPem).toString('base64'),
        privateKeySecretRef: { name: 'account' },
        solvers: [scenario === 'dns01' ? dns01 : http01],
      },
    },
  };
}

function leaf(name: string) {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name, namespace },
    spec: {
      secretName: name,
      dnsNames: [`${name}.example.com`],
      privateKey: { algorithm: 'ECDSA' },
      issuerRef: { name: 'acme' },
    },
  };
}

async function untilRegistered({ client }: ControlPlane): Promise<void> {
  const deadline = performance.now() + readyMs;
  for (;;) {
    const { status } = await client.get<Issuer>(issuers, { namespace, name: 'acme' });
    const ready = conditionOf(status?.conditions, 'Ready');
    if (ready?.status === 'True') return;
    if (performance.now() > deadline) throw new Error(`the issuer did not become Ready: ${ready?.message}`);
    await sleep(200);
  }
}

/** All requests to the ACME server so far, as the controller counts them. */
async function acmeRequests(controller: ControllerProcess): Promise<number> {
  const { body } = await controller.fetch('metrics', '/metrics');
  const samples = body.matchAll(/^certmanager_http_acme_client_request_count\{[^}]*\} (\d+)/gm);
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}
