// Bugs that users of cert-manager lived through, by their number in its tracker, played again on a real API server. Those that values show better are in
// test/unit/controllers/certificate/historic-bugs.test.ts.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../src/api/certificate.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { conditionOf, isTrue } from '../../src/api/conditions.ts';
import { certificateRequests, certificates, issuers } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { ApiError } from '../../src/base/errors.ts';
import { namespaces, secrets } from '../../src/kube/resources.ts';
import { type ControlPlane, sharedControlPlane } from '../support/control-plane.ts';
import { TestNamespace } from '../support/in-cluster.ts';
import { interfering, type Meddler } from '../support/interfering.ts';
import { bytesOf, type TlsSecret } from '../support/openssl.ts';
import { type Operator, type OperatorOptions, startOperator } from '../support/operator.ts';
import { applyPrivateCA, leaf, untilCAReady, untilReady } from '../support/private-ca.ts';
import { until } from '../support/until.ts';

const apiVersion = 'cert-manager.io/v1';

let plane: ControlPlane;
let operator: Operator | undefined;
const spaces: TestNamespace[] = [];

/** One operator runs at a time; another one replaces it. */
async function operate(options: OperatorOptions = {}): Promise<Operator> {
  await operator?.stop();
  operator = await startOperator(plane, options);
  await operator.started;
  return operator;
}

async function newSpace(prefix: string): Promise<TestNamespace> {
  const space = await TestNamespace.create(plane, prefix);
  spaces.push(space);
  return space;
}

async function begin(): Promise<void> {
  // The garbage collector is what some of these bugs were about.
  plane = await sharedControlPlane({ controllerManager: true });
  await operate();
  await applyPrivateCA(plane);
  await untilCAReady(plane);
}

async function end(): Promise<void> {
  await Promise.all(spaces.splice(0).map((space) => space.clear()));
  await operator?.stop();
  operator = undefined;
}

const createLeaf = (space: TestNamespace, name: string, spec: object = {}) =>
  plane.client.create<Certificate>(certificates, leaf(space.name, name, spec));

async function issueLeaf(space: TestNamespace, name: string, spec: object = {}): Promise<Certificate> {
  await createLeaf(space, name, spec);
  return untilReady(plane, space.name, name);
}

/** Another Certificate, created last, is Ready: whatever came before it was looked at. */
async function untilAllWasSeen(space: TestNamespace): Promise<void> {
  for (let i = 0; i < 2; i++) await issueLeaf(space, `seen-${Math.random().toString(36).slice(2, 8)}`);
}

describe('historic bugs of requests and keys', () => {
  before(begin);
  after(end);

  for (const [name, flags] of [
    ['#3603, #4956', []],
    ['the same with random names', ['--feature-gates=StableCertificateRequestName=false']],
  ] as const) {
    it(`${name}: an API server that is slow and loses answers gets no duplicates`, async () => {
      const lost = new Set<string>();
      const slowly: Meddler = async ({ verb, resource, name: object }, send) => {
        if (verb === 'delete') return send();
        await sleep(Math.random() * 50);
        const answer = await send();
        const id = `${verb} ${resource.plural} ${object}`;
        if (lost.has(id)) return answer;
        lost.add(id);
        throw new ApiError(504, 'Timeout', 'the server was unable to return a response in the time allotted');
      };
      await operate({ flags, interfere: interfering(slowly) });
      const space = await newSpace('slow');
      const names = Array.from({ length: 5 }, (_, i) => `c${i}`);
      await Promise.all(names.map((each) => createLeaf(space, each)));
      for (const each of names) {
        const { status } = await untilReady(plane, space.name, each);
        assert.equal(status?.revision, 1);
        assert.equal((await space.requestsOf(each)).length, 1);
      }
      await until('no next key is left', async () => (await nextKeys(space)).length === 0);
      assert.ok(lost.size >= 4 * names.length, `${lost.size} answers were lost`);
      assert.equal(await space.requestsCreated(), names.length);
    });
  }

  it('#3416: a request of that name that is somebody else’s is named, not adopted; it goes on when that is gone', async () => {
    await operate();
    const space = await newSpace('taken');
    const { spec } = await issueLeaf(space, 'model').then(
      async () => (await space.request('model-1')) as CertificateRequest,
    );
    const metadata = { name: 'mine-1', namespace: space.name };
    await plane.client.create(certificateRequests, { apiVersion, kind: 'CertificateRequest', metadata, spec });
    await createLeaf(space, 'mine');
    await space.untilSaid(
      'mine',
      'Ready',
      'CertificateRequest "mine-1" exists and does not belong to this Certificate',
    );
    await plane.client.delete(certificateRequests, metadata);
    await untilReady(plane, space.name, 'mine');
    assert.deepEqual(await space.requestsOf('mine'), ['mine-1']);
  });

  it('#8577: the next key is not any Secret that somebody wrote into the status', async () => {
    await operate();
    const space = await newSpace('next-key');
    await issueLeaf(space, 'victim');
    const victim = await space.secret('victim-tls');
    await issueLeaf(space, 'thief');
    // Only the status may be written, and only this Certificate's target Secret may be read.
    const { status } = await space.certificate('thief');
    await plane.client.merge(
      certificates,
      { namespace: space.name, name: 'thief' },
      {
        status: {
          nextPrivateKeySecretName: 'victim-tls',
          conditions: [
            ...(status?.conditions ?? []),
            { type: 'Issuing', status: 'True', reason: 'x', message: '', lastTransitionTime: new Date().toISOString() },
          ],
        },
      },
      'status',
    );
    await untilReady(plane, space.name, 'thief', 2);
    const stolen = await space.secret('thief-tls');
    assert.notEqual(publicKeyOf(stolen), publicKeyOf(victim));
    assert.deepEqual((await space.secret('victim-tls')).data, victim.data);
    await until('no next key is left', async () => (await nextKeys(space)).length === 0);
  });

  it('#7039: a burst, where each Secret gets its own names and its own key', async () => {
    await operate();
    const space = await newSpace('burst');
    const names = Array.from({ length: 40 }, (_, i) => `host${i}`);
    await Promise.all(names.map((name) => createLeaf(space, name, { commonName: `cn-${name}` })));
    for (const name of names) await untilReady(plane, space.name, name);
    const keys = new Set<string>();
    for (const name of names) {
      const secret = await space.secret(`${name}-tls`);
      const certificate = new X509Certificate(bytesOf(secret, 'tls.crt'));
      assert.equal(certificate.subject, `CN=cn-${name}`);
      assert.equal(certificate.subjectAltName, `DNS:${name}.example.com`);
      assert.equal(secret.metadata.annotations?.['cert-manager.io/certificate-name'], name);
      assert.equal(secret.metadata.annotations?.['cert-manager.io/alt-names'], `${name}.example.com`);
      keys.add(publicKeyOf(secret));
    }
    assert.equal(keys.size, names.length);
    assert.equal(await space.requestsCreated(), names.length);
  });
});

