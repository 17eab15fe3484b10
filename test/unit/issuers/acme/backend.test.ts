import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ACMEIssuerSpec } from '../../../../src/api/acme-issuer.ts';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Order, OrderStatus } from '../../../../src/api/order.ts';
import { signingRequestOf } from '../../../../src/controllers/request/controller.ts';
import { createAcmeAccounts } from '../../../../src/issuers/acme/accounts.ts';
import { createAcmeBackend } from '../../../../src/issuers/acme/backend.ts';
import { orderName } from '../../../../src/issuers/acme/names.ts';
import type { SignOutcome } from '../../../../src/issuers/backend.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { anAcmeIssuer, anAcmeRequest, anOrder } from '../../../support/order-builders.ts';
import { aCsrPem } from '../../../support/pki-builders.ts';
import { aCa, testIo, testKey } from '../../../support/signing-builders.ts';

const scope = { resourceNamespace: 'app', requestNamespace: 'app', signal: new AbortController().signal };

interface Given {
  readonly request?: CertificateRequest;
  readonly config?: Partial<ACMEIssuerSpec>;
  readonly orders?: readonly Order[];
  readonly replaces?: string;
}

function backendWith({ orders = [], replaces }: Given) {
  return createAcmeBackend({
    limits: defaultPemLimits,
    accounts: createAcmeAccounts({}),
    solverSecrets: ({ dns01 }) => (dns01 === undefined ? [] : [{ name: 'dns', key: 'token' }]),
    ordersOf: (uid) => orders.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid),
    orderAt: (namespace, name) =>
      orders.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    replaces: () => replaces,
  });
}

async function sign(given: Given): Promise<SignOutcome> {
  const issuer = anAcmeIssuer(given.config);
  const backend = backendWith(given);
  const request = signingRequestOf(given.request ?? anAcmeRequest());
  const config = backend.config(issuer);
  assert.ok(request !== undefined && config !== undefined);
  return backend.sign(request, config, testIo().factory.open(scope), issuer);
}

/** The Order that is made. */
async function made(given: Given) {
  const outcome = await sign(given);
  assert.ok(outcome.kind === 'pending', JSON.stringify(outcome));
  const [change] = outcome.changes ?? [];
  assert.ok(change?.kind === 'create' && outcome.changes?.length === 1);
  return { outcome, object: change.object, change };
}

const request = anAcmeRequest();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const withStatus = (status: OrderStatus) => anOrder({ request, status });
const order = anOrder({ request });
const place = `app/${order.metadata.name}`;
const pending = (message: string): SignOutcome => ({ kind: 'pending', reason: 'OrderPending', message });

