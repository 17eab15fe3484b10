// What an ACME issuer can be told, on a real API server with real ACME servers: each option seen in the certificates that come of it. Challenges are
// taken for answered here: how they are answered is tested elsewhere.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import { conditionOf } from '../../../src/api/conditions.ts';
import type { Issuer } from '../../../src/api/issuer.ts';
import { certificateRequests, issuers, orders } from '../../../src/api/kinds.ts';
import type { Order } from '../../../src/api/order.ts';
import { secrets } from '../../../src/kube/resources.ts';
import { encodePrivateKey } from '../../../src/pki/keys.ts';
import { type AcmeWorld, accountAt, startAcmeWorld } from '../../support/acme-world.ts';
import { createAuthority } from '../../support/control-plane/authority.ts';
import { TestNamespace } from '../../support/in-cluster.ts';
import { bytesOf } from '../../support/openssl.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { untilReady } from '../../support/private-ca.ts';
import { testKey } from '../../support/signing-builders.ts';
import { until } from '../../support/until.ts';

const hourMs = 3_600_000;
const day = 24 * 3600;
const macKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
const registered = 'The ACME account was registered with the ACME server';
const solvers = [{ http01: { ingress: { ingressClassName: 'none' } }, waitInsteadOfSelfCheck: '0s' }];

