import assert from 'node:assert/strict';
import { test } from 'node:test';
import { momentIn } from '../../../../src/controllers/certificate/ari.ts';
import type { RenewalAnswer } from '../../../../src/controllers/certificate/call.ts';
import { CertificateWorld } from '../../../support/certificate-world.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** CertificateWorld issues at the beginning of 2026, for 90 days: by its schedule renewal is due on the 2nd of March. */
const scheduled = '2026-03-02T00:00:00Z';

function acmeWorld(answer: RenewalAnswer): CertificateWorld {
  const world = new CertificateWorld({});
  world.asksServer = true;
  world.issuer = {
    kind: 'found',
    issuer: {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Issuer',
      metadata: {
        name: 'ca',
        namespace: 'app',
        uid: 'i',
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: { acme: { server: 'https://acme.example/dir', privateKeySecretRef: { name: 'account' } } },
    },
  };
  world.renewalInfo = () => answer;
  return world;
}

const window = (start: string, end: string): RenewalAnswer => ({
  kind: 'window',
  start: new Date(start),
  end: new Date(end),
});
/** Long enough for the first question, which comes 1 to 11 minutes after the issuance. */
const firstMs = 11 * 60_000;

async function issued(world: CertificateWorld): Promise<void> {
  await world.issue();
  await world.settle();
  world.advance(firstMs);
  await world.settle();
}

const ariOf = (world: CertificateWorld) => world.certificate.status?.acme?.ari;

test('the server is asked once, soon after the issuance, and its window moves the renewal forward', async () => {
  const world = acmeWorld(window('2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z'));
  await world.issue();
  await world.settle();
  assert.deepEqual(world.questions, []);
  const { wake } = world;
  assert.ok(
    wake !== 'onChange' && wake.at >= new Date('2026-01-01T00:01:00Z') && wake.at <= new Date('2026-01-01T00:11:00Z'),
  );
  await issued(world);
  assert.equal(world.questions.length, 1);
  assert.deepEqual(ariOf(world), {
    suggestedWindow: { start: '2026-02-01T00:00:00Z', end: '2026-02-02T00:00:00Z' },
    lastChecked: '2026-01-01T00:11:00Z',
    nextCheck: '2026-01-01T06:11:00Z',
  });
  const renewal = world.certificate.status?.renewalTime ?? '';
  assert.ok(renewal >= '2026-02-01T00:00:00Z' && renewal <= '2026-02-02T00:00:00Z', renewal);
  // Stable: the next answer, of the same window, does not choose again.
  world.advance(6 * hour);
  await world.settle();
  assert.equal(world.questions.length, 2);
  assert.equal(world.certificate.status?.renewalTime, renewal);
  assert.equal(world.certificate.status?.revision, 1);
});

test('a window later than the schedule never delays the renewal', async () => {
  const world = acmeWorld(window('2026-03-20T00:00:00Z', '2026-03-21T00:00:00Z'));
  await issued(world);
  assert.equal(world.certificate.status?.renewalTime, scheduled);
});

test('a window in the past renews at once, and only once', async () => {
  const world = acmeWorld(window('2026-03-20T00:00:00Z', '2026-03-21T00:00:00Z'));
  await issued(world);
  world.advance(day);
  const [first] = world.questions;
  world.renewalInfo = (id) =>
    id === first
      ? window('2026-01-01T12:00:00Z', '2026-01-01T13:00:00Z')
      : window('2026-03-20T00:00:00Z', '2026-03-21T00:00:00Z');
  await world.issue();
  assert.equal(world.certificate.status?.revision, 2);
  await issued(world);
  assert.equal(world.certificate.status?.revision, 2);
  assert.equal(world.questions.at(-1) === first, false);
  assert.equal(ariOf(world)?.suggestedWindow?.start, '2026-03-20T00:00:00Z');
});

test('a window that was over before the certificate was valid counts, too', async () => {
  const world = acmeWorld(window('2025-12-31T22:00:00Z', '2025-12-31T23:00:00Z'));
  await world.issue();
  world.advance(firstMs);
  await world.settle();
  world.renewalInfo = () => ({ kind: 'none' });
  await world.issue();
  assert.equal(world.certificate.status?.revision, 2);
});

test('a backdated certificate is not renewed by what was said about the one before', async () => {
  const world = acmeWorld(window('2026-01-10T00:00:00Z', '2026-01-10T00:10:00Z'));
  await issued(world);
  world.advance(9 * day + hour / 2);
  world.renewalInfo = () => ({ kind: 'none' });
  await world.issue({ backdatedMs: hour });
  await world.settle();
  assert.equal(world.certificate.status?.revision, 2);
  assert.equal(ariOf(world), undefined);
});

test('a server whose windows are always over does not renew without end', async () => {
  const world = acmeWorld({ kind: 'none' });
  await world.issue();
  world.renewalInfo = () => ({
    kind: 'window',
    start: new Date(world.now.getTime() + 1000),
    end: new Date(world.now.getTime() + 1000),
  });
  for (let round = 0; round < 100; round++) {
    world.advance(10 * 60_000);
    await world.issue();
  }
  const revision = world.certificate.status?.revision ?? 0;
  assert.ok(revision > 1 && revision <= 8, `${revision} issuances in 17 hours`);
});

test('a failure is told, changes nothing, and is asked again', async () => {
  const world = acmeWorld(window('2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z'));
  await issued(world);
  const renewal = world.certificate.status?.renewalTime;
  world.renewalInfo = () => ({ kind: 'failed', message: 'cannot reach acme.example: ECONNREFUSED' });
  world.advance(7 * hour);
  await world.settle();
  assert.equal(ariOf(world)?.lastError, 'cannot reach acme.example: ECONNREFUSED');
  assert.equal(world.certificate.status?.renewalTime, renewal);
  assert.equal(world.events.at(-1)?.reason, 'ARIError');
  assert.equal(ariOf(world)?.nextCheck, '2026-01-01T08:11:00Z');
  world.renewalInfo = () => window('2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z');
  world.advance(hour);
  await world.settle();
  assert.equal(ariOf(world)?.lastError, undefined);
});

test('asked to come back later, it does', async () => {
  const world = acmeWorld({ kind: 'later', at: new Date('2026-01-01T00:25:00Z') });
  await issued(world);
  assert.equal(ariOf(world), undefined);
  assert.deepEqual(world.wake, { at: new Date('2026-01-01T00:25:00Z') });
});

const retryAfter: readonly (readonly [string, string, string])[] = [
  ['too soon', '2026-01-01T00:00:10Z', '2026-01-01T01:11:00Z'],
  ['as said', '2026-01-01T12:00:00Z', '2026-01-01T12:00:00Z'],
  ['too late', '2026-06-01T00:00:00Z', '2026-01-08T00:11:00Z'],
];

for (const [name, at, expected] of retryAfter) {
  test(`the next question, Retry-After ${name}`, async () => {
    const world = acmeWorld({
      ...window('2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z'),
      retryAfter: new Date(at),
    } as RenewalAnswer);
    await issued(world);
    assert.equal(ariOf(world)?.nextCheck, expected);
  });
}

test('nobody is asked with renewal switched off, or without the gate', async () => {
  const off = acmeWorld({ kind: 'none' });
  off.edit({ renewal: { policy: 'Disabled' } });
  await issued(off);
  const ungated = acmeWorld({ kind: 'none' });
  ungated.asksServer = false;
  await issued(ungated);
  assert.deepEqual([off.questions, ungated.questions], [[], []]);
});

test('moments are spread over the window', () => {
  const span = { start: new Date('2026-02-01T00:00:00Z'), end: new Date('2026-02-02T00:00:00Z') };
  const moments = Array.from({ length: 256 }, (_, index) =>
    momentIn(span, { serial: `1${index.toString(16).padStart(2, '0')}aaaaaa` }),
  );
  assert.ok(moments.every((moment) => moment >= span.start && moment <= span.end));
  const quarters = new Set(moments.map((moment) => Math.floor((moment.getTime() - span.start.getTime()) / (6 * hour))));
  assert.equal(quarters.size, 4);
});
