// The ACME manifests of the articles that the examples are taken from, applied with kubectl as a reader would; only the CA's address and the id of the
// hosted zone are others. Route 53 is moto, Cloudflare a fake behind a proxy; for HTTP-01 Pebble's challenge server stands in for the ingress controller.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Certificate } from '../../../src/api/certificate.ts';
import type { Challenge } from '../../../src/api/challenge.ts';
import { conditionOf } from '../../../src/api/conditions.ts';
import { certificates, challenges } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { ingresses, pods, secrets, services } from '../../../src/kube/resources.ts';
import { type AcmeClouds, startAcmeClouds } from '../../support/acme-clouds.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { type ControllerProcess, startController } from '../../support/controller-process.ts';
import { withoutMoto } from '../../support/moto.ts';
import { describeCertificate, type TlsSecret } from '../../support/openssl.ts';
import { untilReady } from '../../support/private-ca.ts';
import { until } from '../../support/until.ts';

const examples = join(import.meta.dirname, '..', '..', '..', 'docs', 'examples', 'acme');
const staging = /^( +)server: https:\/\/acme-staging-v02\.api\.letsencrypt\.org\/directory$/gm;
const shop = 'shop';

interface Ingress extends KubeObject {
  readonly spec: {
    readonly ingressClassName?: string;
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths: readonly { readonly path?: string }[] };
    }[];
  };
}

