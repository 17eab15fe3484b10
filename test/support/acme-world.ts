// Everything that an ACME issuance needs but the operator: an API server, Pebble, and BIND as the DNS that both Pebble and the operator ask.
import { createHash } from 'node:crypto';
import type { Certificate } from '../../src/api/certificate.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { certificates, issuers } from '../../src/api/kinds.ts';
import { secrets } from '../../src/kube/resources.ts';
import { type Bind, startBind } from './bind.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type Pebble, type PebbleOptions, startPebble } from './pebble.ts';

export const zone = 'example.com';

export interface AcmeWorld {
  readonly plane: ControlPlane;
  readonly bind: Bind;
  readonly pebble: Pebble;
  /** Flags that make the operator ask this world's DNS. */
  readonly flags: readonly string[];
  /** One more Pebble, which asks the same DNS. */
  another(options: PebbleOptions): Promise<Pebble>;
  /** A namespace with the Secret of the TSIG key and an Issuer named `acme`; `change` goes into spec.acme. */
  issuer(name: string, change?: object): Promise<string>;
  /** The Issuer `acme` of a namespace that is there, made or changed; `change` goes into spec.acme. */
  applyIssuer(namespace: string, change?: object, name?: string): Promise<Issuer>;
  /** Applies a Certificate of that Issuer. */
  certificate(namespace: string, name: string, spec?: object): Promise<Certificate>;
  stop(): Promise<void>;
}

/** spec.acme of whoever uses this server. */
export const accountAt = ({ directoryUrl, apiCaPem }: Pick<Pebble, 'directoryUrl' | 'apiCaPem'>) => ({
  server: directoryUrl,
  caBundle: Buffer.from(apiCaPem).toString('base64'),
});

/** spec.acme.solvers of the Issuer: updates of BIND. */
export function bindSolver(bind: Bind): object {
  const rfc2136 = {
    nameserver: `${bind.address}:${bind.port}`,
    tsigKeyName: bind.keys.HMACSHA256.name,
    tsigAlgorithm: 'HMACSHA256',
    tsigSecretSecretRef: { name: 'tsig', key: 'secret' },
  };
  return { dns01: { rfc2136 } };
}

export async function startAcmeWorld(options: PebbleOptions = {}): Promise<AcmeWorld> {
  const bind = await startBind({ zones: { [zone]: '* IN A 127.0.0.1' } });
  const dnsServer = `${bind.address}:${bind.port}`;
  const [plane, pebble] = await Promise.all([
    startControlPlane({ controllerManager: true, crds: true }),
    startPebble({ dnsServer, ...options }),
  ]);
  const pebbles = [pebble];
  const applyIssuer: AcmeWorld['applyIssuer'] = (namespace, change = {}, name = 'acme') =>
    plane.client.apply<Issuer>(issuers, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Issuer',
      metadata: { name, namespace },
      spec: {
        acme: {
          ...accountAt(pebble),
          email: 'someone@example.com',
          privateKeySecretRef: { name: 'account' },
          solvers: [bindSolver(bind)],
          ...change,
        },
      },
    });
  return {
    plane,
    bind,
    pebble,
    flags: [`--dns01-recursive-nameservers=${dnsServer}`, '--dns01-recursive-nameservers-only'],
    another: async (more) => {
      const next = await startPebble({ dnsServer, ...more });
      pebbles.push(next);
      return next;
    },
    applyIssuer,
    issuer: async (name, change = {}) => {
      const namespace = await plane.createNamespace(name);
      await plane.client.apply(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'tsig', namespace },
        stringData: { secret: bind.keys.HMACSHA256.secret },
      });
      await applyIssuer(namespace, change);
      return namespace;
    },
    certificate: (namespace, name, spec = {}) =>
      plane.client.apply<Certificate>(certificates, {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { name, namespace },
        spec: {
          secretName: `${name}-tls`,
          dnsNames: [`${hostOf(namespace, name)}.${zone}`],
          privateKey: { algorithm: 'ECDSA' },
          issuerRef: { name: 'acme' },
          ...spec,
        },
      }),
    stop: async () => {
      await Promise.all([plane.stop(), bind.stop(), ...pebbles.map((each) => each.stop())]);
    },
  };
}

/** A host of its own for each Certificate of each test. */
export const hostOf = (namespace: string, name: string): string =>
  `h${createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 12)}`;
