// Changed certificates, requests, keys and PEM: our decoders answer or throw DecodeError, and where Go or Node accept what we accept, all
// see the same. Runs are seeded and bounded; FUZZ_RUNS multiplies them. Asks Go's crypto/x509 and Node's X509Certificate.
import assert from 'node:assert/strict';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../src/base/errors.ts';
import { decodeCertificate, decodeCertificates, type ParsedCertificate } from '../../src/pki/certificate.ts';
import { orderChain } from '../../src/pki/chain.ts';
import { type Csr, csrTemplateOf, decodeCsr, signCsr, verifyCsr } from '../../src/pki/csr.ts';
import { formatName, parseLiteralSubject } from '../../src/pki/distinguished-name.ts';
import { canonicalIp, formatCidr, formatIp, parseCidr, parseIp } from '../../src/pki/ip-address.ts';
import { decodePrivateKey, generateKey } from '../../src/pki/keys.ts';
import { friendlyNamesOf } from '../../src/pki/keystores/friendly-name.ts';
import { decodePem, encodePem } from '../../src/pki/pem.ts';
import { tlsFactsOf } from '../../src/pki/secret-facts.ts';
import { selfSignRequest } from '../../src/pki/signer.ts';
import { compileGo, type Go, type GoView } from './go.ts';
import { requestsMadeByOpenssl } from './made-by-openssl.ts';
import { type Mutation, mutated, mutation } from './mutations.ts';
import { asks, workFolder } from './programs.ts';
import { allGates, specs } from './specs.ts';

const factor = Number(process.env['FUZZ_RUNS'] ?? 1);
const seed = Number(process.env['FUZZ_SEED'] ?? 20261122);
const folder = workFolder();
const requests: Uint8Array[] = [];
const certificates: Uint8Array[] = [];
const keys: KeyObject[] = [];
let go: Go;

before(async () => {
  keys.push(await generateKey({ algorithm: 'ECDSA', size: 256 }));
  keys.push(await generateKey({ algorithm: 'Ed25519', size: 256 }));
  keys.push(await generateKey({ algorithm: 'RSA', size: 2048 }));
  const key = keys[0]!;
  for (const { spec } of specs) {
    const pem = signCsr(csrTemplateOf({ ...spec, privateKey: { algorithm: 'ECDSA', size: 256 } }, allGates), key);
    const csr = decodeCsr(pem);
    requests.push(csr.der);
    const options = { durationMs: 86_400_000, isCA: spec.isCA === true, usages: spec.usages, now: new Date() };
    certificates.push(derOf(selfSignRequest(csr, key, options).certificatePem));
  }
  if (!asks('openssl').skip) requests.push(...requestsMadeByOpenssl().map(({ der }) => der));
  if (asks('go').skip) return;
  go = compileGo(folder);
  for (const { kind, der } of go.make()) (kind === 'request' ? requests : certificates).push(der);
});
after(() => folder.remove());

function derOf(pem: string): Uint8Array {
  return decodePem(pem, 1 << 20)[0]!.der;
}

interface Change {
  readonly pick: number;
  readonly mutations: readonly Mutation[];
}

const change: fc.Arbitrary<Change> = fc.record({
  pick: fc.nat(10_000),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
});

function changed(corpus: readonly Uint8Array[], { pick, mutations }: Change): Uint8Array {
  return mutated(corpus[pick % corpus.length]!, mutations);
}

const unlimited = { privateKeyBytes: 1 << 21, certificateBytes: 1 << 21, chainBytes: 1 << 21, bundleBytes: 1 << 21 };

