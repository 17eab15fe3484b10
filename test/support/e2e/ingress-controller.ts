// What stands in front of a cluster: Contour and Envoy as processes of this machine, with the class `contour` for Ingresses and one Gateway. Envoy is in the
// node's network, where it reaches pods, and answers at port 80 of the node.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findContour } from '../binaries/contour.ts';
import { findEnvoy } from '../binaries/envoy.ts';
import { type Processes, startProcesses, untilReady } from '../control-plane/processes.ts';
import { someFreePorts } from '../free-ports.ts';
import type { Cluster } from './cluster.ts';
import { manifests, namespace } from './manifests.ts';

export const ingressClass = 'contour';
/** What HTTPRoutes attach to; routes of all namespaces may. */
export const gateway = { namespace: 'gateway', name: 'front' } as const;

export interface Page {
  readonly status: number;
  readonly body: string;
}

export interface IngressController {
  /** Of the node. */
  readonly address: string;
  /** What somebody outside of the cluster gets who asks for `http://<host><path>`. */
  fetch(host: string, path: string): Promise<Page>;
  stop(): Promise<void>;
}

/** Where Envoy listens for what comes to port 80: Contour has it away from the ports of the system. */
const listenerPort = 8080;
const gatewayController = 'projectcontour.io/gateway-controller';
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Its CRDs and its Gateway stay in the cluster when it ends. */
export async function startIngressController(cluster: Cluster): Promise<IngressController> {
  const { address, outside, enter } = cluster.file;
  const [contour, envoy] = [await findContour(say), await findEnvoy(say)];
  const files = contour.crds.flatMap((file) => ['-f', file]);
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', ...files]);
  await cluster.kubectl(
    ['apply', '-f', '-'],
    manifests(namespace(gateway.namespace), gatewayClass, gatewayObject, nobody, firstIngress),
  );
  const folder = mkdtempSync(join(tmpdir(), 'certwright-ingress-'));
  const processes = startProcesses(folder, false);
  const removeRedirect = redirect(enter, address);
  const stop = async () => {
    removeRedirect();
    await processes.stopAll();
  };
  try {
    const xdsPort = await startContour(contour.program, cluster, folder, processes);
    const bootstrap = join(folder, 'envoy.json');
    const xds = ['--xds-address', outside, '--xds-port', String(xdsPort), '--xds-resource-version', 'v3'];
    execFileSync(contour.program, ['bootstrap', bootstrap, ...xds, '--admin-address', join(folder, 'admin.sock')], {
      stdio: 'pipe',
    });
    const [program = '', ...before] = enter;
    const args = [
      '--config-path',
      bootstrap,
      '--service-cluster',
      'contour',
      '--service-node',
      'envoy',
      '--concurrency',
      '1',
    ];
    const running = processes.start('envoy', program, [...before, envoy, ...args]);
    await untilReady(running, () =>
      fetchPage(address, 'nobody.example', '/').then(
        () => true,
        () => false,
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, fetch: (host, path) => fetchPage(address, host, path), stop };
}

const gatewayClass = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: ingressClass },
  spec: { controllerName: gatewayController },
};
const gatewayObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: gateway,
  spec: {
    gatewayClassName: ingressClass,
    listeners: [{ name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'All' } } }],
  },
};

const nobody = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: gateway.namespace, name: 'nobody' },
  spec: { ports: [{ port: 80 }] },
};
/** Without any route there is no listener. It leads to nobody. */
const firstIngress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { namespace: gateway.namespace, name: 'first' },
  spec: {
    ingressClassName: ingressClass,
    rules: [
      {
        host: 'nobody.example',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'nobody', port: { number: 80 } } } }],
        },
      },
    ],
  },
};

/** Answers the port at which Envoy gets its configuration. */
async function startContour(program: string, cluster: Cluster, folder: string, processes: Processes): Promise<number> {
  const { outside, kubeconfig } = cluster.file;
  const [xdsPort = 0] = await someFreePorts(1, outside);
  const [http = 0, health = 0, debug = 0] = await someFreePorts(3);
  const config = join(folder, 'contour.yaml');
  writeFileSync(config, JSON.stringify({ gateway: { gatewayRef: gateway } }));
  const local = [
    ['http', http],
    ['health', health],
    ['debug-http', debug],
  ].flatMap(([name, port]) => [`--${name}-address=127.0.0.1`, `--${name}-port=${port}`]);
  const running = processes.start('contour', program, [
    'serve',
    '--insecure',
    '--disable-leader-election',
    `--xds-address=${outside}`,
    `--xds-port=${xdsPort}`,
    `--kubeconfig=${kubeconfig}`,
    `--config-path=${config}`,
    ...local,
  ]);
  await untilReady(running, () =>
    fetchPage('127.0.0.1', 'localhost', '/health', health).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  return xdsPort;
}

/** From port 80 of the node to Envoy's listener, for everybody who comes from elsewhere. Answers what takes it back. */
function redirect(enter: readonly string[], address: string): () => void {
  const rule = [
    'PREROUTING',
    '-d',
    address,
    '-p',
    'tcp',
    '--dport',
    '80',
    '-j',
    'REDIRECT',
    '--to-ports',
    String(listenerPort),
  ];
  const iptables = (verb: string) => {
    const [program = '', ...args] = [...enter, 'iptables', '-t', 'nat', verb, ...rule];
    execFileSync(program, args, { stdio: 'pipe' });
  };
  iptables('-I');
  return () => iptables('-D');
}

function fetchPage(address: string, host: string, path: string, port = 80): Promise<Page> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path, headers: { host }, agent: false, timeout: 5_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer from ${address}:${port}`)));
    asked.on('error', reject);
    asked.end();
  });
}
