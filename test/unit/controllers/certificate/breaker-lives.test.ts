// Runaways that must not escape the breaker, and what it must not take for one, as whole lives of a Certificate.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionOf } from '../../../../src/api/conditions.ts';
import { breakerCondition, usedSlots } from '../../../../src/controllers/certificate/breaker.ts';
import { aCertificate, aSecret } from '../../../support/certificate-builders.ts';
import { CertificateWorld, settings } from '../../../support/certificate-world.ts';

const hour = 3600_000;
const day = 24 * hour;

const condition = (world: CertificateWorld, type: string) => conditionOf(world.certificate.status?.conditions, type);

describe('the breaker, where somebody is clever', () => {
  const noBackoff = { ...settings, minimumBackoffMs: 0 };
  const failing = (world: CertificateWorld) => {
    const request = [...world.requests.values()].at(-1);
    if (request === undefined || request.status?.failureTime !== undefined) return 0;
    const time = world.now.toISOString().replace('.000Z', 'Z');
    const { name } = request.metadata;
    world.answer(name, { failureTime: time }, { type: 'Ready', status: 'False', reason: 'Failed', message: 'no' });
    return 1;
  };

  it('counts retries of a renewal where the back-off is switched off', async () => {
    const world = new CertificateWorld({}, { settings: noBackoff });
    await world.issue();
    world.advance(61 * day);
    let failures = 0;
    for (let i = 0; i < 30; i++) {
      await world.settle();
      if (world.requests.has('web-2')) failures += failing(world);
      world.advance(2000);
    }
    assert.equal(failures, 7);
    assert.equal(condition(world, 'IssuanceSuspended')?.status, 'True');
  });

  it('holds back no changed spec of a Certificate that never was issued', async () => {
    const world = new CertificateWorld({}, { settings: noBackoff });
    for (let i = 0; i < 30; i++) {
      await world.settle();
      failing(world);
      world.advance(2000);
    }
    assert.equal(condition(world, 'IssuanceSuspended')?.status, 'True');
    world.edit({ dnsNames: ['other.example.com'] });
    await world.issue();
    assert.equal(world.certificate.status?.revision, 1);
  });

  it('counts what the deletion of requests leads to, where the issuer leaves names out', async () => {
    const world = new CertificateWorld({});
    for (let i = 0; i < 20; i++) {
      await world.issue();
      // As if the certificate named something else than what was asked for, and nobody knew what that was.
      world.requests.clear();
      const secret = world.secrets.get('web-tls');
      const other = new CertificateWorld({ dnsNames: ['stripped.example.com'] });
      await other.issue();
      const data = other.secrets.get('web-tls')?.data;
      if (secret !== undefined && data !== undefined) world.secrets.set('web-tls', { ...secret, data });
      world.advance(1000);
    }
    assert.equal(world.certificate.status?.revision, 7);
  });

  it('counts renewals that are due at once, however late the approval', async () => {
    const world = new CertificateWorld({ duration: '1440h', renewBefore: '720h' });
    for (let i = 0; i < 20; i++) {
      await world.settle();
      world.advance(5 * 60_000);
      await world.issue({ durationMs: 720 * hour + 30_000, backdatedMs: 30_000 });
    }
    assert.equal(world.certificate.status?.revision, 7);
    assert.match(condition(world, 'IssuanceSuspended')?.message ?? '', /due as soon as the certificate is there/);
  });

  it('counts renewals every two minutes that only the issuer explains', async () => {
    const world = new CertificateWorld({ duration: '1440h', renewBefore: '720h' });
    for (let i = 0; i < 20; i++) {
      await world.issue({ durationMs: 720 * hour + 120_000 });
      world.advance(2 * 60_000);
    }
    assert.equal(world.certificate.status?.revision, 7);
  });

  it('believes no name that looks like its own memory', () => {
    const manager = 'used at 2026-06-01T11:00:00Z, 2026-06-01T11:00:01Z';
    const suspended = { until: new Date('2026-06-02T00:00:00Z'), reason: 'InvalidKeyPair' };
    const used = new Date('2026-06-01T10:00:00Z');
    const world = new CertificateWorld({});
    const secret = aSecret({ foreignWriters: [{ manager, time: undefined }] });
    const told = breakerCondition({ ...world.seen(), secret }, [used], suspended);
    assert.deepEqual(usedSlots(told && [told], new Date('2026-06-01T12:00:00Z')), [used]);
  });

  it('names no more than a few of a thousand culprits', () => {
    const world = new CertificateWorld({});
    const sharing = Array.from({ length: 1000 }, (_, index) => aCertificate({}, undefined, { uid: `${index}` }));
    const suspended = { until: new Date('2026-06-02T00:00:00Z'), reason: 'InvalidKeyPair' };
    const told = breakerCondition({ ...world.seen(), sharing }, [world.now], suspended);
    assert.match(told?.message ?? '', /, 995 more; give/);
  });

  it('counts where nobody keeps readiness up to date, too', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    world.edit({ dnsNames: ['other.example.com'] });
    world.settings = { ...settings, stages: new Set([...settings.stages].filter((stage) => stage !== 'readiness')) };
    for (let i = 0; i < 20; i++) {
      await world.issue();
      world.secrets.delete('web-tls');
      world.advance(1000);
    }
    assert.equal(world.certificate.status?.revision, 8);
  });
});