/** The answer of a decoder, undefined where it throws DecodeError. Anything else that is thrown fails the test. */
function answer<T>(decoder: () => T): T | undefined {
  try {
    return decoder();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function check<T>(name: string, arbitrary: fc.Arbitrary<T>, runs: number, property: (value: T) => void): void {
  test(name, () => fc.assert(fc.property(arbitrary, property), { numRuns: runs * factor, seed }));
}

check('requests: an answer or a DecodeError', change, 3000, (given) => {
  const pem = encodePem('CERTIFICATE REQUEST', changed(requests, given));
  const csr = answer(() => decodeCsr(pem));
  if (csr) verifyCsr(csr);
});

check('certificates: an answer or a DecodeError', change, 3000, (given) => {
  const certificate = answer(() => decodeCertificate(changed(certificates, given)));
  if (certificate === undefined) return;
  answer(() => orderChain([certificate, decodeCertificate(certificates[0]!)]));
  answer(() => friendlyNamesOf([certificate.der]));
  formatName(certificate.subject);
});

check('private keys: an answer or a DecodeError', fc.tuple(change, fc.boolean()), 600, ([given, plain]) => {
  const key = keys[given.pick % keys.length]!;
  const { label, type } = ownFormat(key);
  const der = key.export({ format: 'der', type: plain ? type : 'pkcs8' });
  answer(() => decodePrivateKey(encodePem(plain ? label : 'PRIVATE KEY', mutated(der, given.mutations))));
});

/** The form that a kind of key had before PKCS#8. */
function ownFormat(key: KeyObject): { readonly label: string; readonly type: 'pkcs1' | 'sec1' | 'pkcs8' } {
  if (key.asymmetricKeyType === 'rsa') return { label: 'RSA PRIVATE KEY', type: 'pkcs1' };
  if (key.asymmetricKeyType === 'ec') return { label: 'EC PRIVATE KEY', type: 'sec1' };
  return { label: 'PRIVATE KEY', type: 'pkcs8' };
}

/** Lines that PEM readers disagree about, more often than not in the right places. */
const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '-----BEGIN X-----',
      '-----END X-----',
      '-----BEGIN CERTIFICATE-----',
      '-----END X-----',
    ),
  },
  fc.constantFrom(
    ...['-----END CERTIFICATE-----', '-----BEGIN -----', '-----END -----', '-----BEGIN X-----  ', '-----END X-----  '],
    ...[' -----BEGIN X-----', ' -----END X-----', '-----BEGIN X----', '----BEGIN X-----', '-----END X---', '-----'],
    ...['-----BEGIN X-----AAAA', 'AAAA-----END X-----', 'Proc-Type: 4,ENCRYPTED', 'A:b', '', ' ', '\t', '\r', 'TUlJ\0'],
    ...['AAAA', 'BQA=', 'AA==', 'AAA', 'AA=A', '=', 'A A A A', 'AAAA:', 'AAAAB', 'AB=='],
  ),
  fc.constant(encodePem('X', Buffer.from('more than fits on one line of base64, which has 64 characters'))),
  fc.base64String({ maxLength: 64 }),
  fc.string({ maxLength: 12 }),
);

