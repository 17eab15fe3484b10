// What somebody else undoes as often as we do it, and what the API server refuses: neither goes on for ever, and both are said.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionOf } from '../../../../src/api/conditions.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { heldUntil } from '../../../../src/controllers/certificate/repeats.ts';
import { CertificateWorld } from '../../../support/certificate-world.ts';

const minute = 60_000;
const message = (world: CertificateWorld, type: string) =>
  conditionOf(world.certificate.status?.conditions, type)?.message ?? '';
const count = (world: CertificateWorld, what: string) => world.writes.filter((write) => write === what).length;

/** Another manager of fields puts its own label in the place of ours. */
function relabel(world: CertificateWorld): void {
  const secret = world.secrets.get('web-tls');
  if (secret !== undefined)
    world.secrets.set('web-tls', {
      ...secret,
      metadata: { ...secret.metadata, labels: { ...secret.metadata.labels, team: 'theirs' } },
    });
}

describe('a Secret that is changed back again and again', () => {
  it('is mended six times in ten minutes', async () => {
    const world = new CertificateWorld({ secretTemplate: { labels: { team: 'ours' } } });
    await world.issue();
    for (let i = 0; i < 30; i++) {
      relabel(world);
      await world.step();
      world.advance(1000);
    }
    assert.equal(count(world, 'apply web-tls'), 1 + 6);
    assert.deepEqual(world.wake, { at: new Date('2026-01-01T00:10:00Z') });
    world.advance(10 * minute);
    await world.step();
    assert.equal(world.secrets.get('web-tls')?.metadata.labels?.['team'], 'ours');
  });

  it('is mended at once where the spec has changed', async () => {
    const world = new CertificateWorld({ secretTemplate: { labels: { team: 'ours' } } });
    await world.issue();
    for (let i = 0; i < 10; i++) {
      relabel(world);
      await world.step();
    }
    world.edit({ secretTemplate: { labels: { team: 'new' } } });
    await world.settle();
    assert.equal(world.secrets.get('web-tls')?.metadata.labels?.['team'], 'new');
  });
});

describe('what an issuance needs and somebody keeps deleting', () => {
  it('is the request: made seven times, then no more, and said', async () => {
    const world = new CertificateWorld({});
    for (let i = 0; i < 30; i++) {
      await world.settle();
      world.requests.clear();
      world.advance(1000);
    }
    assert.equal(count(world, 'create web-1'), 7);
    assert.match(message(world, 'Issuing'), /Waiting: somebody keeps deleting .* made again at 2026-01-02T00:00:01Z/);
    assert.deepEqual(await world.step(), []);
    world.edit({ dnsNames: ['other.example.com'] });
    await world.issue();
    assert.equal(world.certificate.status?.revision, 1);
  });

  it('is the key', async () => {
    const world = new CertificateWorld({});
    for (let i = 0; i < 30; i++) {
      await world.settle();
      world.secrets.clear();
      world.advance(1000);
    }
    assert.ok(count(world, 'create web-rrrrr') <= 7, String(count(world, 'create web-rrrrr')));
    assert.ok(count(world, 'create web-1') <= 7);
  });

  it('is never what a renewal by hand needs first', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    for (let i = 0; i < 10; i++) {
      const { conditions = [], ...status } = world.certificate.status ?? {};
      const manual = {
        type: 'Issuing',
        status: 'True',
        reason: 'ManuallyTriggered',
        lastTransitionTime: world.now.toISOString().replace('.000Z', 'Z'),
      } as const;
      world.certificate = { ...world.certificate, status: { ...status, conditions: [...conditions, manual] } };
      await world.issue();
      world.advance(1000);
    }
    assert.equal(world.certificate.status?.revision, 11);
  });

  it('is the temporary certificate: six in ten minutes', async () => {
    const world = new CertificateWorld(
      {},
      { meta: { annotations: { 'cert-manager.io/issue-temporary-certificate': 'true' } } },
    );
    await world.settle();
    world.answer('web-1', {}, { type: 'Ready', status: 'False', reason: 'Pending', message: 'soon' });
    for (let i = 0; i < 30; i++) {
      await world.settle();
      world.secrets.delete('web-tls');
      world.advance(1000);
    }
    assert.equal(count(world, 'apply web-tls'), 6);
    assert.deepEqual(world.wake, { at: new Date('2026-01-01T00:10:00Z') });
  });
});

