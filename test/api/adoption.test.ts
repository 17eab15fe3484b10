// The takeover: a cluster that cert-manager has run is loaded as it was left, and our controllers start on it. Nothing may be issued anew.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Certificate } from '../../src/api/certificate.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { Challenge } from '../../src/api/challenge.ts';
import { conditionOf } from '../../src/api/conditions.ts';
import { certificateRequests, certificates, challenges } from '../../src/api/kinds.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../src/api/meta.ts';
import { secrets } from '../../src/kube/resources.ts';
import { adoptedKinds, adoptionTime, loadAdoptedCluster } from '../support/adopted-etcd.ts';
import * as audit from '../support/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { TestNamespace } from '../support/in-cluster.ts';
import { type Operator, operatorUser, startOperator } from '../support/operator.ts';
import { leaf, untilReady } from '../support/private-ca.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { until } from '../support/until.ts';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** `plural namespace/name` → the object. */
type Cluster = ReadonlyMap<string, KubeObject>;

const challenge = 'acme-pending-1-915941625-1707264755';

/**
 * All that may be written, and why. Our Ready message carries the deepest cause that an issuance waits for; upstream's does not, so that
 * the status of each Certificate that waits is written once, and never again. Where upstream's Challenge says how many seconds are left, at each look,
 * ours says once until when it waits.
 */
const allowedWrites: readonly (readonly [object: string, cause: string])[] = [
  [
    'certificates app/acme-pending',
    'CertificateRequest "acme-pending-1": Waiting on certificate issuance from order app/acme-pending-1-915941625: "pending"',
  ],
  ['certificates app/no-issuer', 'Issuer "missing" not found'],
  ['certificates app/same-secret', 'Secret "plain-tls" belongs to Certificate "plain"'],
  ['certificates app/temporary', 'ClusterIssuer "missing" not found'],
  [
    `challenges app/${challenge}`,
    'Waiting until 2026-11-23T05:06:30Z before accepting HTTP-01 challenge without self-check',
  ],
];

describe('the cluster that cert-manager left', () => {
  let plane: ControlPlane;
  let operator: Operator;
  let before_: Cluster;
  let offset: number;
  const clock = new ShiftedClock(adoptionTime);
  // Within minutes the ACME server, which is not there, would be asked when to renew, and that it did not answer would be written down.
  const flags = ['--feature-gates=ACMEUseARI=false'];

  before(async () => {
    // Of its own: what it holds would be in everybody's way.
    plane = await startControlPlane({ crds: true });
    await loadAdoptedCluster(plane);
    before_ = await clusterOf(plane);
    offset = audit.auditOffset(plane.auditLog);
    operator = await startOperator(plane, { clock, flags });
    await operator.started;
  });
  after(async () => {
    await operator?.stop();
    await plane?.stop();
  });

  it('was loaded as it was, uids, managed fields and times included', async () => {
    const counts = adoptedKinds.map(
      ({ plural }) => [...before_.keys()].filter((key) => key.startsWith(`${plural} `)).length,
    );
    assert.deepEqual(counts, [14, 4, 2, 11, 11, 2, 1, 1, 1, 1]);
    const { metadata } = await plane.client.get<Secret>(secrets, { namespace: 'app', name: 'plain-tls' });
    assert.equal(metadata.creationTimestamp, '2026-11-22T19:06:29Z');
    assert.deepEqual(
      ownership(metadata.managedFields).map(({ manager, operation }) => `${operation} ${manager}`),
      ['Apply cert-manager-certificates-issuing'],
    );
  });

  it('is taken over: nothing is issued, no Secret is touched, and only Certificates that wait get to say why', async () => {
    await until('whoever waits says why', async () => {
      const said = await Promise.all(
        allowedWrites.map(async ([object, cause]) => (await messageOf(plane, object)).includes(cause)),
      );
      return said.every(Boolean);
    });
    await atRest(plane);
    const now = await clusterOf(plane);
    assert.deepEqual(
      differences(before_, now),
      allowedWrites.map(([object]) => `changed ${object}`),
    );
    const { reason: _was, ...was } = (before_.get(`challenges app/${challenge}`) as Challenge).status ?? {};
    const { reason: _is, ...is } = (now.get(`challenges app/${challenge}`) as Challenge).status ?? {};
    assert.deepEqual(is, was);
    for (const [object] of allowedWrites.filter(([each]) => each.startsWith('certificates'))) {
      const [was, is] = [before_, now].map((cluster) => certificateIn(cluster, object));
      assert.deepEqual(is?.spec, was?.spec);
      assert.deepEqual({ ...is?.status, conditions: [] }, { ...was?.status, conditions: [] });
      assert.deepEqual(transitions(is), transitions(was), `${object}: no condition changed its status`);
    }
    await audit.untilAuditIsQuiet(plane.auditLog);
    const rows = audit.auditCounts(plane.auditLog, { user: operatorUser, sinceOffset: offset });
    const writes = [...audit.objectWrites(rows), ...audit.eventWrites(rows)].filter(
      ({ namespace }) => !restNamespaces.includes(namespace),
    );
    assert.deepEqual(
      audit
        .formatCounts(writes)
        .split('\n')
        .map((line) => line.trim()),
      ['4 update certificates/status', '1 update challenges/status'],
      'each status once, and no event at all',
    );
  });

  for (const { name, revision, sameKey } of [
    { name: 'plain', revision: 2, sameKey: false },
    { name: 'ed25519', revision: 2, sameKey: false },
    { name: 'ecdsa', revision: 3, sameKey: true },
    { name: 'everything', revision: 2, sameKey: false },
  ]) {
    it(`renews ${name} when asked by hand: revision ${revision}, and the Secret is owned as before`, async () => {
      const { spec } = certificateIn(before_, `certificates app/${name}`) as Certificate;
      const was = before_.get(`secrets app/${spec.secretName}`) as Secret;
      await new TestNamespace(plane, 'app').renew(name);
      const certificate = await untilReady(plane, 'app', name, revision);
      assert.equal(certificate.status?.revision, revision);
      const is = await plane.client.get<Secret>(secrets, { namespace: 'app', name: spec.secretName });
      assert.equal(is.metadata.uid, was.metadata.uid);
      assert.deepEqual(is.metadata.labels, was.metadata.labels);
      assert.deepEqual(is.metadata.annotations, was.metadata.annotations);
      assert.deepEqual(ownership(is.metadata.managedFields), ownership(was.metadata.managedFields));
      assert.deepEqual(Object.keys(is.data ?? {}), Object.keys(was.data ?? {}));
      assert.notEqual(is.data?.['tls.crt'], was.data?.['tls.crt']);
      assert.equal(is.data?.['tls.key'] === was.data?.['tls.key'], sameKey);
      await until('the next key is gone', async () => {
        const now = await plane.client.get<Certificate>(certificates, { namespace: 'app', name });
        return now.status?.nextPrivateKeySecretName === undefined;
      });
    });
  }

  it('and what was not renewed is still as it was left', async () => {
    const now = await clusterOf(plane);
    const untouched = [
      'acme-tls',
      'intermediate',
      'temporary-tls',
      'acme-pending-xx2zt',
      'no-issuer-5hqdw',
      'temporary-7btl6',
    ];
    for (const name of untouched) {
      const key = `secrets app/${name}`;
      assert.deepEqual(now.get(key), before_.get(key));
    }
    const requests = (await plane.client.list<CertificateRequest>(certificateRequests, 'app')).map(
      ({ metadata }) => metadata.name,
    );
    assert.deepEqual(requests.sort(), [
      'acme-1',
      'acme-pending-1',
      'ecdsa-1',
      'ecdsa-2',
      'ecdsa-3',
      'ed25519-2',
      'everything-2',
      'intermediate-1',
      'no-issuer-1',
      'plain-2',
      'temporary-1',
    ]);
  });

  it('and a restart writes nothing at all', async () => {
    await operator.stop();
    const left = await clusterOf(plane);
    operator = await startOperator(plane, { clock, flags });
    await operator.started;
    await atRest(plane);
    assert.deepEqual(differences(left, await clusterOf(plane)), []);
  });
});

