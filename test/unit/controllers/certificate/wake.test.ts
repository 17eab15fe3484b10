import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wakeOf } from '../../../../src/controllers/certificate/wake.ts';
import { CertificateWorld } from '../../../support/certificate-world.ts';

const rows: readonly (readonly [
  string,
  { readonly now: string; readonly at?: string; readonly renews?: boolean },
  string | undefined,
])[] = [
  ['the renewal', { now: '2026-01-02T00:00:00Z' }, '2026-03-02T00:00:00.000Z'],
  ['what comes before', { now: '2026-01-02T00:00:00Z', at: '2026-01-03T00:00:00Z' }, '2026-01-03T00:00:00.000Z'],
  ['not what is over', { now: '2026-01-02T00:00:00Z', at: '2026-01-01T00:00:00Z' }, '2026-03-02T00:00:00.000Z'],
  [
    'the first second after the expiry, where nothing renews',
    { now: '2026-03-02T00:00:00Z', renews: false },
    '2026-04-01T00:00:01.000Z',
  ],
  ['that second also at the expiry itself', { now: '2026-04-01T00:00:00Z', renews: false }, '2026-04-01T00:00:01.000Z'],
  ['nothing after that', { now: '2026-04-01T00:00:01Z', renews: false }, undefined],
];

for (const [name, { now, at, renews = true }, expected] of rows) {
  test(`wakes at: ${name}`, async () => {
    const world = new CertificateWorld(renews ? {} : { renewal: { policy: 'Disabled' } });
    await world.issue();
    const wake = wakeOf(world.seen(), at === undefined ? undefined : new Date(at), new Date(now));
    assert.equal(wake === 'onChange' ? undefined : wake.at.toISOString(), expected);
  });
}

const never = { algorithm: 'RSA', rotationPolicy: 'Never' } as const;
const stuck: readonly (readonly [string, (world: CertificateWorld) => void])[] = [
  ['the key may not change', (world) => world.edit({ privateKey: never })],
  ['no request can be made', (world) => world.edit({ dnsNames: [], literalSubject: 'nonsense' })],
  ['the name of the request is taken', (world) => world.edit({ dnsNames: ['other.example.com'] })],
  ['the issuer says nothing', (world) => world.edit({ dnsNames: ['silent.example.com'] })],
  [
    'the password of the keystore is missing',
    (world) => {
      const passwordSecretRef = { name: 'missing', key: 'password' };
      world.edit({ dnsNames: ['keystore.example.com'], keystores: { jks: { create: true, passwordSecretRef } } });
    },
  ],
];

for (const [name, make] of stuck) {
  test(`the expiry is noticed also while an issuance is stuck: ${name}`, async () => {
    const world = new CertificateWorld({});
    await world.issue();
    if (name.includes('taken')) holdName(world);
    make(world);
    await world.settle();
    world.advance(70 * 24 * 3600_000);
    await world.settle();
    if (name.includes('password')) {
      world.sign('web-2');
      await world.settle();
    }
    assert.deepEqual(world.wake, { at: new Date('2026-04-01T00:00:01Z') });
  });
}

/** A request of somebody else has the name that the next one would get. */
function holdName(world: CertificateWorld): void {
  const [request] = world.requests.values();
  assert.ok(request);
  const { ownerReferences: _none, ...metadata } = request.metadata;
  world.requests.set('web-2', { ...request, metadata: { ...metadata, name: 'web-2', uid: 'theirs' } });
}
