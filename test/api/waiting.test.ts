// What a Certificate waits for, that it says so where users look, and that it goes on by itself; and what it does when others touch its Secret.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { conditionOf, isTrue } from '../../src/api/conditions.ts';
import { certificates, issuers } from '../../src/api/kinds.ts';
import { secrets } from '../../src/kube/resources.ts';
import type { ApiClient } from '../support/api-client.ts';
import { ApiClient as Client } from '../support/api-client.ts';
import { type ControlPlane, sharedControlPlane } from '../support/control-plane.ts';
import { saidBy, TestNamespace } from '../support/in-cluster.ts';
import { bytesOf } from '../support/openssl.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { applyPrivateCA, leaf, untilCAReady, untilReady } from '../support/private-ca.ts';
import { signedBySomeCA } from '../support/some-ca.ts';
import { until } from '../support/until.ts';

const apiVersion = 'cert-manager.io/v1';
const approval = ['True', 'cert-manager.io', 'Certificate request has been approved by cert-manager.io'];
const dayMs = 86_400_000;

describe('a Certificate waits', () => {
  let plane: ControlPlane;
  let operator: Operator;
  let space: TestNamespace;

  before(async () => {
    plane = await sharedControlPlane();
    operator = await startOperator(plane);
    await applyPrivateCA(plane);
    await untilCAReady(plane);
    space = await TestNamespace.create(plane, 'waiting');
  });
  after(async () => {
    await space?.clear();
    await operator?.stop();
  });

  const create = (name: string, spec: object = {}) => plane.client.create(certificates, leaf(space.name, name, spec));
  const selfSigned = (name: string) =>
    plane.client.create(issuers, {
      apiVersion,
      kind: 'Issuer',
      metadata: { name, namespace: space.name },
      spec: { selfSigned: {} },
    });

  it('for an issuer that does not exist yet', async () => {
    await create('early', { issuerRef: { name: 'later' } });
    await space.untilSaid('early', 'Ready', 'Issuer "later" not found');
    assert.equal(
      await space.statusColumn('early'),
      'Issuing certificate as Secret does not exist. Waiting: Issuer "later" not found',
    );
    assert.deepEqual(await space.said('early', 'Issuing'), [
      'True',
      'DoesNotExist',
      'Issuing certificate as Secret does not exist. Waiting: Issuer "later" not found',
    ]);
    await selfSigned('later');
    const { status } = await untilReady(plane, space.name, 'early');
    assert.deepEqual(saidBy(conditionOf(status?.conditions, 'Ready')), [
      'True',
      'Ready',
      'Certificate is up to date and has not expired',
    ]);
    assert.deepEqual(await space.requestsOf('early'), ['early-1']);
  });

  it('for an issuer whose CA Secret comes late (upstream #9042): the deepest cause is what it says', async () => {
    const metadata = { name: 'no-ca', namespace: space.name };
    await plane.client.create(issuers, {
      apiVersion,
      kind: 'Issuer',
      metadata,
      spec: { ca: { secretName: 'ca-comes-later' } },
    });
    await create('orphan', { issuerRef: { name: 'no-ca' } });
    const cause =
      'Issuer "no-ca" is not ready: Error getting keypair for CA issuer: secrets "ca-comes-later" not found';
    await space.untilSaid('orphan', 'Ready', cause);
    assert.equal(await space.statusColumn('orphan'), `Issuing certificate as Secret does not exist. Waiting: ${cause}`);
    const { data } = await plane.client.get<{ data: object } & Awaited<ReturnType<typeof space.secret>>>(secrets, {
      namespace: 'cert-manager',
      name: 'private-ca',
    });
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', data };
    await plane.client.create(secrets, { ...secret, metadata: { name: 'ca-comes-later', namespace: space.name } });
    await untilReady(plane, space.name, 'orphan');
    assert.deepEqual(await space.requestsOf('orphan'), ['orphan-1']);
  });

  it('for the Secret with the password of its keystore; nothing of the target Secret is written before', async () => {
    const passwordSecretRef = { name: 'later-password', key: 'password' };
    await create('keystore', { keystores: { pkcs12: { create: true, passwordSecretRef } } });
    const cause = 'PKCS12 keystore password Secret "later-password" not found';
    await space.untilSaid('keystore', 'Ready', cause);
    await space.untilEvent('keystore', `Warning KeystorePasswordSecretNotFound ${cause}`);
    assert.equal(await plane.client.find(secrets, { namespace: space.name, name: 'keystore-tls' }), undefined);
    const metadata = { name: 'later-password', namespace: space.name };
    await plane.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { password: 'changeit' },
    });
    await untilReady(plane, space.name, 'keystore');
    assert.ok(bytesOf(await space.secret('keystore-tls'), 'keystore.p12').length > 0);
    assert.deepEqual(await space.requestsOf('keystore'), ['keystore-1']);
  });

  it('for an issuer of another group, whose request is approved and otherwise left alone', async () => {
    await create('external', { issuerRef: { name: 'theirs', kind: 'TheirIssuer', group: 'issuers.example.com' } });
    const approved = await until('the request is approved', async () => {
      const request = await space.request('external-1');
      return isTrue(request?.status?.conditions, 'Approved') && request;
    });
    assert.deepEqual(
      approved.status?.conditions?.map((condition) => [condition.type, ...saidBy(condition)]),
      [['Approved', ...approval]],
    );
    assert.deepEqual((await space.said('external', 'Issuing')).slice(0, 2), ['True', 'DoesNotExist']);
    await signAs(space, 'external-1', 'theirs');
    const { metadata } = await untilReady(plane, space.name, 'external').then(() => space.secret('external-tls'));
    assert.equal(metadata.annotations?.['cert-manager.io/issuer-group'], 'issuers.example.com');
    assert.equal(metadata.annotations?.['cert-manager.io/issuer-kind'], 'TheirIssuer');
  });

  describe('for approval', () => {
    let someone: ApiClient;
    before(async () => {
      await operator.stop();
      operator = await startOperator(plane, { flags: ['--controllers=*,-certificaterequests-approver'] });
      await operator.started;
      const user = await plane.user('an-approver', ['system:masters']);
      someone = new Client(user.access);
    });
    after(async () => {
      someone?.close();
      await operator.stop();
      operator = await startOperator(plane);
      await operator.started;
    });

    it('by somebody else, where the built-in approver is off', async () => {
      await create('approved');
      await space.untilEvent(
        'approved-1',
        'Normal WaitingForApproval Not signing CertificateRequest until it is Approved',
      );
      assert.equal((await space.request('approved-1'))?.status?.conditions, undefined);
      await space.conclude(
        'approved-1',
        { type: 'Approved', status: 'True', reason: 'policy', message: 'allowed' },
        {},
        someone,
      );
      await untilReady(plane, space.name, 'approved');
    });

    it('and is denied: it says by whom and why, backs off, and asks again when the spec changes', async () => {
      await create('denied');
      const message = 'names of other teams are not allowed';
      await space.conclude(
        'denied-1',
        { type: 'Denied', status: 'True', reason: 'policy.example.com', message },
        {},
        someone,
      );
      const told = `The certificate request has failed to complete and will be retried: ${message}`;
      await space.untilSaid('denied', 'Ready', told);
      assert.deepEqual(await space.said('denied', 'Issuing'), ['False', 'policy.example.com', told]);
      const { status } = await space.certificate('denied');
      assert.equal(status?.failedIssuanceAttempts, 1);
      assert.notEqual(status?.lastFailureTime, undefined);
      await space.untilEvent('denied', `Warning policy.example.com ${told}`);
      const request = await until('the request has ended', async () => {
        const found = await space.request('denied-1');
        return conditionOf(found?.status?.conditions, 'Ready') && found;
      });
      assert.deepEqual(saidBy(conditionOf(request.status?.conditions, 'Ready')), [
        'False',
        'Denied',
        'The CertificateRequest was denied by an approval controller',
      ]);
      await space.edit('denied', { spec: { dnsNames: ['mine.example.com'] } });
      const next = await until('another request', async () => {
        const found = await space.request('denied-1');
        return found?.metadata.uid !== request.metadata.uid && found;
      });
      assert.equal(next.status?.conditions, undefined);
      await space.conclude(
        'denied-1',
        { type: 'Approved', status: 'True', reason: 'policy', message: 'allowed' },
        {},
        someone,
      );
      const { status: after_ } = await untilReady(plane, space.name, 'denied');
      assert.deepEqual(
        [after_?.revision, after_?.failedIssuanceAttempts, after_?.lastFailureTime],
        [1, undefined, undefined],
      );
    });
  });
});

