import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Authority,
  type AuthoritySecret,
  readAuthority,
} from '../../../../src/controllers/serving-authority/authority.ts';
import {
  authorityLifetimeMs,
  bridged,
  leafFor,
  newAuthority,
} from '../../../../src/controllers/serving-authority/certificates.ts';
import { type Decision, decide, type Serving } from '../../../../src/controllers/serving-authority/decide.ts';
import { secretFor, secretWith } from '../../../../src/controllers/serving-authority/manifest.ts';
import { encodePrivateKey } from '../../../../src/pki/keys.ts';

const day = 24 * 3600 * 1000;
const start = new Date('2026-01-01T00:00:00Z');
const after = (ms: number): Date => new Date(start.getTime() + ms);
const key = { namespace: 'cert-manager', name: 'webhook-ca' };
const wish = { names: ['webhook', 'webhook.cert-manager.svc'], lifetimeMs: 7 * day };

const p384 = () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function stored(authority: Authority): AuthoritySecret {
  const secret = secretFor(key, authority, 'cert-manager-webhook') as unknown as AuthoritySecret;
  return { ...secret, metadata: { ...secret.metadata, uid: 'u', resourceVersion: '1' } };
}

function servingUnder(authority: Authority, now = start): Serving {
  return { authority, leaf: leafFor(p384(), authority, wish, now) };
}

const ca = newAuthority(p384(), start);
const other = newAuthority(p384(), start);
const good = stored(ca);
const withData = (data: Record<string, string | undefined>): AuthoritySecret =>
  ({ ...good, data: { ...good.data, ...data } }) as AuthoritySecret;
const bare = (data: Record<string, string>): AuthoritySecret => ({ ...good, data });

const leafPem = leafFor(p384(), ca, wish, start).chain;
const leafKey = p384();
const ownLeaf = leafFor(leafKey, ca, wish, start).chain;
const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

const summary = (decision: Decision): string =>
  decision.kind === 'rest' ? `rest until ${decision.until.toISOString()}` : `${decision.kind}: ${decision.reason}`;

const secrets: [string, AuthoritySecret | undefined, Date, string][] = [
  ['no Secret', undefined, start, 'found: the Secret does not exist'],
  ['a good one', good, start, 'serve: there is none yet'],
  ['no data', { ...good, data: undefined } as unknown as AuthoritySecret, start, 'found: tls.crt is missing'],
  ['an empty certificate', withData({ 'tls.crt': '' }), start, 'found: tls.crt is missing'],
  ['no key', withData({ 'tls.key': undefined }), start, 'found: tls.key is missing'],
  ['no bundle', withData({ 'ca.crt': undefined }), start, 'found: ca.crt is missing'],
  [
    'another bundle',
    withData({ 'ca.crt': base64(other.certificate.pem) }),
    start,
    'found: ca.crt differs from tls.crt',
  ],
  [
    "another CA's key",
    withData({ 'tls.key': base64(encodePrivateKey(other.identity.key, 'PKCS8')) }),
    start,
    'found: tls.key does not belong to tls.crt',
  ],
  [
    'a key that is none',
    withData({ 'tls.key': base64('secret') }),
    start,
    'found: the private key cannot be used: error decoding private key PEM block',
  ],
  [
    'two certificates',
    bare({
      'tls.crt': base64(ca.certificate.pem + other.certificate.pem),
      'ca.crt': base64(ca.certificate.pem + other.certificate.pem),
      'tls.key': good.data?.['tls.key'] ?? '',
    }),
    start,
    'found: tls.crt is not one certificate',
  ],
  [
    'a leaf in place of a CA',
    bare({
      'tls.crt': base64(ownLeaf),
      'ca.crt': base64(ownLeaf),
      'tls.key': base64(encodePrivateKey(leafKey, 'PKCS8')),
    }),
    start,
    'found: the certificate is not that of a CA',
  ],
  [
    'oversized',
    withData({ 'tls.crt': 'A'.repeat(900_000), 'ca.crt': 'A'.repeat(900_000) }),
    start,
    'found: the PEM cannot be used: larger than 36500 bytes',
  ],
  ['just before its time', good, after(authorityLifetimeMs * 0.66), 'serve: there is none yet'],
  [
    'two thirds over',
    good,
    after(authorityLifetimeMs * 0.67),
    'found: less than a third of the life of the CA is left',
  ],
  ['expired', good, after(366 * day), 'found: the CA has expired'],
  ['from the future', good, after(-day), 'found: the CA is not valid yet'],
  ['clocks a little apart', good, after(-9 * 60_000), 'serve: there is none yet'],
];
for (const [name, secret, now, expected] of secrets) {
  test(`serving authority: ${name}`, () =>
    assert.equal(summary(decide({ secret, serving: undefined }, now)), expected));
}

test('serving authority: a key too small to sign with is replaced', () => {
  const pem = encodePrivateKey(rsa1024, 'PKCS8');
  const decision = decide({ secret: withData({ 'tls.key': base64(pem) }), serving: undefined }, start);
  assert.equal(decision.kind, 'found');
});

const serving = servingUnder(ca);
const replicas: [string, AuthoritySecret | undefined, Serving | undefined, Date, string][] = [
  ['nothing to do', good, serving, start, 'rest until 2026-01-05T16:00:00.000Z'],
  ['the leaf is due', good, serving, after(4.7 * day), 'serve: two thirds of its life are over'],
  ['the clock was set back', good, servingUnder(ca, after(day)), start, 'serve: the clock was set back'],
  ['another replica has rotated', stored(other), serving, start, 'serve: the CA has changed'],
  ['deleted', undefined, serving, start, 'found: the Secret does not exist'],
];
for (const [name, secret, now, at, expected] of replicas) {
  test(`serving authority of a replica that serves: ${name}`, () =>
    assert.equal(summary(decide({ secret, serving: now }, at)), expected));
}

