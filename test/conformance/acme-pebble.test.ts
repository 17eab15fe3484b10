// The ACME client on Pebble with its faults switched on: nonces rejected, authorizations used again or not, validations that take their time. What it
// does beside another client is test/oracle's.
import assert from 'node:assert/strict';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type AcmeClient, createAcmeClient } from '../../src/acme/client.ts';
import { createHttpAccess, type HttpAccess } from '../../src/net/http.ts';
import { decodeCertificates, type ParsedCertificate } from '../../src/pki/certificate.ts';
import { renewalIdOf } from '../../src/pki/renewal-id.ts';
import { dns, issued, patient, proved } from '../support/acme-steps.ts';
import { type Pebble, type PebbleOptions, startPebble } from '../support/pebble.ts';
import { aCsrPem, aKey } from '../support/pki-builders.ts';

const signal = new AbortController().signal;
const externalKey = Buffer.from('a key of 32 bytes, for MACs only').toString('base64url');
const names = ['one.example.com', 'apex.example.com', '*.apex.example.com', 'two.example.com'];
const identifiers = [...names.map(dns), { type: 'ip', value: '127.0.0.1' }] as const;

/** `again`: whether so many authorizations may have to be proved for the second order of the same names. */
const rows: readonly (readonly [string, PebbleOptions, (again: number) => boolean])[] = [
  [
    'nothing goes wrong, every authorization is used again',
    { nonceReject: 0, authzReuse: 100 },
    (again) => again === 0,
  ],
  [
    'nine nonces in ten are rejected, no authorization is used again',
    { nonceReject: 90, authzReuse: 0 },
    (again) => again === identifiers.length,
  ],
  [
    'all is as Pebble has it, validations of up to 15 seconds',
    { nonceReject: 5, authzReuse: 50, sleepTime: 15 },
    (again) => again <= identifiers.length,
  ],
];

describe('the ACME client through the life of an account', { concurrency: true }, () => {
  const pebbles: Pebble[] = [];
  let http: HttpAccess;

  before(async () => {
    http = createHttpAccess({ userAgent: 'test' });
    const profiles = { default: 90 * 86_400, shortlived: 6 * 86_400 };
    const common = { profiles, alternateRoots: 1, eab: { 'kid-1': externalKey } };
    pebbles.push(...(await Promise.all(rows.map(([, faults]) => startPebble({ ...common, ...faults })))));
  });
  after(async () => {
    http.close();
    await Promise.all(pebbles.map((pebble) => pebble.stop()));
  });

  const open = ({ directoryUrl, apiCaPem }: Pebble, key: KeyObject): AcmeClient =>
    patient(
      createAcmeClient({
        directoryUrl,
        key,
        http: http.open({ caPem: apiCaPem }),
        now: () => new Date(),
      }),
    );

  for (const [index, [name, , mayBe]] of rows.entries()) {
    it(`where ${name}`, async () => {
      const pebble = pebbles[index];
      assert.ok(pebble !== undefined);
      const [first, second] = [aKey('rsa2048', name), aKey('p521', name)];
      const client = open(pebble, first);
      const externalAccount = { keyId: 'kid-1', key: Buffer.from(externalKey, 'base64url') };
      await client.createAccount({ contact: [], externalAccount }, signal);

      const { order, accepted } = await proved(client, pebble, { identifiers, profile: 'default' });
      assert.equal(accepted, identifiers.length);
      const csr = aCsrPem({ dnsNames: names, ipAddresses: ['127.0.0.1'] });
      const leaf = leafOf(await issued(client, order, csr));
      assert.deepEqual([leaf.names.dnsNames, leaf.names.ipAddresses], [names, ['127.0.0.1']]);

      await client.changeKey(second, signal);
      const replaces = renewalIdOf(leaf);
      assert.ok(replaces !== undefined);
      assert.ok((await client.renewalInfo(replaces, signal)) !== undefined);
      const renewal = await proved(client, pebble, { identifiers, profile: 'shortlived', replaces });
      assert.ok(mayBe(renewal.accepted), String(renewal.accepted));
      const root = new X509Certificate(await pebble.rootPem(1));
      const chain = await issued(client, renewal.order, csr, /CN=(.*)/.exec(root.subject)?.[1] ?? '');
      assert.ok(new X509Certificate(decodeCertificates(chain, 100_000).at(-1)?.pem ?? '').verify(root.publicKey));
      const livesMs = leafOf(chain).notAfter.getTime() - leafOf(chain).notBefore.getTime();
      assert.equal(Math.round(livesMs / 86_400_000), 6);
      await assert.rejects(client.newOrder({ identifiers, replaces }, signal), {
        status: 409,
        type: 'alreadyReplaced',
      });

      await client.revokeCertificate({ certificateDer: leaf.der, reason: 4 }, signal);
      await open(pebble, aKey()).revokeCertificate({ certificateDer: leafOf(chain).der, key: aKey() }, signal);
      assert.equal((await client.deactivateAccount(signal)).status, 'deactivated');
      await assert.rejects(client.newOrder({ identifiers }, signal), { type: 'unauthorized' });
    });
  }
});

const leafOf = (pem: string): ParsedCertificate => {
  const [leaf] = decodeCertificates(pem, 100_000);
  assert.ok(leaf !== undefined);
  return leaf;
};
