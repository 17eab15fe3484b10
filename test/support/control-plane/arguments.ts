// The command lines and files that make etcd, kube-apiserver and kube-controller-manager one cluster: on loopback, or in a network that
// a node shares. Starts nothing.
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

/** A network in which a node joins the control plane: see ../node/. */
export interface PlaneNetwork {
  /** Goes before each program and its arguments: enters the network, in the process of the program itself. */
  readonly enter: readonly string[];
  /** IPv4, of that network's own interface; the apiserver is reached there from outside, too. */
  readonly address: string;
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

/** What tests and the demo need without a node. Fewer controllers start faster and leave the processors to the tests. */
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
export async function writeFiles(
  folder: string,
  authority: Authority,
  network: PlaneNetwork | undefined,
): Promise<void> {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  const apiserver = await authority.issue({
    commonName: 'kube-apiserver',
    names: [
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '10.0.0.1' },
      ...(network === undefined ? [] : [{ type: 'ip', value: network.address } as const]),
      { type: 'dns', value: 'localhost' },
      { type: 'dns', value: 'kubernetes.default.svc' },
    ],
  });
  const tokens = createTokenKeys();
  write('ca.crt', authority.cert);
  write('ca.key', authority.key);
  write('apiserver.crt', apiserver.cert);
  write('apiserver.key', apiserver.key);
  if (network !== undefined) {
    const asKubeletClient = await authority.issue({ commonName: 'kubelet-client', groups: ['system:masters'] });
    const asAggregator = await authority.issue({ commonName: 'aggregator' });
    write('kubelet-client.crt', asKubeletClient.cert);
    write('kubelet-client.key', asKubeletClient.key);
    write('aggregator.crt', asAggregator.cert);
    write('aggregator.key', asAggregator.key);
  }
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

export function apiserverArguments(ports: Ports, network: PlaneNetwork | undefined, more: readonly string[]): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    `--secure-port=${ports.apiserver}`,
    ...(network === undefined ? onLoopback : withNode(network)),
    '--tls-cert-file=apiserver.crt',
    '--tls-private-key-file=apiserver.key',
    '--client-ca-file=ca.crt',
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

const onLoopback = [
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  '--endpoint-reconciler-type=none',
  '--authorization-mode=RBAC',
];

/** Pods reach it through the Service kubernetes; it reaches the kubelet, webhooks and aggregated APIs. */
const withNode = ({ address }: PlaneNetwork) => [
  '--bind-address=0.0.0.0',
  `--advertise-address=${address}`,
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  '--kubelet-client-certificate=kubelet-client.crt',
  '--kubelet-client-key=kubelet-client.key',
  '--kubelet-preferred-address-types=InternalIP',
  '--proxy-client-cert-file=aggregator.crt',
  '--proxy-client-key-file=aggregator.key',
  '--requestheader-client-ca-file=ca.crt',
  '--requestheader-allowed-names=aggregator',
  '--requestheader-username-headers=X-Remote-User',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  '--enable-aggregator-routing',
];

/** `all`: every controller that is on by default, as pods on a node need. */
export function controllerManagerArguments(kubeconfig: string, all: boolean): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--service-account-private-key-file=tokens.key',
    '--root-ca-file=ca.crt',
    '--cluster-signing-cert-file=ca.crt',
    '--cluster-signing-key-file=ca.key',
    '--leader-elect=false',
    '--secure-port=0',
    `--controllers=${all ? '*' : controllers.join(',')}`,
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
