// Whatever spec the CRD admits, and whatever status stands there already: no decision throws, and deciding comes to rest.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CertificateSpec, CertificateStatus } from '../../../../src/api/certificate.ts';
import { placeInWindows } from '../../../../src/controllers/certificate/windows.ts';
import { CertificateWorld } from '../../../support/certificate-world.ts';

const durations = fc.oneof(
  fc.constantFrom('', '0', '-1h', '1ns', '2562047h', '1h', '2160h', '90d', 'x', '1e9h', '9999999999999h'),
  fc.string({ maxLength: 8 }),
);
const usual = [
  '',
  'web.example.com',
  '*.a',
  '::1',
  '1.2.3.4',
  'spiffe://a',
  'a@b',
  '__proto__',
  'constructor',
  'CN=a,O=b',
];
const text = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.constantFrom(...usual, 'b.example.com', 'Ünïcode', '1.3.6.1.4.1.311.20.2.3', '10.0.0.0/8'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);
/** Names of a kind, mostly of the form that the kind has. */
const like = (...good: string[]) =>
  fc.array(fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: text }), {
    maxLength: 3,
  });
const texts = fc.array(text, { maxLength: 3 });
const key = fc.constantFrom('team', 'a.b/c', 'constructor', 'cert-manager.io/x', 'cert-manager.io/common-name');
const texted = fc.dictionary(key, fc.constantFrom('', 'x', '1.2.3.4'), { maxKeys: 3 });
const int = fc.oneof(fc.constantFrom(0, -1, 1, 256, 521, 2 ** 31 - 1, -(2 ** 31)), fc.integer());
const window = fc.record(
  {
    cron: fc.oneof(text, fc.constantFrom('0 3 * * *', '@every 1ns', '* * 31 2 *')),
    windowDuration: durations,
    timezone: text,
  },
  { requiredKeys: ['cron', 'windowDuration'] },
);

const spec = fc.record(
  {
    secretName: fc.oneof({ weight: 20, arbitrary: fc.constant('web-tls') }, { weight: 1, arbitrary: text }),
    commonName: text,
    dnsNames: texts,
    ipAddresses: like('::1', '1.2.3.4', '::FFFF:1.2.3.4', '2001:db8::0:1'),
    uris: like('spiffe://a', 'HTTP://A/%zz', 'urn:a'),
    emailAddresses: like('a@b', 'x@y.z'),
    otherNames: fc.array(fc.record({ oid: fc.constantFrom('1.2.3', '2.5.4.3'), utf8Value: text }), { maxLength: 1 }),
    literalSubject: fc.constantFrom('', 'CN=a,O=b', 'CN=a+OU=b,DC=c', 'x'),
    subject: fc.record({ organizations: texts, serialNumber: text, countries: texts }, { requiredKeys: [] }),
    duration: durations,
    renewBefore: durations,
    renewBeforePercentage: int,
    revisionHistoryLimit: int,
    isCA: fc.boolean(),
    privateKey: fc.record(
      {
        algorithm: fc.constantFrom('ECDSA', 'Ed25519'),
        size: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(256, 384, 521) }, { weight: 1, arbitrary: int }),
        rotationPolicy: fc.constantFrom('Always', 'Never'),
      },
      { requiredKeys: ['algorithm'] },
    ),
    signatureAlgorithm: fc.constantFrom('', '', 'ECDSAWithSHA256', 'PureEd25519'),
    secretTemplate: fc.record({ labels: texted, annotations: texted }, { requiredKeys: [] }),
    additionalOutputFormats: fc.array(fc.record({ type: fc.constantFrom('DER', 'CombinedPEM') }), { maxLength: 2 }),
    keystores: fc.record(
      { jks: fc.record({ create: fc.boolean(), alias: text, password: text }, { requiredKeys: ['create'] }) },
      { requiredKeys: [] },
    ),
    nameConstraints: fc.record(
      {
        critical: fc.boolean(),
        permitted: fc.record({ dnsDomains: texts, ipRanges: like('10.0.0.0/8') }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
    renewal: fc.record(
      { policy: fc.constantFrom('RenewBefore', 'Disabled', ''), windows: fc.array(window, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const status = fc.record(
  {
    revision: int,
    failedIssuanceAttempts: int,
    lastFailureTime: fc.constantFrom('', 'x', '2025-12-31T23:59:00Z', '9999-12-31T23:59:59Z'),
    renewalTime: fc.constantFrom('', 'x', '2025-12-31T23:59:00Z'),
    nextPrivateKeySecretName: text,
  },
  { requiredKeys: [] },
);

describe('any spec', () => {
  it('is issued for or told why not, without a throw and without a loop', async () => {
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(spec, status, async (odd, before) => {
        const world = new CertificateWorld(odd as unknown as CertificateSpec);
        world.certificate = { ...world.certificate, status: before as CertificateStatus };
        await world.settle();
        const [request] = [...world.requests.keys()];
        if (request !== undefined) asked++;
        if (request !== undefined) world.sign(request);
        await world.settle();
        world.advance(61 * 24 * 3600_000);
        await world.settle();
        assert.deepEqual(await world.step(), []);
      }),
      { numRuns: 300 },
    );
    assert.ok(asked > 30, `only ${asked} of the specs came to a request`);
  });
});

describe('any window', () => {
  const year = 365 * 24 * 3600_000;
  const zones = ['', 'UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'Asia/Kathmandu', 'Local'];
  const field = (min: number, max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min, max }).map(String),
      fc.integer({ min: 1, max }).map((step) => `*/${step}`),
    );
  const cron = fc
    .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
    .map((fields) => fields.join(' '));

  it('gives a time or an error, for certificates of any age', () => {
    const durationOf = fc.constantFrom('1s', '1h', '24h', '2562047h');
    fc.assert(
      fc.property(
        cron,
        fc.constantFrom(...zones),
        durationOf,
        fc.integer({ min: 0, max: 7000 }),
        (text_, zone, length, age) => {
          const notBefore = new Date(age * year);
          const notAfter = new Date(notBefore.getTime() + 90 * 24 * 3600_000);
          const desired = new Date(notBefore.getTime() + 60 * 24 * 3600_000);
          const placed = placeInWindows(desired, { notBefore, notAfter }, [
            { cron: text_, windowDuration: length, timezone: zone },
          ] as never);
          if (placed.kind === 'at') assert.ok(placed.at >= desired);
        },
      ),
      { numRuns: 300 },
    );
  });
});