test('a rotation bridges from the CA that is replaced', () => {
  const expiring = decide({ secret: good, serving: undefined }, after(authorityLifetimeMs * 0.7));
  assert.deepEqual(expiring.kind === 'found' && expiring.former?.certificate.pem, ca.certificate.pem);
  const deleted = decide({ secret: undefined, serving }, start);
  assert.deepEqual(deleted.kind === 'found' && deleted.former?.certificate.pem, ca.certificate.pem);
});

test('property: no leaf is due as soon as it is made, however short its life and that of its CA', () => {
  const lifetimes = fc.integer({ min: 1, max: 20 * day });
  fc.assert(
    fc.property(lifetimes, lifetimes, fc.integer({ min: 0, max: 999 }), (leafMs, caMs, fraction) => {
      const now = after(fraction);
      const authority = newAuthority(p384(), now, caMs);
      const secret = stored(authority);
      const first = decide({ secret, serving: undefined }, now);
      if (first.kind !== 'serve') return;
      const leaf = leafFor(p384(), first.authority, { ...wish, lifetimeMs: leafMs }, now);
      const next = decide({ secret, serving: { authority: first.authority, leaf } }, now);
      assert.ok(next.kind === 'rest' && next.until > now, JSON.stringify(next));
    }),
    { numRuns: 60 },
  );
});

/** One replica: takes steps until it rests. Answers the Secret, what it serves, and how many CAs it made. */
function settle(secret: AuthoritySecret | undefined, from: Serving | undefined, now: Date) {
  let [current, mine, founded] = [secret, from, 0];
  for (let step = 0; step < 5; step++) {
    const decision = decide({ secret: current, serving: mine }, now);
    if (decision.kind === 'rest') return { secret: current, serving: mine, founded, steps: step };
    if (decision.kind === 'serve') {
      const authority = bridged(decision.authority, mine?.authority, now);
      mine = servingUnder(authority, now);
    } else {
      founded++;
      const authority = bridged(newAuthority(p384(), now), decision.former, now);
      current =
        current === undefined ? stored(authority) : (secretWith(current, authority) as unknown as AuthoritySecret);
    }
  }
  throw new Error('does not come to rest');
}

const parts = [
  fc.constant(undefined),
  fc.constant(''),
  fc.string(),
  fc.base64String(),
  fc.constantFrom(
    good.data?.['tls.crt'],
    good.data?.['tls.key'],
    stored(other).data?.['tls.crt'],
    stored(other).data?.['tls.key'],
    base64(leafPem),
    base64(encodePrivateKey(rsa1024, 'PKCS8')),
  ),
];
const anyData = fc.record({
  'tls.crt': fc.oneof(...parts),
  'tls.key': fc.oneof(...parts),
  'ca.crt': fc.oneof(...parts),
  'bridges.crt': fc.oneof(...parts),
  extra: fc.oneof(...parts),
});

test('property: whatever stands in the Secret, one CA at most heals it, and then it is stable', () => {
  fc.assert(
    fc.property(anyData, fc.integer({ min: -400, max: 800 }), fc.boolean(), (data, days, hasServed) => {
      const now = after(days * day);
      const entries = Object.entries(data).filter(([, value]) => value !== undefined);
      const secret = bare(Object.fromEntries(entries) as Record<string, string>);
      const end = settle(secret, hasServed && days >= 0 ? serving : undefined, now);
      assert.ok(end.founded <= 1 && end.steps <= 2);
      assert.equal(readAuthority(end.secret).kind, 'usable');
      assert.equal(end.secret?.data?.['extra'], data.extra);
      const again = settle(end.secret, end.serving, now);
      assert.deepEqual([again.steps, again.secret, again.serving], [0, end.secret, end.serving]);
    }),
    { numRuns: 60 },
  );
});

test('what is written is what cert-manager reads: labels, annotation, keys, one certificate in both places', () => {
  const secret = stored(ca);
  assert.deepEqual(secret.metadata.labels, { 'app.kubernetes.io/managed-by': 'cert-manager-webhook' });
  assert.deepEqual(secret.metadata.annotations, { 'cert-manager.io/allow-direct-injection': 'true' });
  assert.equal(secret.type, 'Opaque');
  assert.deepEqual(Object.keys(secret.data ?? {}).sort(), ['ca.crt', 'tls.crt', 'tls.key']);
  const text = (name: string): string => Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
  assert.match(text('tls.key'), /^-----BEGIN PRIVATE KEY-----\n/);
  const certificate = new X509Certificate(text('tls.crt'));
  assert.equal(certificate.subject, 'CN=cert-manager-webhook-ca');
  assert.equal(certificate.ca, true);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'secp384r1');
  assert.equal(certificate.validToDate.getTime(), start.getTime() + authorityLifetimeMs);
});

test('an existing Secret keeps its labels, annotations and other data, and loses bridges that no longer lead anywhere', () => {
  const secret: AuthoritySecret = {
    ...good,
    metadata: { ...good.metadata, labels: { a: 'b' }, annotations: {} },
    data: { ...good.data, extra: 'eA==', 'bridges.crt': base64('old') },
  };
  const written = secretWith(secret, other) as AuthoritySecret;
  assert.deepEqual(written.metadata, secret.metadata);
  assert.deepEqual(written.data, { ...stored(other).data, extra: 'eA==' });
});