const pemText = fc
  .tuple(fc.array(line, { maxLength: 10 }), fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n'))
  .map(([lines, newline, end]) => lines.join(newline) + end);

check('PEM: an answer or a DecodeError', pemText, 2000, (text) => {
  const fromText = answer(() => decodePem(text, 1 << 20));
  if (/^[\x00-\x7f]*$/.test(text))
    assert.deepEqual(
      fromText,
      answer(() => decodePem(Buffer.from(text), 1 << 20)),
    );
  answer(() => decodeCertificates(text, 1 << 20));
  answer(() => decodeCsr(text));
  answer(() => decodePrivateKey(text));
  tlsFactsOf({ 'tls.crt': Buffer.from(text), 'tls.key': Buffer.from(text), 'key.der': Buffer.from(text) });
});

test('PEM: the blocks that Go finds', asks('go'), () => {
  const texts = fc.sample(pemText, { numRuns: 4000 * factor, seed });
  const found = go.pem(texts);
  for (const [index, text] of texts.entries()) {
    const blocks = decodePem(Buffer.from(text), 1 << 20).map(({ label, der }) => ({ label, der: hex(der) }));
    // Blocks of headers alone have nothing in them; Go does not count them.
    const withContent = blocks.filter(({ der }) => der !== '');
    assert.deepEqual(
      withContent,
      found[index]!.map(({ label, der }) => ({ label, der: hex(der) })),
      JSON.stringify(text),
    );
  }
});

const block = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

/** 1 MiB each. In quadratic time one of them would take minutes. */
const adversarial: readonly (readonly [name: string, unit: string, wrap: (body: string) => string])[] = [
  ['begin lines', '-----BEGIN CERTIFICATE-----\n', (body) => body],
  ['begin lines and one end', '-----BEGIN CERTIFICATE-----\n', (body) => `${body}AAAA\n-----END CERTIFICATE-----\n`],
  ['end lines', '-----END CERTIFICATE-----\n', (body) => body],
  ['pairs that do not match', '-----BEGIN A-----\n-----END B-----\n', (body) => body],
  ['blocks without content', block(''), (body) => body],
  ['blocks of one value', block('BQA='), (body) => body],
  ['dashes', '-', (body) => body],
  ['words without lines', '-----BEGIN -----END ', (body) => body],
  ['spaces', ' ', block],
  ['newlines', '\n', block],
  ['headers', 'a: b\n', block],
  ['one header line', ':', block],
  ['one long line', 'AAAA', block],
  ['padding', '=', block],
  ['nested sequences', 'MIAw', block],
];

test('1 MiB of adversarial PEM is read in linear time', async (t) => {
  for (const [name, unit, wrap] of adversarial) {
    await t.test(name, () => {
      const text = wrap(unit.repeat(Math.ceil((1 << 20) / unit.length)));
      for (const input of [text, Buffer.from(text)]) {
        answer(() => decodePem(input, 1 << 21));
        answer(() => decodeCertificates(input, 1 << 21));
        answer(() => decodeCsr(input, unlimited));
        answer(() => decodePrivateKey(input, unlimited));
      }
    });
  }
});

/** A value inside a value, as deep as `bytes` allows, all lengths right. */
function nested(bytes: number): Uint8Array {
  const parts: number[][] = [];
  for (let inside = 0; inside < bytes; ) {
    const header = inside < 0x80 ? [0x30, inside] : [0x30, 0x83, inside >> 16, (inside >> 8) & 255, inside & 255];
    parts.push(header);
    inside += header.length;
  }
  return Uint8Array.from(parts.toReversed().flat());
}

test('values nested without end are refused, not followed', () => {
  const der = nested(1 << 18);
  assert.equal(
    answer(() => decodeCertificate(der)),
    undefined,
  );
  assert.equal(
    answer(() => decodeCsr(encodePem('CERTIFICATE REQUEST', der), unlimited)),
    undefined,
  );
  assert.equal(
    answer(() => decodePrivateKey(encodePem('PRIVATE KEY', der), unlimited)),
    undefined,
  );
});

const subjectText = fc.array(
  fc.oneof(
    fc.constantFrom('CN=', 'O=', '1.2.3=', '#0c0161', ',', '+', ';', '\\', '\\2c', '=', ' ', '"'),
    fc.string({ maxLength: 4 }),
  ),
  { maxLength: 10 },
);

check('literal subjects: an answer or a DecodeError, and the same after a round trip', subjectText, 2000, (parts) => {
  const name = answer(() => parseLiteralSubject(parts.join('')));
  if (name === undefined) return;
  assert.deepEqual(parseLiteralSubject(formatName(name)), name);
});

check('IPv6 addresses: the text that URLs have', fc.uint8Array({ minLength: 16, maxLength: 16 }), 2000, (random) => {
  // Many zeros, so that there is something to shorten.
  const bytes = random.map((byte) => (byte < 140 ? 0 : byte));
  const text = formatIp(bytes)!;
  if (text.includes('.')) return;
  assert.equal(`[${text}]`, new URL(`http://[${text}]/`).hostname);
  assert.deepEqual(parseIp(text), bytes);
});

const addressText = fc.array(
  fc.constantFrom('0', '1', '255', '256', 'ffff', 'F', ':', '::', '.', '/', '8', '129', '%eth0'),
);

check('addresses and networks: what is read is canonical once written', addressText, 3000, (parts) => {
  const text = parts.join('');
  const address = parseIp(text);
  if (address) assert.deepEqual(parseIp(canonicalIp(text)), address);
  const network = parseCidr(text);
  if (network) assert.deepEqual(parseCidr(formatCidr(network)!), network);
});

// ---- agreement ----

function sample(corpus: readonly Uint8Array[], runs: number): Uint8Array[] {
  return fc.sample(change, { numRuns: runs * factor, seed }).map((given) => changed(corpus, given));
}

/** What is compared: everything that decides for whom a certificate is. */
function namesOf({ names, subject, extensions, publicKey }: Csr | ParsedCertificate) {
  const { dnsNames, ipAddresses, uris, emailAddresses, otherNames } = names;
  return {
    subject: subject.flat(),
    dnsNames,
    ipAddresses,
    // Go normalizes URIs when it prints them; ours stay as they are encoded.
    uris: uris.length,
    emailAddresses,
    otherNames,
    extensions: extensions.map(({ oid, critical }) => ({ oid, critical })),
    publicKey,
  };
}

function namesOfGo(view: GoView) {
  const { subject, dnsNames, ipAddresses, uris, emailAddresses, otherNames, extensions, publicKey } = view;
  return { subject, dnsNames, ipAddresses, uris: uris.length, emailAddresses, otherNames, extensions, publicKey };
}

test('requests that Go and we accept name the same', asks('go'), () => {
  const accepted = sample(requests, 3000).flatMap((der) => {
    const csr = answer(() => decodeCsr(encodePem('CERTIFICATE REQUEST', der)));
    return csr ? [csr] : [];
  });
  const views = go.look(accepted.map(({ der }) => ({ kind: 'request', der })));
  const both = accepted.map((csr, index) => ({ csr, view: views[index]! })).filter(({ view }) => !view.error);
  assert.ok(both.length > 100 * factor, `only ${both.length} accepted by both`);
  for (const { csr, view } of both) {
    assert.deepEqual(namesOf(csr), namesOfGo(view), hex(csr.der));
    if (verifyCsr(csr)) assert.equal(view.signature, 'valid', hex(csr.der));
  }
});

test('certificates that Go and we accept say the same', asks('go'), () => {
  const accepted = acceptedCertificates(3000);
  const views = go.look(accepted.map(({ der }) => ({ kind: 'certificate', der })));
  const both = accepted.map((own, index) => ({ own, view: views[index]! })).filter(({ view }) => !view.error);
  assert.ok(both.length > 100 * factor, `only ${both.length} accepted by both`);
  for (const { own, view } of both) {
    const ours = { ...namesOf(own), isCA: own.isCA, keyUsage: own.keyUsage ?? 0, serial: own.serial };
    const theirs = { ...namesOfGo(view), isCA: view.isCA, keyUsage: view.keyUsage, serial: view.serial };
    assert.deepEqual(ours, theirs, hex(own.der));
    assert.deepEqual(friendlyNamesOf([own.der]), [view.subjectText], hex(own.der));
    assert.deepEqual([own.notBefore, own.notAfter], [new Date(view.notBefore), new Date(view.notAfter)], hex(own.der));
  }
});

test('certificates that Node and we accept say the same', () => {
  let both = 0;
  for (const own of acceptedCertificates(1500)) {
    let node: X509Certificate;
    try {
      node = new X509Certificate(own.der);
    } catch {
      continue;
    }
    both++;
    assert.equal(node.serialNumber.toLowerCase().replace(/^0+(?=.)/, ''), own.serial, hex(own.der));
    assert.equal(node.validToDate.getTime(), own.notAfter.getTime(), hex(own.der));
    assert.deepEqual(new Set(node.keyUsage ?? []), new Set(own.extKeyUsage ?? []), hex(own.der));
  }
  assert.ok(both > 100 * factor, `only ${both} accepted by both`);
});

function acceptedCertificates(runs: number): ParsedCertificate[] {
  return sample(certificates, runs).flatMap((der) => answer(() => decodeCertificate(der)) ?? []);
}

function hex(der: Uint8Array): string {
  return Buffer.from(der).toString('hex');
}