describe('the Secret of a Certificate', () => {
  let plane: ControlPlane;
  let operator: Operator;
  let space: TestNamespace;

  before(async () => {
    plane = await sharedControlPlane();
    operator = await startOperator(plane);
    await applyPrivateCA(plane);
    await untilCAReady(plane);
    space = await TestNamespace.create(plane, 'secret');
  });
  after(async () => {
    await space?.clear();
    await operator?.stop();
  });

  const issue = async (name: string, spec: object = {}) => {
    await plane.client.create(certificates, leaf(space.name, name, spec));
    await untilReady(plane, space.name, name);
  };

  it('is issued anew when it was deleted', async () => {
    await issue('deleted');
    const before = await space.secret('deleted-tls');
    await plane.client.delete(secrets, { namespace: space.name, name: 'deleted-tls' });
    const { status } = await untilReady(plane, space.name, 'deleted', 2);
    assert.equal(status?.revision, 2);
    const now = await space.secret('deleted-tls');
    assert.notEqual(now.metadata.uid, before.metadata.uid);
    assert.notEqual(now.data?.['tls.key'], before.data?.['tls.key']);
  });

  it('gets another secretTemplate without another certificate', async () => {
    await issue('template', { secretTemplate: { labels: { team: 'a', old: 'yes' }, annotations: { note: 'x' } } });
    const before = await space.secret('template-tls');
    await space.edit('template', {
      spec: { secretTemplate: { labels: { team: 'b', old: null, new: 'yes' }, annotations: { note: 'y' } } },
    });
    const now = await until('the template is there', async () => {
      const secret = await space.secret('template-tls');
      return secret.metadata.labels?.['team'] === 'b' && secret;
    });
    assert.deepEqual(now.metadata.labels, { 'controller.cert-manager.io/fao': 'true', team: 'b', new: 'yes' });
    assert.equal(now.metadata.annotations?.['note'], 'y');
    assert.deepEqual(now.data, before.data);
    assert.deepEqual(await space.requestsOf('template'), ['template-1']);
  });

  it('gets back what strangers take from it or change, and keeps what they add', async () => {
    await issue('labels', { secretTemplate: { labels: { team: 'a' } } });
    const { data } = await space.secret('labels-tls');
    const metadata = {
      labels: { team: null, 'controller.cert-manager.io/fao': null, theirs: 'kept' },
      annotations: { 'cert-manager.io/alt-names': 'nonsense' },
    };
    await plane.client.merge(
      secrets,
      { namespace: space.name, name: 'labels-tls' },
      { metadata, data: { 'their.txt': 'eA==' } },
    );
    const now = await until('the labels are back', async () => {
      const secret = await space.secret('labels-tls');
      return secret.metadata.labels?.['team'] === 'a' && secret;
    });
    assert.deepEqual(now.metadata.labels, { 'controller.cert-manager.io/fao': 'true', team: 'a', theirs: 'kept' });
    assert.equal(now.metadata.annotations?.['cert-manager.io/alt-names'], 'labels.example.com');
    assert.deepEqual(now.data, { ...data, 'their.txt': 'eA==' });
    assert.deepEqual(await space.requestsOf('labels'), ['labels-1']);
  });

  it('may have keys, labels and annotations with the names of JavaScript’s own', async () => {
    const words = { constructor: 'a', toString: 'b', hasOwnProperty: 'c' };
    await issue('words', { secretTemplate: { labels: words, annotations: words } });
    const { metadata, data } = await space.secret('words-tls');
    assert.deepEqual(metadata.labels, { 'controller.cert-manager.io/fao': 'true', ...words });
    // A literal would set the prototype instead.
    const theirs = JSON.parse('{"__proto__": "eA==", "constructor": "eA=="}') as object;
    const key = { namespace: space.name, name: 'words-tls' };
    await plane.client.merge(secrets, key, { metadata: { labels: { constructor: null } }, data: theirs });
    const now = await until('the label is back', async () => {
      const secret = await space.secret('words-tls');
      return Object.hasOwn(secret.metadata.labels ?? {}, 'constructor') && secret;
    });
    assert.equal(now.metadata.annotations?.['toString'], 'b');
    assert.deepEqual(Object.entries(now.data ?? {}).toSorted(), Object.entries({ ...data, ...theirs }).toSorted());
    await space.edit('words', { spec: { secretTemplate: null } });
    await until('the words are gone', async () => {
      const { labels } = (await space.secret('words-tls')).metadata;
      return Object.keys(labels ?? {}).length === 1;
    });
    assert.deepEqual(await space.requestsOf('words'), ['words-1']);
  });

  it('that a stranger overwrites all the time is given up, by name, while others are issued', async () => {
    const own = await TestNamespace.create(plane, 'overwritten');
    await plane.client.create(certificates, leaf(own.name, 'fought'));
    await untilReady(plane, own.name, 'fought');
    const overwrite = () =>
      plane.client.apply(
        secrets,
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'fought-tls', namespace: own.name },
          data: { 'tls.key': Buffer.from(`theirs ${Math.random()}`).toString('base64') },
        },
        'external-secrets',
      );
    await until('re-issuance is suspended', async () => {
      await overwrite();
      return isTrue((await own.certificate('fought')).status?.conditions, 'IssuanceSuspended');
    });
    for (let i = 0; i < 20; i++) await overwrite();
    await plane.client.create(certificates, leaf(own.name, 'bystander'));
    await untilReady(plane, own.name, 'bystander');
    const [status, reason, message] = await own.said('fought', 'IssuanceSuspended');
    assert.deepEqual([status, reason], ['True', 'TooManyRequests']);
    assert.match(
      message ?? '',
      /Secret "fought-tls" is overwritten by "external-secrets"; keep it from writing there\./,
    );
    assert.match(
      await own.statusColumn('fought'),
      /re-issuance is suspended until .*, see condition IssuanceSuspended/,
    );
    assert.equal(
      await own.requestsCreated(),
      1 + 6 + 1,
      'the first, six beyond schedule, and the one of the bystander',
    );
    // Who asks by hand gets it, once.
    await own.renew('fought');
    await untilReady(plane, own.name, 'fought', 8);
    await own.clear();
  });
});

/** Answers a request as an issuer of another group does. */
async function signAs(space: TestNamespace, name: string, who: string): Promise<void> {
  const request = await until(`request ${name}`, () => space.request(name));
  const certificate = Buffer.from(signedBySomeCA(request as CertificateRequest, new Date(), 90 * dayMs)).toString(
    'base64',
  );
  const condition = { type: 'Ready', status: 'True', reason: 'Issued', message: `signed by ${who}` } as const;
  await space.conclude(name, condition, { certificate });
}