describe('an ACME issuer', { concurrency: 3 }, () => {
  let world: AcmeWorld;
  let operator: Operator;

  before(async () => {
    world = await startAcmeWorld({
      alwaysValid: true,
      alternateRoots: 2,
      profiles: { classic: 90 * day, short: 6 * day },
    });
    await world.plane.kubectl(['create', 'namespace', 'cert-manager']);
    const flags = ['--acme-http01-solver-mode=shared', '--acme-http01-solver-service=cert-manager/solver'];
    operator = await startOperator(world.plane, { flags: [...world.flags, ...flags] });
  });
  after(async () => {
    await operator?.stop();
    await world?.stop();
  });

  const issuer = (name: string, change: object = {}) => world.issuer(name, { solvers, ...change });
  const change = (namespace: string, what: object) => world.applyIssuer(namespace, { solvers, ...what });
  const issuerOf = (namespace: string, name = 'acme') => world.plane.client.get<Issuer>(issuers, { namespace, name });
  const untilIssuer = (namespace: string, what: string, is: (issuer: Issuer, message: string) => boolean) =>
    until(`the issuer of ${namespace} says ${what}`, async () => {
      const found = await issuerOf(namespace);
      const { message = '', observedGeneration } = conditionOf(found.status?.conditions, 'Ready') ?? {};
      return observedGeneration === found.metadata.generation && is(found, message) && found;
    });
  const untilSays = (namespace: string, expected: RegExp) =>
    untilIssuer(namespace, `${expected}`, (_issuer, message) => expected.test(message));
  const untilRegistered = (namespace: string) =>
    untilIssuer(namespace, registered, (_issuer, message) => message === registered);
  const applySecret = (namespace: string, name: string, stringData: object) =>
    world.plane.client.apply(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });
  const ordersIn = (namespace: string) => world.plane.client.list<Order>(orders, namespace);

  /** The certificates in the Secret, leaf first. */
  async function issued(namespace: string, name: string, spec: object = {}): Promise<X509Certificate[]> {
    await world.certificate(namespace, name, spec);
    await untilReady(world.plane, namespace, name);
    const secret = await new TestNamespace(world.plane, namespace).secret(`${name}-tls`);
    const pems = bytesOf(secret, 'tls.crt')
      .toString()
      .split(/(?=-----BEGIN)/);
    return pems.map((pem) => new X509Certificate(pem));
  }
  const hoursOf = ([leaf]: readonly X509Certificate[]) =>
    leaf === undefined ? 0 : Math.round((Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / hourMs);

  /** The request of the Certificate once it has failed; answers why. */
  const untilFailed = (namespace: string, name: string) =>
    until(`the request of ${name} has failed`, async () => {
      const key = { namespace, name: `${name}-1` };
      const found = await world.plane.client.find<CertificateRequest>(certificateRequests, key);
      const { reason, message } = conditionOf(found?.status?.conditions, 'Ready') ?? {};
      return reason === 'Failed' && message;
    });

  it('asks for its profile; one that the server does not have is refused at once, for good', async () => {
    const short = await issuer('short', { profile: 'short' });
    assert.equal(hoursOf(await issued(short, 'web')), 6 * 24);
    const unknown = await issuer('unknown', { profile: 'none' });
    await world.certificate(unknown, 'web');
    const why = await untilFailed(unknown, 'web');
    assert.match(why, /order is in "errored" state: Failed to create Order: /);
    const [order] = await ordersIn(unknown);
    assert.equal(order?.status?.state, 'errored');
    assert.ok(order?.status?.failureTime !== undefined);
  });

  it('takes the chain that ends at the root it prefers; the default where there is none', async () => {
    const commonName = async (index: number) =>
      /CN=(.*)/.exec(new X509Certificate(await world.pebble.rootPem(index)).subject)?.[1];
    const [first, second] = [await commonName(0), await commonName(2)];
    assert.notEqual(first, second);
    for (const [name, preferredChain, expected] of [
      ['second', second, second],
      ['absent', 'no such root', first],
    ] as const) {
      const chain = await issued(await issuer(name, { preferredChain }), 'web');
      assert.equal(chain.length, 2);
      assert.equal(chain.at(-1)?.issuer, `CN=${expected}`, name);
    }
  });

  it('passes the duration on where it is told to, and only there', async () => {
    const on = await issuer('on', { enableDurationFeature: true });
    assert.equal(hoursOf(await issued(on, 'web', { duration: '48h' })), 48);
    const off = await issuer('off', {});
    assert.notEqual(hoursOf(await issued(off, 'web', { duration: '48h' })), 48);
  });

  it('binds its account to an external one: with the wrong key it is not ready, with the right one it issues', async () => {
    const pebble = await world.another({ alwaysValid: true, eab: { 'kid-1': macKey } });
    const externalAccountBinding = { keyID: 'kid-1', keySecretRef: { name: 'eab', key: 'secret' } };
    const namespace = await issuer('eab', { ...accountAt(pebble), externalAccountBinding });
    await untilSays(namespace, /^Failed to register ACME account: secrets "eab" not found$/);
    await applySecret(namespace, 'eab', { secret: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
    await untilSays(namespace, /^Failed to register ACME account: 40\d urn:ietf:params:acme:error:/);
    await applySecret(namespace, 'eab', { secret: macKey });
    await untilRegistered(namespace);
    await issued(namespace, 'web');
  });

  it('trusts its CA bundle and nobody else: without it, or with another, it is not ready, and goes on once it is right', async () => {
    const other = Buffer.from((await createAuthority()).cert).toString('base64');
    for (const [name, caBundle] of [
      ['missing', undefined],
      ['wrong', other],
    ] as const) {
      const namespace = await issuer(name, { caBundle });
      const { status } = await untilSays(namespace, /^Failed to register ACME account: ./);
      assert.equal(conditionOf(status?.conditions, 'Ready')?.reason, 'ErrRegisterACMEAccount');
      await world.certificate(namespace, 'web');
      await change(namespace, {});
      await untilReady(world.plane, namespace, 'web');
    }
  });

  it('shares its account with another issuer that has the same key: both issue', async () => {
    const namespace = await issuer('shared');
    const { status } = await untilRegistered(namespace);
    await world.applyIssuer(namespace, { solvers, email: 'someone@example.com' }, 'second');
    const uri = await until(
      'the second is registered',
      async () => (await issuerOf(namespace, 'second')).status?.acme?.uri,
    );
    assert.equal(uri, status?.acme?.uri);
    const names = ['acme', 'second'] as const;
    await Promise.all(names.map((name) => issued(namespace, name, { issuerRef: { name } })));
  });

  it('has a new account once its key was replaced, and goes on issuing', async () => {
    const namespace = await issuer('rekeyed');
    await issued(namespace, 'before');
    const { status } = await untilRegistered(namespace);
    const pem = encodePrivateKey(testKey('RSA 2048', 'replaced'), 'PKCS1');
    await world.plane.client.merge(secrets, { namespace, name: 'account' }, { stringData: { 'tls.key': pem } });
    await untilIssuer(namespace, 'another account', (found) => {
      const { uri, lastPrivateKeyHash } = found.status?.acme ?? {};
      return uri !== status?.acme?.uri && lastPrivateKeyHash !== status?.acme?.lastPrivateKeyHash;
    });
    await issued(namespace, 'after');
    await untilReady(world.plane, namespace, 'before');
  });

  it('keeps its account when its e-mail address changes, and when it is taken back', async () => {
    const namespace = await issuer('mail');
    const { status } = await untilRegistered(namespace);
    for (const email of ['other@example.com', undefined]) {
      await change(namespace, { email });
      const now = await untilIssuer(
        namespace,
        `${email}`,
        (found) => (found.status?.acme?.lastRegisteredEmail ?? '') === (email ?? ''),
      );
      assert.equal(now.status?.acme?.uri, status?.acme?.uri);
      await issued(namespace, email === undefined ? 'without' : 'with');
    }
  });

  const names: readonly (readonly [string, readonly string[], string])[] = [
    ['twice', ['one.example.com', 'one.example.com'], 'DNS:one.example.com'],
    ['in capitals', ['TWO.Example.com'], 'DNS:two.example.com'],
    ['in both', ['Three.example.com', 'three.example.com'], 'DNS:three.example.com'],
  ];
  for (const [how, dnsNames, expected] of names) {
    it(`issues for a name that is written ${how} (upstream #8978)`, async () => {
      const namespace = await issuer('names');
      const [leaf] = await issued(namespace, 'web', { dnsNames });
      // The CSR says what the spec says, as upstream's; the server sees one name.
      assert.deepEqual([...new Set(leaf?.subjectAltName?.toLowerCase().split(', '))], [expected.toLowerCase()]);
    });
  }
});
