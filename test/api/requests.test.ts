// CertificateRequests and issuers on a real API server, with the controller as users run it but for the Certificate controllers.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CertificateRequest, CertificateRequestSpec } from '../../src/api/certificate-request.ts';
import { conditionOf, setCondition } from '../../src/api/conditions.ts';
import type { Issuer, IssuerSpec } from '../../src/api/issuer.ts';
import { certificateRequests, clusterIssuers, issuers } from '../../src/api/kinds.ts';
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import { events, secrets } from '../../src/kube/resources.ts';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import {
  auditCounts,
  auditOffset,
  conflicts,
  formatCounts,
  objectWrites,
  total,
  untilAuditIsQuiet,
} from '../support/audit-log.ts';
import { type ControlPlane, startControlPlane, type User } from '../support/control-plane.ts';
import { type ControllerProcess, startControllerProcess } from '../support/controller-process.ts';
import { aCa, aCsr, testKey } from '../support/signing-builders.ts';
import { until } from '../support/until.ts';

const userName = 'request-controller';
const apiVersion = 'cert-manager.io/v1';
const ours =
  'issuers,clusterissuers,certificaterequests-approver,certificaterequests-issuer-ca,certificaterequests-issuer-selfsigned';
const root = aCa('root');

let plane: ControlPlane;
let user: User;
let controller: ControllerProcess;

async function start(...controllers: string[]): Promise<void> {
  const flags = ['--leader-elect=false', `--controllers=${[ours, ...controllers].join(',')}`];
  controller = startControllerProcess({ kubeconfig: user.kubeconfig, flags });
  await controller.logged('the controllers are running');
}

before(async () => {
  // Its own: hooks of a file run before the tests of all files, and this controller must not work for others.
  plane = await startControlPlane({ crds: true });
  user = await plane.user(userName);
  await plane.grantControllerRoles(userName);
  await start();
});
after(async () => {
  await controller?.stop();
  await plane?.stop();
});

function createRequest(namespace: string, name: string, spec: Partial<CertificateRequestSpec>, meta: object = {}) {
  const metadata = { namespace, name, ...meta };
  return plane.client.create<CertificateRequest>(certificateRequests, {
    apiVersion,
    kind: 'CertificateRequest',
    metadata,
    spec: { request: Buffer.from(aCsr()).toString('base64'), issuerRef: { name: 'ca' }, ...spec },
  });
}

function createIssuer(resource: ResourceType, metadata: { namespace?: string; name: string }, spec: IssuerSpec) {
  return plane.client.create<Issuer>(resource, { apiVersion, kind: resource.kind, metadata, spec });
}

function createSecret(namespace: string, name: string, texts: Record<string, string>) {
  return plane.client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    stringData: texts,
  });
}
const pair = { 'tls.crt': root.pem, 'tls.key': root.keyPem };

/** The request once its Ready condition has that reason (and message). */
function untilReady(namespace: string, name: string, reason: string, message?: string): Promise<CertificateRequest> {
  return until(`${name} ${reason}`, async () => {
    const request = await plane.client.get<CertificateRequest>(certificateRequests, { namespace, name });
    const ready = conditionOf(request.status?.conditions, 'Ready');
    return ready?.reason === reason && (message === undefined || ready.message === message) ? request : undefined;
  });
}

function untilIssuer(resource: ResourceType, key: { namespace?: string; name: string }, reason: string) {
  return until(`${key.name} ${reason}`, async () => {
    const issuer = await plane.client.get<Issuer>(resource, key);
    return conditionOf(issuer.status?.conditions, 'Ready')?.reason === reason ? issuer : undefined;
  });
}

interface Event extends KubeObject {
  readonly involvedObject: { readonly name: string };
  readonly reason: string;
  readonly source: { readonly component: string };
  readonly type: string;
  readonly message: string;
  readonly count: number;
}

/** `component reason` of what was said about an object, counts with it, sorted; waits for `expected` of them. */
async function eventsOf(namespace: string, name: string, expected: number): Promise<readonly string[]> {
  const list = async () =>
    (await plane.client.list<Event>(events, namespace)).filter((each) => each.involvedObject.name === name);
  await until(`${expected} events of ${name}`, async () => ((await list()).length >= expected ? true : undefined));
  return (await list())
    .map(({ source, reason, count }) => `${source.component.replace('cert-manager-', '')} ${reason} x${count}`)
    .sort();
}

const approval = 'certificaterequests-approver cert-manager.io x1';
const issuedByCa = 'certificaterequests-issuer-ca CertificateIssued x1';

