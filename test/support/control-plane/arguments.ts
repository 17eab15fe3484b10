// The command lines and files that make etcd, kube-apiserver and kube-controller-manager one cluster on loopback. Starts nothing.
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Access } from '../api-client.ts';
import { type Authority, createTokenKeys } from './authority.ts';

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
}

/** Reads and writes of real users count; the apiserver's talk with itself and the waiting for it do not. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', nonResourceURLs: ['/readyz*', '/livez*', '/healthz*'] },
    { level: 'Metadata' },
  ],
};

/** What tests and the demo need of it. Fewer controllers start faster and leave the processors to the tests. */
const controllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'certificatesigningrequest-signing-controller',
  'certificatesigningrequest-approving-controller',
];

/** Ports that nobody listened on a moment ago. */
export async function freePorts(): Promise<Ports> {
  const servers = await Promise.all([listen(), listen(), listen()]);
  const [etcd = 0, etcdPeer = 0, apiserver = 0] = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { etcd, etcdPeer, apiserver };
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** The files that the command lines below name, in `folder`. */
export async function writeFiles(folder: string, authority: Authority): Promise<void> {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  const apiserver = await authority.issue({
    commonName: 'kube-apiserver',
    names: [
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '10.0.0.1' },
      { type: 'dns', value: 'localhost' },
      { type: 'dns', value: 'kubernetes.default.svc' },
    ],
  });
  const tokens = createTokenKeys();
  write('ca.crt', authority.cert);
  write('ca.key', authority.key);
  write('apiserver.crt', apiserver.cert);
  write('apiserver.key', apiserver.key);
  write('tokens.key', tokens.privateKey);
  write('tokens.pub', tokens.publicKey);
  write('audit-policy.json', JSON.stringify(auditPolicy));
}

export function etcdArguments(ports: Ports): string[] {
  const url = `http://127.0.0.1:${ports.etcd}`;
  return [
    '--data-dir=etcd',
    // Nothing here outlives a power cut anyway; syncing would only slow the tests down.
    '--unsafe-no-fsync',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
    `--initial-cluster=default=http://127.0.0.1:${ports.etcdPeer}`,
    '--log-level=warn',
  ];
}

export function apiserverArguments(ports: Ports, more: readonly string[]): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiserver}`,
    '--endpoint-reconciler-type=none',
    '--tls-cert-file=apiserver.crt',
    '--tls-private-key-file=apiserver.key',
    '--client-ca-file=ca.crt',
    '--authorization-mode=RBAC',
    '--service-account-key-file=tokens.pub',
    '--service-account-signing-key-file=tokens.key',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--allow-privileged',
    '--audit-policy-file=audit-policy.json',
    '--audit-log-path=audit.log',
    '--audit-log-maxsize=2000',
    ...more,
  ];
}

export function controllerManagerArguments(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--service-account-private-key-file=tokens.key',
    '--root-ca-file=ca.crt',
    '--cluster-signing-cert-file=ca.crt',
    '--cluster-signing-key-file=ca.key',
    '--leader-elect=false',
    '--secure-port=0',
    `--controllers=${controllers.join(',')}`,
  ];
}

/** A kubeconfig file with everything inside, as JSON, which is YAML. */
export function kubeconfigText(access: Access, user: string): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: access.server, 'certificate-authority-data': base64(access.ca) } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': base64(access.cert), 'client-key-data': base64(access.key) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    'current-context': 'test',
  });
}
