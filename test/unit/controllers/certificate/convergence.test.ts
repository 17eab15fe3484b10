// Whatever users, issuers and strangers do to a Certificate and what belongs to it, deciding again and again comes to rest, stays there, and
// never takes more than a handful of rounds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CertificateWorld } from '../../../support/certificate-world.ts';

const restsAfter = 8;

interface Deed {
  readonly name: string;
  do(world: CertificateWorld): void;
}

const deed = (name: string, act: (world: CertificateWorld) => void): Deed => ({ name, do: act });
const target = (world: CertificateWorld) => world.secrets.get('web-tls');
const newest = (world: CertificateWorld) => [...world.requests.keys()].at(-1);
const time = (world: CertificateWorld) => world.now.toISOString().replace('.000Z', 'Z');

const fail = (type: string, status: 'True' | 'False', reason: string) =>
  deed(`request ${reason}`, (world) => {
    const name = newest(world);
    if (name !== undefined)
      world.answer(name, { failureTime: time(world) }, { type, status, reason, message: 'because' });
  });

const deeds: readonly Deed[] = [
  deed('sign', (world) => {
    const name = newest(world);
    if (name !== undefined) world.sign(name);
  }),
  deed('sign for five minutes', (world) => {
    const name = newest(world);
    if (name !== undefined) world.sign(name, { durationMs: 300_000 });
  }),
  deed('answer rubbish', (world) => {
    const name = newest(world);
    if (name !== undefined)
      world.answer(
        name,
        { certificate: 'cnViYmlzaA==' },
        { type: 'Ready', status: 'True', reason: 'Issued', message: '' },
      );
  }),
  fail('Ready', 'False', 'Failed'),
  fail('Ready', 'False', 'Pending'),
  fail('Denied', 'True', 'Denied'),
  fail('InvalidRequest', 'True', 'InvalidRequest'),
  deed('delete the Secret', (world) => world.secrets.delete('web-tls')),
  deed('empty the Secret', (world) => {
    const secret = target(world);
    if (secret !== undefined) world.secrets.set('web-tls', { ...secret, data: {} });
  }),
  deed('break the key', (world) => {
    const secret = target(world);
    if (secret !== undefined) world.secrets.set('web-tls', { ...secret, data: { ...secret.data, 'tls.key': 'Li4u' } });
  }),
  deed('strip the annotations', (world) => {
    const secret = target(world);
    if (secret !== undefined)
      world.secrets.set('web-tls', { ...secret, metadata: { ...secret.metadata, annotations: {} } });
  }),
  deed('delete all requests', (world) => world.requests.clear()),
  deed('delete the next key', (world) => {
    for (const name of [...world.secrets.keys()]) if (name !== 'web-tls') world.secrets.delete(name);
  }),
  deed('other names', (world) => world.edit({ dnsNames: ['other.example.com'] })),
  deed('no names', (world) => world.edit({ dnsNames: [] })),
  deed('another issuer', (world) => world.edit({ issuerRef: { name: 'other', kind: 'ClusterIssuer' } })),
  deed('an RSA key that stays', (world) =>
    world.edit({ privateKey: { algorithm: 'Ed25519', rotationPolicy: 'Never' } }),
  ),
  deed('an ECDSA key', (world) => world.edit({ privateKey: { algorithm: 'ECDSA', size: 256 } })),
  deed('renew by hand', (world) => {
    const { conditions = [], ...rest } = world.certificate.status ?? {};
    const others = conditions.filter(({ type }) => type !== 'Issuing');
    const issuing = {
      type: 'Issuing',
      status: 'True',
      reason: 'ManuallyTriggered',
      message: 'by hand',
      lastTransitionTime: time(world),
    } as const;
    world.certificate = { ...world.certificate, status: { ...rest, conditions: [...others, issuing] } };
  }),
  deed('a minute', (world) => world.advance(60_000)),
  deed('an hour', (world) => world.advance(3600_000)),
  deed('sixty days', (world) => world.advance(60 * 24 * 3600_000)),
];

const anyDeeds = fc.array(fc.constantFrom(...deeds), { maxLength: 12 });
const named = (done: readonly Deed[]) => done.map(({ name }) => name).join(', ');

describe('a Certificate', () => {
  it('comes to rest after whatever happens, and stays at rest', async () => {
    await fc.assert(
      fc.asyncProperty(anyDeeds, async (done) => {
        const world = new CertificateWorld({});
        for (const act of done) {
          const rounds = await world.settle(restsAfter + 1);
          assert.ok(rounds <= restsAfter, `${rounds} rounds: ${named(done)}`);
          act.do(world);
        }
        await world.settle(restsAfter + 1);
        assert.deepEqual(await world.step(), [], named(done));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('is issued in the end, once the spec is right, the issuer signs and enough time passes', async () => {
    await fc.assert(
      fc.asyncProperty(anyDeeds, async (done) => {
        const world = new CertificateWorld({});
        for (const act of done) {
          await world.settle();
          act.do(world);
        }
        await world.settle();
        world.edit({ dnsNames: ['web.example.com'], privateKey: { algorithm: 'ECDSA' }, issuerRef: { name: 'ca' } });
        world.advance(33 * 3600_000);
        await world.issue();
        assert.equal(
          world.certificate.status?.conditions?.find(({ type }) => type === 'Ready')?.status,
          'True',
          named(done),
        );
        assert.deepEqual([...world.secrets.keys()], ['web-tls'], named(done));
      }),
      { numRuns: 200, seed: 11 },
    );
  });
});