describe('CertificateRequests', () => {
  it('a ready CA issues with one write and two events, Approved before Ready', async () => {
    const namespace = await plane.createNamespace();
    await createSecret(namespace, 'pair', pair);
    await createIssuer(issuers, { namespace, name: 'ca' }, { ca: { secretName: 'pair' } });
    await untilIssuer(issuers, { namespace, name: 'ca' }, 'KeyPairVerified');
    await untilAuditIsQuiet(plane.auditLog);
    const offset = auditOffset(plane.auditLog);
    await createRequest(namespace, 'one', { duration: '48h' });
    const request = await untilReady(namespace, 'one', 'Issued');
    assert.deepEqual(
      request.status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
      [
        ['Approved', 'True', 'cert-manager.io', 'Certificate request has been approved by cert-manager.io'],
        ['Ready', 'True', 'Issued', 'Certificate fetched from issuer successfully'],
      ],
    );
    const leaf = new X509Certificate(Buffer.from(request.status?.certificate ?? '', 'base64'));
    assert.ok(leaf.verify(new X509Certificate(root.pem).publicKey));
    assert.equal(Buffer.from(request.status?.ca ?? '', 'base64').toString(), root.pem);
    assert.deepEqual(await eventsOf(namespace, 'one', 2), [approval, issuedByCa]);
    await untilAuditIsQuiet(plane.auditLog);
    const rows = auditCounts(plane.auditLog, { user: userName, sinceOffset: offset });
    assert.equal(
      formatCounts(rows).trim().split(/\n\s*/).sort().join(', '),
      '1 update certificaterequests/status, 2 create events',
    );
    const managers = request.metadata.managedFields?.filter((each) => each.subresource === 'status');
    assert.deepEqual(
      managers?.map((each) => each.manager),
      ['cert-manager-certificaterequests-issuer-ca'],
    );
  });

  it('a request goes on by itself: no issuer, no Secret, then all', async () => {
    const namespace = await plane.createNamespace();
    await createRequest(namespace, 'early', {});
    const missing = 'Referenced "Issuer" not found: issuer.cert-manager.io "ca" not found';
    await untilReady(namespace, 'early', 'Pending', missing);
    await createIssuer(issuers, { namespace, name: 'ca' }, { ca: { secretName: 'pair' } });
    const notReady = await untilIssuer(issuers, { namespace, name: 'ca' }, 'ErrGetKeyPair');
    assert.equal(
      conditionOf(notReady.status?.conditions, 'Ready')?.message,
      'Error getting keypair for CA issuer: secrets "pair" not found',
    );
    await untilReady(namespace, 'early', 'Pending', 'Referenced issuer does not have a Ready status condition');
    await createSecret(namespace, 'pair', pair);
    await untilReady(namespace, 'early', 'Issued');
    assert.deepEqual(await eventsOf(namespace, 'early', 3), [
      approval,
      issuedByCa,
      'certificaterequests-issuer-ca IssuerNotFound x1',
    ]);
    assert.deepEqual(await eventsOf(namespace, 'ca', 3), [
      'issuers ErrGetKeyPair x1',
      'issuers ErrInitIssuer x1',
      'issuers KeyPairVerified x1',
    ]);
  });

  it('a ClusterIssuer takes its Secret from the cluster resource namespace; a broken Secret is noticed, and its repair', async () => {
    const namespace = await plane.createNamespace();
    const name = `ca-${namespace}`;
    await createSecret('kube-system', name, { ...pair, 'tls.key': 'rubbish' });
    await createIssuer(clusterIssuers, { name }, { ca: { secretName: name } });
    await untilIssuer(clusterIssuers, { name }, 'ErrGetKeyPair');
    await createRequest(namespace, 'one', { issuerRef: { name, kind: 'ClusterIssuer', group: 'cert-manager.io' } });
    await untilReady(namespace, 'one', 'Pending');
    await plane.client.merge(secrets, { namespace: 'kube-system', name }, { stringData: pair });
    await untilIssuer(clusterIssuers, { name }, 'KeyPairVerified');
    await untilReady(namespace, 'one', 'Issued');
    await plane.client.delete(secrets, { namespace: 'kube-system', name });
    await untilIssuer(clusterIssuers, { name }, 'ErrGetKeyPair');
    await plane.client.delete(clusterIssuers, { name });
  });

  it('a self-signed request waits for its key, whatever way its reference says whose issuer it is', async () => {
    const namespace = await plane.createNamespace();
    const meta = { annotations: { 'cert-manager.io/private-key-secret-name': 'key' } };
    await createIssuer(issuers, { namespace, name: 'self' }, { selfSigned: {} });
    const issuer = await untilIssuer(issuers, { namespace, name: 'self' }, 'IsReady');
    const condition = conditionOf(issuer.status?.conditions, 'Ready');
    assert.deepEqual(
      { ...condition, lastTransitionTime: '' },
      {
        type: 'Ready',
        status: 'True',
        reason: 'IsReady',
        observedGeneration: 1,
        lastTransitionTime: '',
      },
    );
    await createRequest(namespace, 'short', { issuerRef: { name: 'self' } }, meta);
    await createRequest(
      namespace,
      'full',
      { issuerRef: { name: 'self', kind: 'Issuer', group: 'cert-manager.io' } },
      meta,
    );
    await createRequest(namespace, 'bare', { issuerRef: { name: 'self' } });
    const waiting = `Referenced secret ${namespace}/key not found: secrets "key" not found`;
    for (const name of ['short', 'full']) await untilReady(namespace, name, 'Pending', waiting);
    const failed = await untilReady(namespace, 'bare', 'Failed');
    assert.notEqual(failed.status?.failureTime, undefined);
    await createSecret(namespace, 'key', { 'tls.key': encodePrivateKey(testKey(), 'PKCS1') });
    for (const name of ['short', 'full']) {
      const { status } = await untilReady(namespace, name, 'Issued');
      assert.equal(status?.ca, status?.certificate);
    }
  });

  it('one for a foreign issuer is only approved, one being deleted is left alone', async () => {
    const namespace = await plane.createNamespace();
    await createRequest(namespace, 'foreign', { issuerRef: { name: 'x', kind: 'X', group: 'example.com' } });
    const foreign = await until('foreign approved', async () => {
      const request = await plane.client.get<CertificateRequest>(certificateRequests, { namespace, name: 'foreign' });
      return request.status === undefined ? undefined : request;
    });
    assert.deepEqual(
      foreign.status?.conditions?.map(({ type }) => type),
      ['Approved'],
    );
    const manager = foreign.metadata.managedFields?.find((each) => each.subresource === 'status')?.manager;
    assert.equal(manager, 'cert-manager-certificaterequests-approver');
    assert.deepEqual(await eventsOf(namespace, 'foreign', 1), [approval]);

    const key = { namespace, name: 'leaving' };
    await createRequest(namespace, 'leaving', {}, { finalizers: ['example.com/wait'] });
    await untilReady(namespace, 'leaving', 'Pending');
    await plane.client.delete(certificateRequests, key);
    await createSecret(namespace, 'pair', pair);
    await createIssuer(issuers, { namespace, name: 'ca' }, { ca: { secretName: 'pair' } });
    await createRequest(namespace, 'staying', {});
    await untilReady(namespace, 'staying', 'Issued');
    await untilReady(
      namespace,
      'leaving',
      'Pending',
      'Referenced "Issuer" not found: issuer.cert-manager.io "ca" not found',
    );
    await plane.client.merge(certificateRequests, key, { metadata: { finalizers: null } });
  });

  it('a hundred requests at once: a hundred writes, no conflict', async () => {
    const namespace = await plane.createNamespace();
    await createSecret(namespace, 'pair', pair);
    await createIssuer(issuers, { namespace, name: 'ca' }, { ca: { secretName: 'pair' } });
    await untilIssuer(issuers, { namespace, name: 'ca' }, 'KeyPairVerified');
    await untilAuditIsQuiet(plane.auditLog);
    const offset = auditOffset(plane.auditLog);
    const names = Array.from({ length: 100 }, (_, index) => `burst-${index}`);
    await Promise.all(names.map((name) => createRequest(namespace, name, {})));
    await until('all issued', async () => {
      const list = await plane.client.list<CertificateRequest>(certificateRequests, namespace);
      return list.every((each) => conditionOf(each.status?.conditions, 'Ready')?.reason === 'Issued')
        ? true
        : undefined;
    });
    await untilAuditIsQuiet(plane.auditLog);
    const rows = auditCounts(plane.auditLog, { user: userName, sinceOffset: offset });
    assert.equal(total(objectWrites(rows)), 100, formatCounts(rows));
    assert.equal(conflicts(rows), 0);
    assert.equal(total(rows.filter(({ verb }) => verb === 'get')), 0, formatCounts(rows));
  });

  it('a refused approval is said once and does not loop; whoever else approves, the request goes on', async () => {
    const namespace = await plane.createNamespace();
    const lift = await refuseApprovals(namespace);
    await createSecret(namespace, 'pair', pair);
    await createIssuer(issuers, { namespace, name: 'ca' }, { ca: { secretName: 'pair' } });
    await untilIssuer(issuers, { namespace, name: 'ca' }, 'KeyPairVerified');
    const offset = auditOffset(plane.auditLog);
    await createRequest(namespace, 'refused', {});
    assert.deepEqual(await eventsOf(namespace, 'refused', 2), [
      'certificaterequests-approver ApprovalRefused x1',
      'certificaterequests-issuer-ca WaitingForApproval x1',
    ]);
    await sleep(3_000);
    await untilAuditIsQuiet(plane.auditLog);
    const tries = objectWrites(auditCounts(plane.auditLog, { user: userName, namespace, sinceOffset: offset }));
    assert.deepEqual(
      tries.map(({ code, count }) => [code, count]),
      [[403, 1]],
    );
    await lift();
    await approve(namespace, 'refused');
    await untilReady(namespace, 'refused', 'Issued');
  });
});

