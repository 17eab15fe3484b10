// ACME issuers and the Orders of their requests, on a real API server and with a real ACME server; what becomes of Orders is tested elsewhere.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import { conditionOf } from '../../../src/api/conditions.ts';
import type { Issuer } from '../../../src/api/issuer.ts';
import { certificateRequests, clusterIssuers, issuers } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import type { Order } from '../../../src/api/order.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { orders } from '../../../src/issuers/acme/order-for.ts';
import { secrets } from '../../../src/kube/resources.ts';
import { type AcmeProxy, startAcmeProxy } from '../../support/acme-proxy.ts';
import * as audit from '../../support/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { interfering } from '../../support/interfering.ts';
import { type Operator, operatorUser, startOperator } from '../../support/operator.ts';
import { type Pebble, startPebble } from '../../support/pebble.ts';
import { aCsrPem } from '../../support/pki-builders.ts';
import { until } from '../../support/until.ts';

const macKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
const httpSolver = { http01: { ingress: { ingressClassName: 'none' } } };
const registered = 'True ACMEAccountRegistered The ACME account was registered with the ACME server';

interface Secret extends KubeObject {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

const accountOf = (pebble: Pebble) => ({
  server: pebble.directoryUrl,
  caBundle: Buffer.from(pebble.apiCaPem).toString('base64'),
});

function ready(object: Issuer | CertificateRequest | undefined): string {
  const { status = '', reason = '', message = '' } = conditionOf(object?.status?.conditions, 'Ready') ?? {};
  return `${status} ${reason} ${message}`;
}

describe('ACME issuers', () => {
  let plane: ControlPlane;
  let pebble: Pebble;
  let bound: Pebble;
  let proxy: AcmeProxy;
  let operator: Operator;
  let refusal: Error | undefined;

  const startAgain = async () => {
    operator = await startOperator(plane, {
      interfere: interfering(({ verb, resource }, send) =>
        refusal !== undefined && verb === 'create' && resource.plural === 'orders' ? Promise.reject(refusal) : send(),
      ),
    });
    await operator.started;
  };

  before(async () => {
    [plane, pebble, bound] = await Promise.all([
      startControlPlane({ crds: true }),
      startPebble(),
      startPebble({ eab: { 'kid-1': macKey } }),
    ]);
    proxy = await startAcmeProxy(pebble);
    await plane.kubectl(['create', 'namespace', 'cert-manager']);
    await startAgain();
  });
  after(async () => {
    await operator?.stop();
    await proxy?.stop();
    await Promise.all([plane?.stop(), pebble?.stop(), bound?.stop()]);
  });

  async function apply(namespace: string, acme: object, metadata: object = {}): Promise<void> {
    await plane.client.apply(issuers, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Issuer',
      metadata: { name: 'acme', namespace, ...metadata },
      spec: {
        acme: { ...accountOf(pebble), privateKeySecretRef: { name: 'account' }, solvers: [httpSolver], ...acme },
      },
    });
  }
  const issuerOf = (namespace: string) => plane.client.find<Issuer>(issuers, { namespace, name: 'acme' });
  const untilIssuer = (namespace: string, what: string, is: (text: string, issuer: Issuer) => boolean) =>
    until(`the issuer of ${namespace} says ${what}`, async () => {
      const issuer = await issuerOf(namespace);
      return issuer !== undefined && is(ready(issuer), issuer) && issuer;
    });
  const untilRegistered = (namespace: string) =>
    untilIssuer(namespace, 'that it is registered', (text) => text === registered);
  const applySecret = (namespace: string, name: string, stringData: object) =>
    plane.client.apply(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });

  async function request(namespace: string, name: string, spec: object = {}, metadata: object = {}): Promise<void> {
    await plane.client.apply(certificateRequests, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: { name, namespace, ...metadata },
      spec: {
        issuerRef: { name: 'acme' },
        request: Buffer.from(aCsrPem({ dnsNames: [`${name}.example.com`] })).toString('base64'),
        ...spec,
      },
    });
  }
  const untilRequest = (namespace: string, name: string, is: (text: string) => boolean) =>
    until(`the request ${name} is as expected`, async () => {
      const found = await plane.client.find<CertificateRequest>(certificateRequests, { namespace, name });
      return found !== undefined && is(ready(found)) && found;
    });
  const ordersIn = (namespace: string) => plane.client.list<Order>(orders, namespace);
  const writesIn = async (namespace: string, sinceOffset: number) => {
    await audit.untilAuditIsQuiet(plane.auditLog);
    return audit.objectWrites(audit.auditCounts(plane.auditLog, { user: operatorUser, namespace, sinceOffset }));
  };

  it('are registered with a key of their own: two writes, and the Secret is that of upstream', async () => {
    const namespace = await plane.createNamespace('plain');
    const offset = audit.auditOffset(plane.auditLog);
    await apply(namespace, { email: 'someone@example.com' });
    const { status } = await untilRegistered(namespace);
    assert.match(status?.acme?.uri ?? '', /^https:/);
    assert.equal(status?.acme?.lastRegisteredEmail, 'someone@example.com');
    assert.equal(conditionOf(status?.conditions, 'Ready')?.observedGeneration, 1);
    const secret = await plane.client.find<Secret>(secrets, { namespace, name: 'account' });
    assert.ok(secret !== undefined);
    assert.deepEqual(
      [
        secret.type,
        secret.metadata.labels,
        secret.metadata.ownerReferences,
        secret.metadata.managedFields?.[0]?.manager,
      ],
      ['Opaque', { 'app.kubernetes.io/managed-by': 'cert-manager' }, undefined, 'cert-manager-issuers'],
    );
    assert.match(Buffer.from(secret.data['tls.key'] ?? '', 'base64').toString(), /^-----BEGIN RSA PRIVATE KEY-----\n/);
    const writes = await writesIn(namespace, offset);
    assert.equal(audit.total(writes), 2, audit.formatCounts(writes));
  });

  it('of the cluster keep their account in the cluster resource namespace', async () => {
    await plane.client.apply(clusterIssuers, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'ClusterIssuer',
      metadata: { name: 'acme' },
      spec: { acme: { ...accountOf(pebble), privateKeySecretRef: { name: 'of-cluster' }, solvers: [httpSolver] } },
    });
    await until('the ClusterIssuer is ready', async () => {
      const issuer = await plane.client.find<Issuer>(clusterIssuers, { name: 'acme' });
      return ready(issuer) === registered;
    });
    assert.ok(await plane.client.find(secrets, { namespace: 'cert-manager', name: 'of-cluster' }));
  });

  it('wait for the Secrets of their solvers and of their external account, and go on when they come', async () => {
    const namespace = await plane.createNamespace('bound');
    const cloudflare = { apiTokenSecretRef: { name: 'dns', key: 'token' } };
    await apply(namespace, {
      ...accountOf(bound),
      solvers: [{ dns01: { cloudflare } }],
      externalAccountBinding: { keyID: 'kid-1', keySecretRef: { name: 'eab', key: 'secret' } },
    });
    const says = (expected: string) => untilIssuer(namespace, expected, (text) => text === expected);
    await says('False InvalidSolver failed to get secret "dns": secrets "dns" not found');
    await applySecret(namespace, 'dns', { other: 'x' });
    await says('False InvalidSolver the secret "dns" does not have key "token"');
    await applySecret(namespace, 'dns', { token: 'x' });
    await says('False ErrRegisterACMEAccount Failed to register ACME account: secrets "eab" not found');
    await applySecret(namespace, 'eab', { secret: `${macKey}\n` });
    await untilRegistered(namespace);
  });

  it('are left alone by a restart: nothing is written, and the ACME server is asked nothing', async () => {
    const namespace = await plane.createNamespace('again');
    await apply(namespace, proxy.spec);
    await untilRegistered(namespace);
    await operator.stop();
    const offset = audit.auditOffset(plane.auditLog);
    const asked = proxy.asked.length;
    await startAgain();
    const other = await plane.createNamespace('marker');
    await apply(other, {});
    await untilRegistered(other);
    assert.equal(audit.total(await writesIn(namespace, offset)), 0);
    assert.equal(proxy.asked.length, asked);
  });

  it('make a new account where the key is gone', async () => {
    const namespace = await plane.createNamespace('lost');
    await apply(namespace, {});
    const before = (await untilRegistered(namespace)).status?.acme?.uri;
    await plane.client.delete(secrets, { namespace, name: 'account' });
    await untilIssuer(namespace, 'a new account', (text, { status }) => {
      const { uri = '' } = status?.acme ?? {};
      return text === registered && uri !== '' && uri !== before;
    });
  });

  it('that are refused for a limit rest, say until when, and go on by themselves', async () => {
    const namespace = await plane.createNamespace('limited');
    const from = proxy.asked.length;
    let refusals = 0;
    proxy.fault = ({ endpoint }) => {
      if (endpoint !== 'newAccount' || refusals > 0) return undefined;
      refusals += 1;
      return { kind: 'refuse', status: 429, retryAfter: '6' };
    };
    await apply(namespace, proxy.spec);
    const { status } = await untilIssuer(
      namespace,
      'a rest',
      (_text, issuer) => issuer.status?.acme?.pausedUntil !== undefined,
    );
    const { pausedUntil } = status?.acme ?? {};
    const message = `Failed to register ACME account: the ACME server asked for rest until ${pausedUntil}`;
    assert.equal(conditionOf(status?.conditions, 'Ready')?.message, message);
    const after = await untilRegistered(namespace);
    assert.equal(after.status?.acme?.pausedUntil, undefined);
    const attempts = proxy.asked.slice(from).filter(({ endpoint }) => endpoint === 'newAccount');
    assert.equal(attempts.length, 2);
    proxy.fault = () => undefined;
  });

  it('have a request approved and waiting in one write, and then its Order made', async () => {
    const namespace = await plane.createNamespace('ordered');
    await apply(namespace, {});
    await untilRegistered(namespace);
    const offset = audit.auditOffset(plane.auditLog);
    const labels = { team: 'a' };
    const annotations = { 'example.com/why': 'because' };
    await request(namespace, 'web', {}, { labels, annotations });
    const [order] = await until('there is an Order', async () => {
      const found = await ordersIn(namespace);
      return found.length > 0 && found;
    });
    assert.ok(order !== undefined);
    const { metadata, spec } = order;
    assert.match(metadata.name, /^web-\d+$/);
    assert.deepEqual([metadata.labels, metadata.annotations], [labels, annotations]);
    assert.deepEqual(spec.dnsNames, ['web.example.com']);
    const [owner] = metadata.ownerReferences ?? [];
    assert.deepEqual([owner?.kind, owner?.name, owner?.controller], ['CertificateRequest', 'web', true]);
    assert.equal(metadata.managedFields?.[0]?.manager, 'cert-manager-certificaterequests-issuer-acme');
    const waiting = `False Pending Waiting on certificate issuance from order ${namespace}/${metadata.name}: "pending"`;
    const found = await untilRequest(namespace, 'web', (text) => text === waiting);
    assert.equal(conditionOf(found.status?.conditions, 'Approved')?.status, 'True');
    const rows = (await writesIn(namespace, offset)).filter(({ resource }) =>
      resource.startsWith('certificaterequests'),
    );
    assert.equal(audit.total(rows), 1, audit.formatCounts(rows));
    const events = await until('it is said', async () => {
      const text = await plane.kubectl(['get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].reason}']);
      return text.includes('OrderCreated') && text;
    });
    assert.match(events, /\bcert-manager\.io\b/);
  });

  it('have a request say why its Order cannot be made, until it can', async () => {
    const namespace = await plane.createNamespace('refused');
    await apply(namespace, {});
    await untilRegistered(namespace);
    refusal = new ApiError(403, 'Forbidden', 'exceeded quota');
    await request(namespace, 'web');
    const message = (text: string) => /^False Pending Failed create new order resource .*: exceeded quota$/.test(text);
    await untilRequest(namespace, 'web', message);
    refusal = undefined;
    await untilRequest(namespace, 'web', (text) => text.includes('"pending"'));
    assert.equal((await ordersIn(namespace)).length, 1);
  });

  it('refuse names that they cannot order', async () => {
    const namespace = await plane.createNamespace('named');
    await apply(namespace, {});
    await untilRegistered(namespace);
    const csr = aCsrPem({ commonName: 'web', dnsNames: ['web.example.com'] });
    await request(namespace, 'web', { request: Buffer.from(csr).toString('base64') });
    await untilRequest(namespace, 'web', (text) => text.startsWith('False Failed The CSR PEM requests a commonName'));
    assert.deepEqual(await ordersIn(namespace), []);
  });
});