describe('historic bugs of runaway re-issuance', () => {
  before(begin);
  after(end);

  it('#6992: two Certificates with differing keystores on one Secret: the older one owns it, the other says so', async () => {
    const space = await newSpace('shared');
    const secretName = 'shared-tls';
    const jks = { keystores: { jks: { create: true, password: 'changeit' } }, secretName };
    await issueLeaf(space, 'older', { secretName });
    await createLeaf(space, 'younger', jks);
    await space.untilSaid('younger', 'Ready', 'Secret "shared-tls" belongs to Certificate "older"');
    await untilAllWasSeen(space);
    const { data, metadata } = await space.secret(secretName);
    assert.deepEqual(Object.keys(data ?? {}), ['ca.crt', 'tls.crt', 'tls.key']);
    // Both are looked at again.
    await space.edit('younger', { metadata: { labels: { touched: 'yes' } } });
    await space.edit('older', { metadata: { labels: { touched: 'yes' } } });
    await untilAllWasSeen(space);
    assert.equal((await space.secret(secretName)).metadata.resourceVersion, metadata.resourceVersion);
    assert.deepEqual([await space.requestsOf('older'), await space.requestsOf('younger')], [['older-1'], []]);
    // The way out is that each gets a Secret of its own.
    await space.edit('younger', { spec: { secretName: 'younger-tls' } });
    await untilReady(plane, space.name, 'younger');
    assert.ok((await space.secret('younger-tls')).data?.['keystore.jks']);
  });

  it('website #2128: External Secrets puts an old key pair back each time, and is given up by name', async () => {
    const space = await newSpace('eso');
    await issueLeaf(space, 'fought');
    const { data = {} } = await space.secret('fought-tls');
    const stale = { 'tls.key': data['tls.key'], 'tls.crt': data['tls.crt'] };
    await space.renew('fought');
    await untilReady(plane, space.name, 'fought', 2);
    const metadata = { name: 'fought-tls', namespace: space.name };
    await until('re-issuance is suspended', async () => {
      await plane.client.apply(
        secrets,
        { apiVersion: 'v1', kind: 'Secret', metadata, data: stale },
        'external-secrets',
      );
      return isTrue((await space.certificate('fought')).status?.conditions, 'IssuanceSuspended');
    });
    assert.match((await space.said('fought', 'IssuanceSuspended'))[2] ?? '', /is overwritten by "external-secrets"/);
    assert.equal(await space.requestsCreated(), 2 + 6, 'the first, the one by hand, six beyond schedule');
    // What is there is a good certificate for its names, only not the last one: nothing is worse than it was.
    assert.equal((await space.secret('fought-tls')).data?.['tls.crt'], stale['tls.crt']);
  });

  it('#8158, #8182: defaults written out in issuerRef, or taken out of it, issue nothing', async () => {
    const space = await newSpace('defaults');
    await plane.client.create(issuers, {
      apiVersion,
      kind: 'Issuer',
      metadata: { name: 'self', namespace: space.name },
      spec: { selfSigned: {} },
    });
    await issueLeaf(space, 'bare', { issuerRef: { name: 'self' } });
    const { metadata } = await space.secret('bare-tls');
    const references = [
      { kind: 'Issuer', group: 'cert-manager.io' },
      { kind: null, group: 'cert-manager.io' },
      { kind: 'Issuer', group: null },
      { kind: null, group: null },
    ];
    for (const issuerRef of references) {
      const { metadata: edited } = await space.edit('bare', { spec: { issuerRef } });
      await until('the edit was looked at', async () => {
        const { status } = await space.certificate('bare');
        return conditionOf(status?.conditions, 'Ready')?.observedGeneration === edited.generation;
      });
      assert.deepEqual((await space.said('bare', 'Ready')).slice(0, 2), ['True', 'Ready']);
    }
    assert.equal((await space.secret('bare-tls')).metadata.resourceVersion, metadata.resourceVersion);
    assert.equal(await space.requestsCreated(), 1);
  });

  it('#7741: a CA that lives shorter than what is asked of it: its certificates are as long as asked, and asked for once', async () => {
    const space = await newSpace('short-ca');
    const ca = { isCA: true, duration: '1h', commonName: 'short', secretName: 'short-ca', dnsNames: null };
    await issueLeaf(space, 'ca', { ...ca, issuerRef: { name: 'selfsigned', kind: 'ClusterIssuer' } });
    const metadata = { name: 'short', namespace: space.name };
    await plane.client.create(issuers, {
      apiVersion,
      kind: 'Issuer',
      metadata,
      spec: { ca: { secretName: 'short-ca' } },
    });
    const { status } = await issueLeaf(space, 'long', { duration: '2160h', issuerRef: { name: 'short' } });
    const hours = (Date.parse(status?.notAfter ?? '') - Date.parse(status?.notBefore ?? '')) / 3_600_000;
    assert.equal(hours, 2160);
    await untilAllWasSeen(space);
    assert.deepEqual(await space.requestsOf('long'), ['long-1']);
  });
});