describe('CertificateRequests after a restart, without the approver', () => {
  it('nothing is written about what is at rest; new requests wait for an approver, and are denied or issued', async () => {
    const namespace = await plane.createNamespace();
    await createSecret(namespace, 'pair', pair);
    await createIssuer(issuers, { namespace, name: 'ca' }, { ca: { secretName: 'pair' } });
    await untilIssuer(issuers, { namespace, name: 'ca' }, 'KeyPairVerified');
    await controller.stop();
    await untilAuditIsQuiet(plane.auditLog);
    const offset = auditOffset(plane.auditLog);
    await start('-certificaterequests-approver');
    await sleep(1_000);
    await untilAuditIsQuiet(plane.auditLog);
    const rows = auditCounts(plane.auditLog, { user: userName, sinceOffset: offset });
    assert.equal(total(rows.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))), 0, formatCounts(rows));

    await createRequest(namespace, 'good', {});
    await createRequest(namespace, 'bad', {});
    const waiting = 'certificaterequests-issuer-ca WaitingForApproval x1';
    for (const name of ['good', 'bad']) assert.deepEqual(await eventsOf(namespace, name, 1), [waiting]);
    await approve(namespace, 'good');
    await untilReady(namespace, 'good', 'Issued');
    await approve(namespace, 'bad', 'Denied');
    const denied = await untilReady(
      namespace,
      'bad',
      'Denied',
      'The CertificateRequest was denied by an approval controller',
    );
    assert.notEqual(denied.status?.failureTime, undefined);
    assert.deepEqual(await eventsOf(namespace, 'bad', 1), [waiting]);
  });
});