describe('the ACME manifests of the articles', { skip: withoutMoto() }, () => {
  let plane: ControlPlane;
  let clouds: AcmeClouds;
  let controller: ControllerProcess;

  before(async () => {
    const zones = { route53: ['example.com', 'sys.example.com'], cloudflare: ['dashboard.example.com'] };
    [plane, clouds] = await Promise.all([
      startControlPlane({ crds: true, controllerManager: true }),
      startAcmeClouds(zones),
    ]);
    for (const name of ['cert-manager', shop]) await plane.kubectl(['create', 'namespace', name]);
    controller = await startController(plane, { flags: clouds.flags, env: clouds.env });
    for (const name of ['dns01-route53', 'dns01-cloudflare']) await applyExample(`${name}.yaml`);
  });
  after(async () => {
    await controller?.stop();
    await clouds?.stop();
    await plane?.stop();
  });

  const applyExample = async (name: string) => {
    const ca = Buffer.from(clouds.pebble.apiCaPem).toString('base64');
    const text = readFileSync(join(examples, name), 'utf8')
      .replaceAll(staging, `$1server: ${clouds.pebble.directoryUrl}\n$1caBundle: ${ca}`)
      .replaceAll('Z0123456789EXAMPLE', clouds.zoneIds.get('sys.example.com') ?? '');
    await plane.kubectl(['apply', '-f', '-'], text);
  };
  const certificateOf = async (namespace: string, name: string) =>
    describeCertificate(await plane.client.get<TlsSecret>(secrets, { namespace, name }));
  const eventsOf = async (namespace: string, kind: string, name: string) =>
    eventsIn(await plane.kubectl(['describe', kind, name, `--namespace=${namespace}`]));

  it('Route 53 by region, with the role of the service account: apex and wildcard become one certificate', async () => {
    await untilReady(plane, 'sandbox', 'example-com');
    const { extensions } = await certificateOf('sandbox', 'tls-example.com');
    // Pebble, as public CAs, makes no use of the common name.
    const names = extensions['Subject Alternative Name critical'];
    assert.deepEqual(names, 'DNS:example.com, DNS:*.example.com');
    assert.deepEqual(clouds.seenAt('_acme-challenge.example.com'), ['Route 53 example.com']);
  });

  it('the solver with the longest zone is taken; Certificate, request, Order and Challenge show on the way what is done', async () => {
    clouds.hidden = true;
    await apply(acmeCertificate('sandbox', 'www', 'www.sys.example.com'));
    const message = await until('the Certificate says what it waits for', async () => {
      const { status } = await plane.client.get<Certificate>(certificates, { namespace: 'sandbox', name: 'www' });
      const text = conditionOf(status?.conditions, 'Ready')?.message;
      return text?.includes('Waiting') === true && text;
    });
    const [challenge] = await plane.client.list<Challenge>(challenges, 'sandbox');
    const order = challenge?.metadata.ownerReferences?.[0]?.name ?? '';
    assert.equal(
      message,
      'Issuing certificate as Secret does not exist. Waiting: CertificateRequest "www-1": ' +
        `Waiting on certificate issuance from order sandbox/${order}: "pending"`,
    );
    assert.deepEqual(challenge?.spec.solver.dns01?.route53?.hostedZoneID, clouds.zoneIds.get('sys.example.com'));
    const chain = [
      ['certificate', 'www'],
      ['certificaterequest', 'www-1'],
      ['order', order],
      ['challenge', challenge?.metadata.name ?? ''],
    ] as const;
    const shown: string[][] = [];
    for (const [kind, name] of chain) shown.push(...(await eventsOf('sandbox', kind, name)));
    assert.deepEqual(shown, [
      ['Normal', 'Issuing', 'cert-manager-certificates-trigger', 'Issuing certificate as Secret does not exist'],
      [
        'Normal',
        'Generated',
        'cert-manager-certificates-key-manager',
        'Stored new private key in temporary Secret resource "www-<random>"',
      ],
      [
        'Normal',
        'Requested',
        'cert-manager-certificates-request-manager',
        'Created new CertificateRequest resource "www-1"',
      ],
      [
        'Normal',
        'cert-manager.io',
        'cert-manager-certificaterequests-approver',
        'Certificate request has been approved by cert-manager.io',
      ],
      [
        'Normal',
        'OrderCreated',
        'cert-manager-certificaterequests-issuer-acme',
        `Created Order resource sandbox/${order}`,
      ],
      [
        'Normal',
        'Created',
        'cert-manager-orders',
        `Created Challenge resource "${challenge?.metadata.name}" for domain "www.sys.example.com"`,
      ],
      ['Normal', 'Presented', 'cert-manager-challenges', 'Presented challenge using DNS-01 challenge mechanism'],
    ]);
    clouds.hidden = false;
    await untilReady(plane, 'sandbox', 'www');
    assert.deepEqual(clouds.seenAt('_acme-challenge.www.sys.example.com'), ['Route 53 sys.example.com']);
    const after = await until('the Order has its last event', async () => {
      const events = await eventsOf('sandbox', 'order', order);
      return events.length === 2 && events;
    });
    assert.deepEqual(after[1], ['Normal', 'Complete', 'cert-manager-orders', 'Order completed successfully']);
  });

  it('Cloudflare with e-mail and key: the Certificate waits for the Secret of the key, then is issued', async () => {
    const { apiKey, email } = clouds.cloudflare;
    const dns01 = '/spec/acme/solvers/0/dns01/cloudflare/email';
    const change = JSON.stringify([{ op: 'replace', path: dns01, value: email }]);
    await plane.kubectl(['patch', 'clusterissuer', 'letsencrypt-dns01', '--type=json', `--patch=${change}`]);
    const key = `--from-literal=apikey=${apiKey}`;
    await plane.kubectl(['create', 'secret', 'generic', 'cloudflare-apikey', '--namespace=cert-manager', key]);
    await untilReady(plane, 'kubernetes-dashboard', 'dashboard-example-com');
    assert.deepEqual(clouds.seenAt('_acme-challenge.dashboard.example.com'), ['Cloudflare']);
  });

  it('HTTP-01 with `class`: an Ingress with the annotation of that class, as long as the challenge lasts', async () => {
    await applyHttp01('by-class', { class: 'nginx' });
    await apply(acmeCertificate(shop, 'by-class', 'by-class.example.com'));
    const made = await until('there is an Ingress for the challenge', async () => {
      const [first] = await plane.client.list<Ingress>(ingresses, shop);
      return first;
    });
    const { metadata, spec } = made;
    assert.deepEqual(
      [
        metadata.annotations?.['kubernetes.io/ingress.class'],
        spec.ingressClassName,
        spec.rules?.map(({ host }) => host),
      ],
      ['nginx', undefined, ['by-class.example.com']],
    );
    assert.equal((await plane.client.list(pods, shop)).length, 1);
    await answerHttp01();
    await untilReady(plane, shop, 'by-class');
    await until('nothing is left over', async () => {
      const left = await Promise.all([pods, services, ingresses].map((resource) => plane.client.list(resource, shop)));
      return left.flat().length === 0;
    });
  });

  it('HTTP-01 with `name`: a path on the Ingress of that name, which then is as it was', async () => {
    const backend = { service: { name: 'web', port: { number: 80 } } };
    const rule = { host: 'by-name.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } };
    await apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'challenge', namespace: shop },
      spec: { rules: [rule] },
    });
    await applyHttp01('by-name', { name: 'challenge' });
    await apply(acmeCertificate(shop, 'by-name', 'by-name.example.com'));
    const pathsOf = async () => {
      const { spec } = await plane.client.get<Ingress>(ingresses, { namespace: shop, name: 'challenge' });
      return spec.rules?.flatMap(({ http }) => http?.paths.map(({ path }) => path) ?? []) ?? [];
    };
    const token = await answerHttp01();
    const paths = await until('the path is there', async () => {
      const found = await pathsOf();
      return found.length > 1 && found;
    });
    assert.deepEqual(paths.toSorted(), ['/', `/.well-known/acme-challenge/${token}`]);
    await untilReady(plane, shop, 'by-name');
    await until('the path is gone', async () => (await pathsOf()).length === 1);
  });

  it('in the end no record is left in any zone', async () => {
    await until('all Challenges are gone', async () => (await plane.client.list(challenges)).length === 0);
    assert.deepEqual(await clouds.records(), []);
  });

  const apply = (manifest: object) => plane.kubectl(['apply', '-f', '-'], JSON.stringify(manifest));

  /** The ClusterIssuer of the article, for the namespace of the shop. Nobody answers at port 80 here: after a second the CA is asked all the same. */
  const applyHttp01 = (name: string, ingress: object) =>
    apply({
      apiVersion: 'cert-manager.io/v1',
      kind: 'ClusterIssuer',
      metadata: { name, annotations: { 'acme.cert-manager.io/self-check-deadline': '1s' } },
      spec: {
        acme: {
          server: clouds.pebble.directoryUrl,
          caBundle: Buffer.from(clouds.pebble.apiCaPem).toString('base64'),
          email: 'user@example.com',
          privateKeySecretRef: { name },
          solvers: [{ selector: {}, http01: { ingress } }],
        },
      },
    });

  /** What an ingress controller would bring to the solver, for the one Challenge that there is. Answers its token. */
  const answerHttp01 = async () => {
    const challenge = await until('there is a Challenge', async () => {
      const [first] = await plane.client.list<Challenge>(challenges, shop);
      return first;
    });
    await clouds.pebble.challenges.addHttp01(challenge.spec.token, challenge.spec.key);
    return challenge.spec.token;
  };
});

/** The issuer is the one with the name of the Certificate, but in the sandbox. */
const acmeCertificate = (namespace: string, name: string, dnsName: string) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name, namespace },
  spec: {
    secretName: `${name}-tls`,
    dnsNames: [dnsName],
    privateKey: { algorithm: 'ECDSA' },
    issuerRef: namespace === 'sandbox' ? { name: 'letsencrypt-prod' } : { name, kind: 'ClusterIssuer' },
  },
});

/** Type, reason, source and message of each row under `Events:`; what is random in names is left out. */
function eventsIn(described: string): string[][] {
  const table = described.slice(described.indexOf('\nEvents:')).split('\n').slice(4);
  return table
    .map((line) => line.trim().split(/ {2,}/))
    .filter((cells) => cells.length === 5)
    .map(([type = '', reason = '', , from = '', message = '']) => [
      type,
      reason,
      from,
      message.replace(/-[a-z0-9]{5}"/, '-<random>"'),
    ]);
}
