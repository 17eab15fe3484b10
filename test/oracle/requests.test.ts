// Our certificate requests, read and verified by others, and theirs read and verified by us.
// Asks openssl, Go's crypto/x509, node-forge (RSA) and @peculiar/x509.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import forge from 'node-forge';
import { type Csr, csrTemplateOf, decodeCsr, signCsr, verifyCsr } from '../../src/pki/csr.ts';
import { generateKey, type KeySpec } from '../../src/pki/keys.ts';
import { encodePem } from '../../src/pki/pem.ts';
import { compileGo, type Go, type GoView } from './go.ts';
import { requestsMadeByOpenssl } from './made-by-openssl.ts';
import { asks, attempt, workFolder } from './programs.ts';
import { allGates, keySpecs, specs } from './specs.ts';

const folder = workFolder();
let go: Go;
const keys = new Map<string, KeyObject>();
const nameOf = ({ algorithm, size }: KeySpec) => `${algorithm} ${size}`;

before(async () => {
  if (!asks('go').skip) go = compileGo(folder);
  for (const spec of keySpecs) keys.set(nameOf(spec), await generateKey(spec));
});
after(() => folder.remove());

/** Every spec with an ECDSA key, and one spec with every key: what is named and who signs do not depend on each other. */
const requests: readonly (readonly [name: string, pem: () => string])[] = [
  ...specs.map(({ name, spec }) => {
    const privateKey = { algorithm: 'ECDSA', size: 256 } as const;
    return [name, () => signCsr(csrTemplateOf({ ...spec, privateKey }, allGates), keys.get('ECDSA 256')!)] as const;
  }),
  ...keySpecs.map((privateKey) => {
    const { spec } = specs.find(({ name }) => name === 'all names and a full subject')!;
    const pem = () => signCsr(csrTemplateOf({ ...spec, privateKey }, allGates), keys.get(nameOf(privateKey))!);
    return [`an ${nameOf(privateKey)} key`, pem] as const;
  }),
];

/** What both see of a request; `view` is Go's. */
function assertSame(csr: Csr, view: GoView): void {
  const { names } = csr;
  assert.deepEqual(
    {
      subject: csr.subject.flat(),
      dnsNames: names.dnsNames,
      ipAddresses: names.ipAddresses,
      uris: names.uris,
      emailAddresses: names.emailAddresses,
      otherNames: names.otherNames,
      extensions: csr.extensions.map(({ oid, critical }) => ({ oid, critical })),
      publicKey: csr.publicKey,
      signature: verifyCsr(csr) ? 'valid' : 'not valid',
    },
    {
      subject: view.subject,
      dnsNames: view.dnsNames,
      ipAddresses: view.ipAddresses,
      uris: view.uris,
      emailAddresses: view.emailAddresses,
      otherNames: view.otherNames,
      extensions: view.extensions,
      publicKey: view.publicKey,
      signature: view.signature,
    },
  );
}

for (const [name, pemOf] of requests) {
  test(`Go sees what our request with ${name} says`, asks('go'), () => {
    const csr = decodeCsr(pemOf());
    const [view] = go.look([{ kind: 'request', der: csr.der }]);
    assert.equal(view!.error, undefined);
    assertSame(csr, view!);
    assert.equal(view!.version, 0);
  });

  test(`openssl verifies our request with ${name}`, asks('openssl'), () => {
    const { output } = attempt('openssl', ['req', '-verify', '-noout', '-text'], pemOf());
    assert.match(output, /self-signature verify OK/);
  });

  test(`@peculiar/x509 verifies our request with ${name}`, async () => {
    const pem = pemOf();
    const request = new Pkcs10CertificateRequest(pem);
    assert.ok(await request.verify());
    const ours = decodeCsr(pem).extensions.map(({ oid, critical, value }) => ({ oid, critical, value: hex(value) }));
    const theirs = [...request.extensions].map(({ type, critical, value }) => ({
      oid: type,
      critical,
      value: hex(value),
    }));
    assert.deepEqual(theirs, ours);
  });
}

function hex(bytes: Uint8Array | ArrayBuffer): string {
  return Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString('hex');
}

for (const { algorithm, size } of keySpecs.filter((spec) => spec.algorithm === 'RSA' && spec.size === 2048)) {
  test(`node-forge verifies our request of an ${algorithm} key`, () => {
    const { spec } = specs[0]!;
    const pem = signCsr(csrTemplateOf({ ...spec, privateKey: { algorithm, size } }, allGates), keys.get('RSA 2048')!);
    const request = forge.pki.certificationRequestFromPem(pem);
    assert.ok(request.verify());
    assert.equal(request.subject.getField('CN').value, 'example.com');
  });
}

test('a changed request no longer verifies', () => {
  for (const spec of keySpecs) {
    const pem = signCsr(csrTemplateOf({ ...specs[0]!.spec, privateKey: spec }, allGates), keys.get(nameOf(spec))!);
    const csr = decodeCsr(pem);
    assert.ok(verifyCsr(csr));
    const changed = Buffer.from(csr.der);
    const at = changed.indexOf('example.com');
    changed[at]! ^= 1;
    assert.ok(!verifyCsr(decodeCsr(encodePem('CERTIFICATE REQUEST', changed))), nameOf(spec));
  }
});

test('we see in the requests of Go what Go sees', asks('go'), async (t) => {
  for (const { name, der } of go.make().filter(({ kind }) => kind === 'request')) {
    await t.test(name, () => {
      assertSame(decodeCsr(encodePem('CERTIFICATE REQUEST', der)), go.look([{ kind: 'request', der }])[0]!);
    });
  }
});

/** Keys that Go refuses, or cannot verify with; we read such a request and do not accept it. */
const unsupported = new Set(['a curve that Go does not know', 'Ed448']);

test('we see in the requests of openssl what Go sees', asks('openssl'), async (t) => {
  for (const { name, der } of requestsMadeByOpenssl()) {
    await t.test(name, asks('go'), () => {
      const csr = decodeCsr(encodePem('CERTIFICATE REQUEST', der));
      if (unsupported.has(name)) assert.ok(!verifyCsr(csr) && csr.keyFacts === undefined);
      else assertSame(csr, go.look([{ kind: 'request', der }])[0]!);
    });
  }
});