/** As an approver would. */
async function approve(namespace: string, name: string, type: 'Approved' | 'Denied' = 'Approved'): Promise<void> {
  await until(`${name} ${type}`, async () => {
    const request = await plane.client.get<CertificateRequest>(certificateRequests, { namespace, name });
    const condition = { type, status: 'True' as const, reason: 'Test', message: 'by the test' };
    const conditions = setCondition(request.status?.conditions, condition, new Date());
    try {
      const status = { ...request.status, conditions };
      return await plane.client.replace(certificateRequests, { ...request, status }, 'status');
    } catch {
      return undefined;
    }
  });
}

const admission = (plural: string, kind: string): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

/** Has the API server refuse approvals in a namespace, as the webhook does for signers that we may not approve. Resolves when it does. */
async function refuseApprovals(namespace: string): Promise<() => Promise<void>> {
  const [policies, bindings] = [
    admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy'),
    admission('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding'),
  ];
  const metadata = { name: `no-approval-${namespace}` };
  await plane.client.create(policies, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: policies.kind,
    metadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [
          {
            apiGroups: ['cert-manager.io'],
            apiVersions: ['v1'],
            operations: ['UPDATE'],
            resources: ['certificaterequests/status'],
          },
        ],
      },
      validations: [
        {
          expression: "!object.status.conditions.exists(each, each.type == 'Approved')",
          message: 'nobody may approve',
          reason: 'Forbidden',
        },
      ],
    },
  });
  await plane.client.create(bindings, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: bindings.kind,
    metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  });
  await untilRefused(namespace);
  return () => plane.client.delete(bindings, metadata);
}

/** Policies take a moment: tries with requests that our controller has nothing to do with. */
async function untilRefused(namespace: string): Promise<void> {
  let attempt = 0;
  await until('approvals refused', async () => {
    const name = `probe-${attempt++}`;
    const probe = await createRequest(namespace, name, { issuerRef: { name: 'x', kind: 'X', group: 'example.com' } });
    const condition = { type: 'Approved', status: 'True' as const, reason: 'Test', message: 'm' };
    const status = { conditions: setCondition([], condition, new Date()) };
    try {
      await plane.client.replace(certificateRequests, { ...probe, status }, 'status');
      return undefined;
    } catch (error) {
      return (error as { status?: number }).status === 403 ? true : undefined;
    } finally {
      await plane.client.delete(certificateRequests, { namespace, name });
    }
  });
}
