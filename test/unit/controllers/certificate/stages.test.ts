// Each name of --controllers switches one step: with it off, nothing of that step is written.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Stage } from '../../../../src/controllers/certificate/seen.ts';
import { CertificateWorld, settings } from '../../../support/certificate-world.ts';

const without = (...off: readonly Stage[]) => ({
  ...settings,
  stages: new Set([...settings.stages].filter((stage) => !off.includes(stage))),
});

describe('with a step switched off', () => {
  it('trigger: nothing begins, readiness is told', async () => {
    const world = new CertificateWorld({}, { settings: without('trigger') });
    await world.settle();
    assert.deepEqual(world.writes, ['status web']);
  });

  it('key manager: Issuing is set, no key is made', async () => {
    const world = new CertificateWorld({}, { settings: without('key-manager') });
    await world.settle();
    assert.deepEqual(world.writes, ['status web']);
    assert.equal(world.certificate.status?.nextPrivateKeySecretName, undefined);
  });

  it('request manager: the key is made, no request', async () => {
    const world = new CertificateWorld({}, { settings: without('request-manager') });
    await world.settle();
    assert.deepEqual(world.writes, ['status web', 'create web-rrrrr']);
  });

  it('issuing: the answer is not stored', async () => {
    const world = new CertificateWorld({}, { settings: without('issuing') });
    await world.settle();
    world.sign('web-1');
    await world.settle();
    assert.equal(world.secrets.has('web-tls'), false);
  });

  it('readiness: no Ready condition and no times', async () => {
    const world = new CertificateWorld({}, { settings: without('readiness') });
    await world.issue();
    assert.deepEqual(world.certificate.status, { revision: 1 });
  });

  it('revision manager: all requests stay', async () => {
    const world = new CertificateWorld({}, { settings: without('revision-manager') });
    await world.issue();
    world.advance(61 * 24 * 3600_000);
    await world.issue();
    assert.deepEqual([...world.requests.keys()], ['web-1', 'web-2']);
  });
});
