// Whole lives of a Certificate, played on values: issuance, renewal, failure, runaway. What decides each step has its own table.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionOf } from '../../../../src/api/conditions.ts';
import { CertificateWorld, settings } from '../../../support/certificate-world.ts';

const hour = 3600_000;
const day = 24 * hour;

const condition = (world: CertificateWorld, type: string) => conditionOf(world.certificate.status?.conditions, type);
const texts = (world: CertificateWorld) =>
  world.events.map(
    ({ by, reason, message }) => `${by.replace('cert-manager-certificates-', '')} ${reason}: ${message}`,
  );

describe('the first issuance', () => {
  it('takes the fewest writes, in an order that survives a crash, and tells four events', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    const key = 'web-rrrrr';
    assert.deepEqual(world.writes, [
      'status web',
      `create ${key}`,
      'create web-1',
      'apply web-tls',
      'status web',
      `delete ${key}`,
    ]);
    assert.deepEqual(texts(world), [
      'trigger Issuing: Issuing certificate as Secret does not exist',
      `key-manager Generated: Stored new private key in temporary Secret resource "${key}"`,
      'request-manager Requested: Created new CertificateRequest resource "web-1"',
      'issuing Issuing: The certificate has been successfully issued',
    ]);
    assert.equal(world.certificate.status?.revision, 1);
    assert.equal(condition(world, 'Ready')?.status, 'True');
    assert.equal(condition(world, 'Issuing'), undefined);
    assert.equal(world.certificate.status?.nextPrivateKeySecretName, undefined);
    assert.deepEqual([...world.secrets.keys()], ['web-tls']);
  });

  it('says from the start that Ready is False, and why', async () => {
    const world = new CertificateWorld({});
    await world.step();
    assert.equal(condition(world, 'Ready')?.reason, 'DoesNotExist');
    assert.equal(condition(world, 'Ready')?.message, 'Issuing certificate as Secret does not exist');
    assert.equal(condition(world, 'Issuing')?.reason, 'DoesNotExist');
  });

  it('writes nothing more once it is at rest', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    assert.deepEqual(await world.step(), []);
    assert.deepEqual(world.wake, { at: new Date('2026-03-02T00:00:00Z') });
  });

  it('says what it waits for as soon as the issuer says so', async () => {
    const world = new CertificateWorld({});
    world.issuer = { kind: 'missing' };
    await world.settle();
    world.answer(
      'web-1',
      {},
      { type: 'Ready', status: 'False', reason: 'Pending', message: 'Referenced "Issuer" not found' },
    );
    await world.settle();
    assert.equal(
      condition(world, 'Ready')?.message,
      'Issuing certificate as Secret does not exist. Waiting: Issuer "ca" not found',
    );
    assert.equal(
      condition(world, 'Issuing')?.message,
      'Issuing certificate as Secret does not exist. Waiting: Issuer "ca" not found',
    );
  });

  it('guesses that the kind of the issuer was forgotten, where one of the other kind has that name', async () => {
    const world = new CertificateWorld({});
    world.issuer = { kind: 'missing', namesake: 'ClusterIssuer' };
    await world.settle();
    world.answer('web-1', {}, { type: 'Ready', status: 'False', reason: 'Pending', message: 'not found' });
    await world.settle();
    assert.match(
      condition(world, 'Ready')?.message ?? '',
      /Issuer "ca" not found; there is a ClusterIssuer of that name: did you mean issuerRef\.kind ClusterIssuer\?$/,
    );
  });

  it('names a missing approval only after a while', async () => {
    const world = new CertificateWorld({});
    await world.settle();
    assert.deepEqual(world.wake, { at: new Date('2026-01-01T00:00:10Z') });
    world.advance(10_000);
    await world.settle();
    assert.match(condition(world, 'Ready')?.message ?? '', /nobody has approved CertificateRequest "web-1" yet$/);
  });
});