describe('the Order that an ACME issuer makes', () => {
  it('is that of upstream: request, issuer, names, owner; and the request waits for it', async () => {
    const { outcome, object, change } = await made({ request });
    assert.deepEqual(object, {
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Order',
      metadata: {
        name: order.metadata.name,
        namespace: 'app',
        ownerReferences: [
          {
            apiVersion: 'cert-manager.io/v1',
            kind: 'CertificateRequest',
            name: 'web-1',
            uid: 'uid-web-1',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: { request: request.spec.request, issuerRef: { name: 'acme' }, dnsNames: ['a.example.com'] },
    });
    const { changes: _changes, ...rest } = outcome;
    assert.deepEqual(rest, {
      ...pending(`Waiting on certificate issuance from order ${place}: "pending"`),
      news: { reason: 'OrderCreated', message: `Created Order resource ${place}` },
    });
    assert.deepEqual(change.refused, {
      reason: 'OrderCreatingError',
      message: `Failed create new order resource ${place}`,
    });
  });

  it('bears the labels and annotations of the request', async () => {
    const { metadata } = anAcmeRequest();
    const marked = {
      ...anAcmeRequest(),
      metadata: { ...metadata, labels: { team: 'a' }, annotations: { 'cert-manager.io/certificate-name': 'web' } },
    };
    const { object } = await made({ request: marked });
    assert.deepEqual(object.metadata.labels, { team: 'a' });
    assert.deepEqual(object.metadata.annotations, { 'cert-manager.io/certificate-name': 'web' });
  });

  const specs: [string, Given, object][] = [
    [
      'names in the order of the CSR, with its common name and addresses',
      {
        request: anAcmeRequest({
          commonName: 'b.example.com',
          dnsNames: ['b.example.com', '*.a.example.com'],
          ipAddresses: ['10.0.0.2', '10.0.0.1'],
        }),
      },
      {
        issuerRef: { name: 'acme' },
        commonName: 'b.example.com',
        dnsNames: ['b.example.com', '*.a.example.com'],
        ipAddresses: ['10.0.0.2', '10.0.0.1'],
      },
    ],
    [
      'the issuerRef word for word',
      {
        request: anAcmeRequest(undefined, { spec: { issuerRef: { name: 'acme', kind: 'ClusterIssuer', group: '' } } }),
      },
      { issuerRef: { name: 'acme', kind: 'ClusterIssuer', group: '' }, dnsNames: ['a.example.com'] },
    ],
    [
      'profile and what is replaced',
      { config: { profile: 'shortlived' }, replaces: 'aki.serial' },
      { issuerRef: { name: 'acme' }, dnsNames: ['a.example.com'], profile: 'shortlived', replaces: 'aki.serial' },
    ],
    [
      'a duration only where the issuer has the feature on',
      { request: anAcmeRequest(undefined, { spec: { duration: '48h' } }) },
      { issuerRef: { name: 'acme' }, dnsNames: ['a.example.com'] },
    ],
    [
      'a duration, as Go writes it',
      {
        request: anAcmeRequest(undefined, { spec: { duration: '48h' } }),
        config: { enableDurationFeature: true },
      },
      { issuerRef: { name: 'acme' }, dnsNames: ['a.example.com'], duration: '48h0m0s' },
    ],
    [
      'no duration where the request says none',
      { config: { enableDurationFeature: true } },
      { issuerRef: { name: 'acme' }, dnsNames: ['a.example.com'] },
    ],
  ];
  for (const [name, given, expected] of specs) {
    it(name, async () => {
      const { object } = await made(given);
      const { request: encoded, ...spec } = object['spec'] as { request: string };
      assert.equal(encoded, (given.request ?? request).spec.request);
      assert.deepEqual(spec, expected);
      assert.equal(object.metadata.name, orderName('web-1', spec as Parameters<typeof orderName>[1]));
    });
  }
});

const leaf = aCa('another').pem;
const stray = anOrder({
  request,
  spec: { dnsNames: ['evil.example.com'] },
  status: { state: 'valid', certificate: '' },
});
const rule =
  'The CSR PEM requests a commonName that is not present in the list of dnsNames or ipAddresses. If a commonName is set, ACME requires that the value is also present in the list of dnsNames or ipAddresses: ';

const answers: [string, Given, SignOutcome][] = [
  [
    'a CSR that is none',
    { request: anAcmeRequest(undefined, { spec: { request: base64('rubbish') } }) },
    {
      kind: 'rejected',
      reason: 'RequestParsingError',
      message:
        'Failed to decode CSR in spec.request: error decoding certificate request PEM block: no PEM data was found in given input',
    },
  ],
  [
    'a common name that is none of the names',
    {
      request: anAcmeRequest({
        commonName: 'web',
        dnsNames: ['a.example.com', 'b.example.com'],
        ipAddresses: ['10.0.0.1'],
      }),
    },
    {
      kind: 'rejected',
      reason: 'InvalidOrder',
      message: `${rule}"web" does not exist in [a.example.com b.example.com] or [10.0.0.1]`,
    },
  ],
  ['a new Order', { orders: [order] }, pending(`Waiting on certificate issuance from order ${place}: "pending"`)],
  ...(['pending', 'ready', 'processing'] as const).map((state): [string, Given, SignOutcome] => [
    `an Order that is ${state}: no step of it is news`,
    { orders: [withStatus({ state })] },
    pending(`Waiting on certificate issuance from order ${place}: "pending"`),
  ]),
  [
    'an Order that says why it waits',
    { orders: [withStatus({ state: 'pending', reason: 'Rate limited by the ACME server until T: d' })] },
    pending(
      `Waiting on certificate issuance from order ${place}: "pending": Rate limited by the ACME server until T: d`,
    ),
  ],
  ...(['invalid', 'expired', 'errored'] as const).map((state): [string, Given, SignOutcome] => [
    `an Order that is ${state}`,
    { orders: [withStatus({ state, reason: 'because' })] },
    {
      kind: 'rejected',
      reason: 'OrderFailed',
      message: `Failed to wait for order resource "${order.metadata.name}" to become ready: order is in "${state}" state: because`,
    },
  ]),
  [
    'valid, but without its certificate',
    { orders: [withStatus({ state: 'valid' })] },
    pending(`Waiting for order-controller to add certificate data to Order ${place}`),
  ],
  ...(
    [
      ['cannot be read', base64('rubbish')],
      ['is for another key', base64(leaf)],
    ] as const
  ).map(([name, certificate]): [string, Given, SignOutcome] => [
    `a certificate that ${name}: the Order goes`,
    { orders: [withStatus({ state: 'valid', certificate })] },
    {
      kind: 'pending',
      reason: 'OrderBadCertificate',
      message: `Order ${place} holds no certificate for this request, it is deleted and placed anew`,
      changes: [
        {
          kind: 'delete',
          resource: {
            group: 'acme.cert-manager.io',
            version: 'v1',
            plural: 'orders',
            kind: 'Order',
            namespaced: true,
          },
          key: { namespace: 'app', name: order.metadata.name },
          uid: order.metadata.uid,
        },
      ],
    },
  ]),
];

describe('what becomes of a request to an ACME issuer', () => {
  for (const [name, given, expected] of answers) {
    it(name, async () => assert.deepEqual(await sign(given), expected));
  }

  it('the certificate of the Order is the answer, whole; there is no CA beside it', async () => {
    const key = testKey();
    const csr = base64(aCsrPem({ dnsNames: ['a.example.com'] }, key));
    const own = anAcmeRequest(undefined, { spec: { request: csr } });
    const chain = aCa('leaf', { key, parent: aCa('root') }).pem + aCa('root').pem;
    const valid = anOrder({ request: own, status: { state: 'valid', certificate: base64(chain) } });
    assert.deepEqual(await sign({ request: own, orders: [valid] }), { kind: 'issued', certificatePem: chain });
  });

  it('an Order that asks for something else is nobody’s, whoever it says owns it', async () => {
    const { object } = await made({ orders: [stray] });
    assert.equal(object.metadata.name, order.metadata.name);
  });

  it('an Order in its place that is not its own is left alone, and said', async () => {
    const foreign = anOrder({ request, metadata: { ownerReferences: [] } });
    const outcome = await sign({ orders: [foreign] });
    assert.ok(outcome.kind === 'pending' && outcome.reason === 'OrderCreatingError');
    assert.match(outcome.message, /^Failed create new order resource app\/web-1-\d+: /);
    assert.ok(outcome.error !== undefined && outcome.changes === undefined);
  });

  it('an Order made before the issuer was edited goes on; of two, the newer one counts', async () => {
    const before = anOrder({
      request,
      spec: { profile: 'old' },
      status: { state: 'pending', reason: 'older' },
      metadata: { creationTimestamp: '2026-11-22T18:00:00Z' },
    });
    const now = withStatus({ state: 'pending', reason: 'newer' });
    const reason = async (orders: readonly Order[]) => {
      const outcome = await sign({ orders });
      return outcome.kind === 'pending' ? outcome.message.slice(-5) : outcome.kind;
    };
    assert.equal(await reason([before]), 'older');
    assert.equal(await reason([before, now]), 'newer');
    assert.equal(await reason([now, before]), 'newer');
  });

  it('an Order that is being deleted does not count', async () => {
    const going = anOrder({
      request,
      spec: { profile: 'old' },
      metadata: { deletionTimestamp: '2026-11-22T19:00:00Z' },
    });
    assert.equal((await made({ orders: [going] })).object.metadata.name, order.metadata.name);
  });

  it('gives up when told to', async () => {
    const backend = backendWith({});
    const issuer = anAcmeIssuer();
    const io = testIo().factory.open({ ...scope, signal: AbortSignal.abort() });
    const signing = signingRequestOf(request);
    assert.ok(signing !== undefined && issuer.spec.acme !== undefined);
    await assert.rejects(backend.sign(signing, issuer.spec.acme, io, issuer), { name: 'AbortError' });
  });
});

describe('an ACME issuer', () => {
  it('refers to the Secrets of its account, of its external account and of its solvers, each once', () => {
    const { spec } = anAcmeIssuer({
      externalAccountBinding: { keyID: 'k', keySecretRef: { name: 'eab', key: 's' } },
      solvers: [{ dns01: {} }, { dns01: {} }, { http01: {} }],
    });
    assert.ok(spec.acme !== undefined);
    assert.deepEqual(
      backendWith({})
        .references(spec.acme)
        .map(({ name }) => name),
      ['account', 'eab', 'dns'],
    );
  });
});
