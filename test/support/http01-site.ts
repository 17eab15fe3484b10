// The shared solver of HTTP-01 in this process: at a port that an ACME server may be told to visit, and behind a proxy that leads every request to
// it, as an ingress controller would that all names point to.
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSharedSolver } from '../../src/cmd/controller/shared-solver.ts';
import { createLogger } from '../../src/cmd/log/logger.ts';
import { createClient } from '../../src/kube/client.ts';
import { openAccess } from '../../src/kube/credentials.ts';
import type { ControlPlane } from './control-plane.ts';
import { operatorUser } from './operator.ts';

export interface Http01Site {
  readonly port: number;
  /** For the environment of the operator: what it looks at passes through here. */
  readonly env: Readonly<Record<'HTTP_PROXY', string>>;
  /** The hosts that the operator has looked at. */
  readonly looked: readonly string[];
  stop(): Promise<void>;
}

/** Flags that make the operator share one solver; `Service` and namespace need not exist. */
export const sharedSolverFlags = [
  '--acme-http01-solver-mode=shared',
  '--acme-http01-solver-service=cert-manager/solver',
] as const;

/** Watches with the rights of the operator. */
export async function startHttp01Site(plane: ControlPlane): Promise<Http01Site> {
  const { kubeconfig } = await plane.user(operatorUser, ['system:serviceaccounts']);
  await plane.grantControllerRoles(operatorUser);
  const log = createLogger({ format: 'text', verbosity: 0, vmodule: [] }, () => {});
  const access = await openAccess({ kubeconfig, env: {} });
  const client = createClient({ access, version: 'test', component: 'cert-manager-controller', log });
  const end = new AbortController();
  const solver = await startSharedSolver({
    client,
    listenAddress: '127.0.0.1:0',
    namespace: '',
    log,
    stopping: end.signal,
    signal: end.signal,
  });
  if (solver === undefined) throw new Error('the shared solver did not start');
  const port = Number(solver.address.split(':').at(-1));
  const looked: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const { host, pathname } = new URL(incoming.url ?? '');
    looked.push(host);
    const onward = request({ host: '127.0.0.1', port, path: pathname, headers: { host } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    onward.end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port,
    env: { HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    looked,
    stop: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await solver.close();
      end.abort();
      client.close();
    },
  };
}