describe('renewal', () => {
  it('comes after two thirds of the lifetime, with a new key, and keeps one request', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    const before = world.secrets.get('web-tls')?.data?.['tls.key'];
    world.advance(60 * day);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 2);
    assert.notEqual(world.secrets.get('web-tls')?.data?.['tls.key'], before);
    assert.deepEqual([...world.requests.keys()], ['web-2']);
    assert.match(
      texts(world)[4] ?? '',
      /^trigger Issuing: Renewing certificate as renewal was scheduled at 2026-03-02 00:00:00 \+0000 UTC$/,
    );
  });

  it('keeps the key where rotationPolicy is Never', async () => {
    const world = new CertificateWorld({ privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Never' } });
    await world.issue();
    const before = world.secrets.get('web-tls')?.data?.['tls.key'];
    world.advance(60 * day);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 2);
    assert.equal(world.secrets.get('web-tls')?.data?.['tls.key'], before);
    assert.ok(
      texts(world).includes('key-manager Reused: Reusing private key stored in existing Secret resource "web-tls"'),
    );
  });

  it('never counts as runaway, over a year of certificates that live an hour', async () => {
    const world = new CertificateWorld({ duration: '1h' });
    for (let i = 0; i < 60; i++) {
      await world.issue({ durationMs: hour });
      world.advance(40 * 60_000);
    }
    assert.equal(world.certificate.status?.revision, 60);
    assert.equal(condition(world, 'IssuanceSuspended'), undefined);
  });

  it('is stalled, and says so once, where the key may not change but must', async () => {
    const world = new CertificateWorld({ privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Never' } });
    await world.issue();
    world.edit({ privateKey: { algorithm: 'RSA', rotationPolicy: 'Never' } });
    await world.settle();
    await world.settle();
    assert.equal(world.events.filter(({ reason }) => reason === 'CannotRegenerateKey').length, 1);
    assert.match(condition(world, 'Issuing')?.message ?? '', /Waiting: User intervention required/);
  });
});

describe('a changed spec', () => {
  it('is issued at once, also during back-off', async () => {
    const world = new CertificateWorld({});
    await world.settle();
    world.answer(
      'web-1',
      { failureTime: '2026-01-01T00:00:00Z' },
      { type: 'Ready', status: 'False', reason: 'Failed', message: 'no' },
    );
    await world.settle();
    assert.deepEqual(world.wake, { at: new Date('2026-01-01T01:00:00Z') });
    world.advance(1000);
    world.edit({ dnsNames: ['other.example.com'] });
    await world.issue();
    assert.equal(world.certificate.status?.revision, 1);
    assert.equal(world.certificate.status?.failedIssuanceAttempts, undefined);
  });

  it('during an issuance replaces the request', async () => {
    const world = new CertificateWorld({});
    await world.settle();
    const first = world.requests.get('web-1')?.metadata.uid;
    world.edit({ dnsNames: ['other.example.com'] });
    await world.settle();
    assert.notEqual(world.requests.get('web-1')?.metadata.uid, first);
    await world.issue();
    assert.equal(
      world.secrets.get('web-tls')?.metadata.annotations?.['cert-manager.io/alt-names'],
      'other.example.com',
    );
  });
});

describe('failure', () => {
  it('backs off one hour, then two, and says when it goes on', async () => {
    const world = new CertificateWorld({});
    for (const [wait, attempts] of [
      [hour, 1],
      [2 * hour, 2],
      [4 * hour, 3],
    ] as const) {
      await world.settle();
      const failureTime = world.now.toISOString().replace('.000Z', 'Z');
      world.answer('web-1', { failureTime }, { type: 'Ready', status: 'False', reason: 'Failed', message: 'broken' });
      await world.settle();
      assert.equal(world.certificate.status?.failedIssuanceAttempts, attempts);
      assert.equal(condition(world, 'Issuing')?.status, 'False');
      assert.match(condition(world, 'Ready')?.message ?? '', /next attempt at .*broken/);
      assert.deepEqual(world.wake, { at: new Date(world.now.getTime() + wait) });
      world.advance(wait);
    }
    await world.issue();
    assert.equal(world.certificate.status?.lastFailureTime, undefined);
  });

  it('of an unusable spec is said once and not tried again', async () => {
    const world = new CertificateWorld({ dnsNames: [] });
    await world.settle();
    await world.settle();
    assert.deepEqual([...world.requests.keys()], []);
    assert.equal(world.events.length, 1);
    assert.match(condition(world, 'Ready')?.message ?? '', /at least one of commonName/);
  });

  it('of a denied request does not stick, with a key that never changes', async () => {
    const world = new CertificateWorld({ privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Never' } });
    await world.issue();
    world.advance(60 * day);
    await world.settle();
    const failureTime = world.now.toISOString().replace('.000Z', 'Z');
    world.answer('web-2', { failureTime }, { type: 'Denied', status: 'True', reason: 'Policy', message: 'not today' });
    await world.settle();
    world.advance(hour);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 2);
  });
});

describe('the breaker', () => {
  /** Another controller writes a pair of its own over ours, as often as it can. */
  const overwrite = (world: CertificateWorld) => {
    const secret = world.secrets.get('web-tls');
    if (secret === undefined) return;
    const metadata = {
      ...secret.metadata,
      managedFields: [
        ...(secret.metadata.managedFields ?? []),
        { manager: 'external-secrets', operation: 'Update' as const, fieldsV1: { 'f:data': { 'f:tls.key': {} } } },
      ],
    };
    world.secrets.set('web-tls', { ...secret, metadata, data: { ...secret.data, 'tls.key': '' } });
  };

  it('lets a foreign writer cause six re-issuances a day, names it, and heals', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    for (let i = 0; i < 20; i++) {
      overwrite(world);
      world.advance(1000);
      await world.issue();
    }
    assert.equal(world.certificate.status?.revision, 7);
    const suspended = condition(world, 'IssuanceSuspended');
    assert.equal(suspended?.status, 'True');
    assert.match(suspended?.message ?? '', /overwritten by "external-secrets"/);
    assert.match(condition(world, 'Ready')?.message ?? '', /suspended until 2026-01-02T00:00:01Z/);
    assert.deepEqual(world.wake, { at: new Date('2026-01-02T00:00:01Z') });
    world.now = new Date('2026-01-02T00:00:02Z');
    await world.issue();
    assert.equal(world.certificate.status?.revision, 8);
    assert.equal(condition(world, 'Ready')?.status, 'True');
    world.advance(2 * day);
    await world.settle();
    assert.equal(condition(world, 'IssuanceSuspended'), undefined);
  });

  it('holds back neither a changed spec nor a manual renewal', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    for (let i = 0; i < 10; i++) {
      overwrite(world);
      world.advance(1000);
      await world.issue();
    }
    world.edit({ dnsNames: ['other.example.com'] });
    await world.issue();
    assert.equal(world.certificate.status?.revision, 8);
    const { conditions = [], ...rest } = world.certificate.status ?? {};
    const manual = {
      type: 'Issuing',
      status: 'True',
      reason: 'ManuallyTriggered',
      message: 'by hand',
      lastTransitionTime: world.now.toISOString(),
    } as const;
    world.certificate = { ...world.certificate, status: { ...rest, conditions: [...conditions, manual] } };
    await world.issue();
    assert.equal(world.certificate.status?.revision, 9);
  });

  it('stops an issuer that returns five-minute certificates, and says whose fault it is', async () => {
    const world = new CertificateWorld({});
    for (let i = 0; i < 200; i++) {
      await world.issue({ durationMs: 5 * 60_000 });
      world.advance(4 * 60_000);
    }
    assert.equal(world.certificate.status?.revision, 7);
    assert.match(
      condition(world, 'IssuanceSuspended')?.message ?? '',
      /issuer "ca" returns certificates that are far shorter than asked for/,
    );
  });

  it('counts retries where the back-off is switched off', async () => {
    const world = new CertificateWorld({}, { settings: { ...settings, minimumBackoffMs: 0 } });
    let failures = 0;
    for (let i = 0; i < 30; i++) {
      await world.settle();
      const request = world.requests.get('web-1');
      if (request !== undefined && request.status?.failureTime === undefined) {
        failures++;
        world.answer(
          'web-1',
          { failureTime: world.now.toISOString().replace('.000Z', 'Z') },
          { type: 'Ready', status: 'False', reason: 'Failed', message: 'no' },
        );
      }
      world.advance(2000);
    }
    assert.equal(failures, 7);
    assert.equal(condition(world, 'IssuanceSuspended')?.status, 'True');
  });
});

describe('a temporary certificate', () => {
  it('is stored while the issuer takes its time, and replaced by the real one', async () => {
    const world = new CertificateWorld(
      {},
      { meta: { annotations: { 'cert-manager.io/issue-temporary-certificate': 'true' } } },
    );
    await world.settle();
    assert.equal(world.secrets.has('web-tls'), false);
    world.answer('web-1', {}, { type: 'Ready', status: 'False', reason: 'Pending', message: 'soon' });
    await world.settle();
    assert.equal(world.secrets.get('web-tls')?.metadata.annotations?.['cert-manager.io/issuer-name'], undefined);
    assert.equal(world.certificate.status?.revision, undefined);
    assert.ok(texts(world).includes('issuing Issuing: Issued temporary certificate'));
    await world.settle();
    world.sign('web-1');
    await world.issue();
    assert.equal(world.secrets.get('web-tls')?.metadata.annotations?.['cert-manager.io/issuer-name'], 'ca');
  });
});
