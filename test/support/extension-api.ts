// An extension API in this process, served through the API server: TLS with a certificate for the Service's name, discovery, an APIService. The
// Service is an ExternalName, since there is no pod that could stand behind another.
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from './control-plane/authority.ts';
import type { ControlPlane } from './control-plane.ts';
import { until } from './until.ts';

/** Answers a POST to one of the resources with a status and a JSON document, or never (undefined). */
export type Handler = (
  resource: string,
  body: unknown,
) => { readonly status: number; readonly body: unknown } | undefined;

export interface ExtensionApi {
  /** The users that the API server spoke for, in order. */
  readonly users: string[];
  stop(): Promise<void>;
}

const version = 'v1alpha1';

/** Ready when the API server holds it for available. Names of resources are served as they are, cluster-scoped. */
export async function startExtensionApi(
  plane: ControlPlane,
  options: { readonly group: string; readonly resources: readonly string[]; readonly handle: Handler },
): Promise<ExtensionApi> {
  const { group, resources, handle } = options;
  const namespace = await plane.createNamespace('extension');
  const service = 'extension';
  const authority = await createAuthority();
  const names = [{ type: 'dns', value: `${service}.${namespace}.svc` }] as const;
  const pair = await authority.issue({ commonName: 'extension', names });
  const users: string[] = [];
  const root = `/apis/${group}/${version}`;
  const server = createServer({ cert: pair.cert, key: pair.key }, async (request, response) => {
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const path = new URL(request.url ?? '/', 'https://x').pathname;
    const resource = resources.find((each) => path === `${root}/${each}`);
    if (request.method === 'GET' && path === root) return send(200, discovery(`${group}/${version}`, resources));
    if (request.method !== 'POST' || resource === undefined)
      return send(404, { kind: 'Status', apiVersion: 'v1', code: 404 });
    users.push(String(request.headers['x-remote-user'] ?? ''));
    const answer = handle(resource, JSON.parse(await textOf(request)));
    return answer === undefined ? undefined : send(answer.status, answer.body);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await register(plane, { namespace, service, group, port, ca: authority.cert });
  return { users, stop: () => stop(plane, server, group) };
}

const discovery = (groupVersion: string, resources: readonly string[]) => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: resources.map((name) => ({
    name,
    singularName: '',
    namespaced: false,
    kind: 'ChallengePayload',
    verbs: ['create'],
  })),
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

interface Place {
  readonly namespace: string;
  readonly service: string;
  readonly group: string;
  readonly port: number;
  readonly ca: string;
}

async function register(plane: ControlPlane, { namespace, service, group, port, ca }: Place): Promise<void> {
  const list = {
    kind: 'List',
    apiVersion: 'v1',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: service, namespace },
        spec: { type: 'ExternalName', externalName: '127.0.0.1', ports: [{ port, protocol: 'TCP' }] },
      },
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: `${version}.${group}` },
        spec: {
          group,
          version,
          groupPriorityMinimum: 1000,
          versionPriority: 15,
          caBundle: Buffer.from(ca).toString('base64'),
          service: { name: service, namespace, port },
        },
      },
    ],
  };
  await plane.kubectl(['apply', '-f', '-'], JSON.stringify(list));
  await until(`the APIService of ${group} is available`, async () => {
    const status = [
      'get',
      'apiservice',
      `${version}.${group}`,
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Available")].status}',
    ];
    return (await plane.kubectl(status)) === 'True';
  });
}

async function stop(plane: ControlPlane, server: Server, group: string): Promise<void> {
  await plane.kubectl(['delete', 'apiservice', `${version}.${group}`, '--wait=false']);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