async function clusterOf(plane: ControlPlane): Promise<Cluster> {
  const cluster = new Map<string, KubeObject>();
  for (const kind of adoptedKinds) {
    for (const object of await plane.client.list<KubeObject>(kind)) {
      const { namespace, name } = object.metadata;
      if (restNamespaces.includes(namespace ?? '')) continue;
      cluster.set(`${kind.plural} ${namespace === undefined ? '' : `${namespace}/`}${name}`, object);
    }
  }
  return cluster;
}

/** What came, went, or has another resourceVersion. */
function differences(before: Cluster, now: Cluster): string[] {
  const keys = new Set([...before.keys(), ...now.keys()]);
  return [...keys].toSorted().flatMap((key) => {
    const [was, is] = [before.get(key), now.get(key)];
    if (was === undefined) return [`created ${key}`];
    if (is === undefined) return [`deleted ${key}`];
    return was.metadata.resourceVersion === is.metadata.resourceVersion ? [] : [`changed ${key}`];
  });
}

function certificateIn(cluster: Cluster, key: string): Certificate | undefined {
  return cluster.get(key) as Certificate | undefined;
}

/** A condition's transition time is that of its status, not of its message. */
function transitions(certificate: Certificate | undefined) {
  return (certificate?.status?.conditions ?? []).map(({ type, status, reason, lastTransitionTime }) => [
    type,
    status,
    reason,
    lastTransitionTime,
  ]);
}

/** Who owns which fields, whenever that was written. */
function ownership(entries: readonly ManagedFieldsEntry[] = []) {
  return entries.map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }));
}

/** Of a Certificate that it is not ready, of a Challenge what it waits for. */
async function messageOf(plane: ControlPlane, object: string): Promise<string> {
  const [kind, place = ''] = object.split(' ');
  const [namespace = '', name = ''] = place.split('/');
  if (kind === 'challenges') {
    return (await plane.client.get<Challenge>(challenges, { namespace, name })).status?.reason ?? '';
  }
  const { status } = await plane.client.get<Certificate>(certificates, { namespace, name });
  return conditionOf(status?.conditions, 'Ready')?.message ?? '';
}

/** The server's own and those of the last ones are not part of what is compared. */
const restNamespaces: string[] = ['default'];

/** Once everything was looked at, a Certificate that comes last is looked at, too; the adopted CA signs it. */
async function atRest(plane: ControlPlane): Promise<void> {
  const namespace = await plane.createNamespace('last');
  restNamespaces.push(namespace);
  for (let i = 0; i < 3; i++) {
    const issuerRef = { name: 'ca', kind: 'ClusterIssuer' };
    await plane.client.create(certificates, leaf(namespace, `last-${i}`, { issuerRef }));
    await untilReady(plane, namespace, `last-${i}`);
  }
}