describe('a write that the API server refuses', () => {
  const forbidden = new ApiError(403, 'Forbidden', 'exceeded quota: certificaterequests');

  it('is a request: said once, tried again every half minute', async () => {
    const world = new CertificateWorld({});
    world.refuse = (action) =>
      action.kind === 'create' && action.manifest.kind === 'CertificateRequest' ? forbidden : undefined;
    for (let i = 0; i < 60; i++) {
      await world.step();
      world.advance(1000);
    }
    const said = world.events.filter(({ reason }) => reason === 'RequestFailed');
    assert.deepEqual(
      said.map((event) => event.message),
      ['Failed to create CertificateRequest: exceeded quota: certificaterequests'],
    );
    assert.match(message(world, 'Ready'), /Waiting: .*exceeded quota/);
    assert.ok(count(world, 'refused') <= 3, String(count(world, 'refused')));
    world.refuse = () => undefined;
    world.advance(30_000);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 1);
    assert.match(message(world, 'Ready'), /up to date/);
  });

  it('is the target Secret', async () => {
    const world = new CertificateWorld({});
    world.refuse = (action) =>
      action.kind === 'apply' ? new ApiError(422, 'Invalid', 'Secret "web-tls" is immutable') : undefined;
    await world.settle();
    world.sign('web-1');
    for (let i = 0; i < 10; i++) await world.step();
    assert.match(message(world, 'Issuing'), /Waiting: Secret "web-tls" is immutable/);
    assert.equal(count(world, 'refused'), 1);
    assert.deepEqual(world.wake, { at: new Date('2026-01-01T00:00:30Z') });
  });
});

describe('heldUntil', () => {
  const now = new Date('2026-01-01T00:10:00Z');
  const six = [1, 2, 3, 4, 5, 6].map((second) => new Date(`2026-01-01T00:00:0${second}Z`));
  for (const [name, repeats, expected] of [
    ['nothing done', {}, undefined],
    ['five times', { reapply: six.slice(1) }, undefined],
    ['six times', { reapply: six }, new Date('2026-01-01T00:10:01Z')],
    ['something else six times', { temporary: six }, undefined],
  ] as const) {
    it(name, () => assert.deepEqual(heldUntil({ repeats }, 'reapply', now), expected));
  }
});

describe('a Certificate whose Secret cannot be mended', () => {
  it('still wakes for the end of its back-off', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    world.advance(60 * 24 * 60 * minute);
    await world.settle();
    const time = world.now.toISOString().replace('.000Z', 'Z');
    world.answer('web-2', { failureTime: time }, { type: 'Ready', status: 'False', reason: 'Failed', message: 'no' });
    await world.settle();
    world.edit({ keystores: { jks: { create: true, passwordSecretRef: { name: 'absent', key: 'password' } } } });
    await world.settle();
    assert.equal(world.events.filter(({ reason }) => reason === 'KeystorePasswordSecretNotFound').length, 1);
    assert.deepEqual(world.wake, { at: new Date(world.now.getTime() + 60 * minute) });
  });

  it('reads a password only from its own keys', async () => {
    for (const key of ['constructor', '__proto__', 'toString']) {
      const world = new CertificateWorld({
        keystores: { jks: { create: true, passwordSecretRef: { name: 'password', key } } },
      });
      world.secrets.set('password', {
        metadata: { name: 'password', uid: 'p', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
        data: {},
      });
      await world.settle();
      world.sign('web-1');
      await world.settle();
      assert.match(message(world, 'Issuing'), /has nothing at key/);
    }
  });
});

describe('status.acme', () => {
  it('goes with the certificate that it is about', async () => {
    const world = new CertificateWorld({ issuerRef: { name: 'x', group: 'example.com' } });
    await world.issue();
    world.certificate = { ...world.certificate, status: { ...world.certificate.status, acme: { ari: {} } } as never };
    assert.deepEqual(await world.step(), []);
    world.secrets.delete('web-tls');
    await world.step();
    assert.equal('acme' in (world.certificate.status ?? {}), false);
  });
});