describe('historic bugs of deletion', () => {
  before(begin);
  after(end);

  for (const moment of [
    'updateStatus certificates',
    'create secrets',
    'create certificaterequests',
    'apply secrets',
  ] as const) {
    it(`#8962: a Certificate that is deleted just before \`${moment}\` leaves nothing of its issuance behind`, async () => {
      const space = await newSpace('deleted');
      const doomed = { namespace: space.name, name: 'doomed' };
      let isDeleted = false;
      await operate({
        interfere: interfering(async ({ verb, resource, name }, send) => {
          if (!isDeleted && `${verb} ${resource.plural}` === moment && name.startsWith('doomed')) {
            isDeleted = true;
            await plane.client.delete(certificates, doomed);
          }
          return send();
        }),
      });
      await createLeaf(space, 'doomed');
      await until('it was deleted', () => isDeleted);
      await untilAllWasSeen(space);
      await until('nothing is left', async () => {
        const requests = await space.requestsOf('doomed');
        return requests.length === 0 && (await nextKeys(space)).length === 0;
      });
      assert.equal(await plane.client.find(certificates, doomed), undefined);
      // Upstream's rule: a target Secret outlives its Certificate. It is only there where it was being written already.
      const target = await plane.client.find(secrets, { namespace: space.name, name: 'doomed-tls' });
      assert.equal(target !== undefined, moment === 'apply secrets');
    });
  }

  it('#2741: a Certificate that is deleted and made again takes over its Secret, without another issuance', async () => {
    await operate();
    const space = await newSpace('again');
    await issueLeaf(space, 'churn');
    const { metadata } = await space.secret('churn-tls');
    for (let i = 0; i < 3; i++) {
      await plane.client.delete(certificates, { namespace: space.name, name: 'churn' });
      await createLeaf(space, 'churn');
      const { status } = await untilReady(plane, space.name, 'churn', 0);
      assert.equal(status?.revision, undefined);
    }
    assert.equal((await space.secret('churn-tls')).metadata.resourceVersion, metadata.resourceVersion);
    assert.equal(await space.requestsCreated(), 1);
  });

  it('#2741: a namespace that is deleted and made again gets one certificate each time', async () => {
    const space = await newSpace('reborn');
    const before = await issueLeaf(space, 'web');
    await createLeaf(space, 'pending', { issuerRef: { name: 'missing' } });
    await space.untilSaid('pending', 'Ready', 'not found');
    await plane.client.delete(namespaces, { name: space.name });
    await until(
      'the namespace is gone',
      async () => (await plane.client.find(namespaces, { name: space.name })) === undefined,
    );
    await plane.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space.name } });
    const now = await issueLeaf(space, 'web');
    assert.notEqual(now.metadata.uid, before.metadata.uid);
    assert.equal(now.status?.revision, 1);
    assert.deepEqual(await space.requestsOf('web'), ['web-1']);
    assert.equal(await space.requestsCreated(), 3, 'web, pending, and web again');
  });
});

function publicKeyOf(secret: TlsSecret): string {
  return new X509Certificate(bytesOf(secret, 'tls.crt')).publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

async function nextKeys(space: TestNamespace): Promise<string[]> {
  const all = await plane.client.list<KubeObject>(secrets, space.name);
  return all.flatMap(({ metadata }) =>
    metadata.labels?.['cert-manager.io/next-private-key'] === 'true' ? [metadata.name] : [],
  );
}
