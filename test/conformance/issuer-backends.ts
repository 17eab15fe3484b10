// What every issuer backend must keep to, whatever it signs with. A backend's test calls this once, with the world in which it can sign.
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import type { CertificateSpec } from '../../src/api/certificate.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { ApiError } from '../../src/base/errors.ts';
import type { AnyBackend, SecretData, SigningRequest, SignOutcome } from '../../src/issuers/backend.ts';
import { referenceKeys } from '../../src/issuers/references.ts';
import { decodeCertificates } from '../../src/pki/certificate.ts';
import { keyUsageNames } from '../../src/pki/key-usage.ts';
import { defaultPemLimits } from '../../src/pki/limits.ts';
import { aRequest } from '../support/request-builders.ts';
import {
  aCsr,
  aSigningRequest,
  type KeyKind,
  keyKinds,
  signingTime,
  type TestIo,
  testIo,
  testKey,
} from '../support/signing-builders.ts';

/** What every backend needs, those too that answer later, by way of objects that they make. */
export interface MannersWorld {
  readonly backend: AnyBackend;
  readonly issuer: Issuer;
  /** An issuer of another type. */
  readonly otherIssuer: Issuer;
  readonly resourceNamespace: string;
  /** By `namespace/name`: all that is needed to sign a request made with that key. Fresh bytes at each call. */
  secrets(kind: KeyKind): Readonly<Record<string, SecretData>>;
  /** Annotations that a request must have. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface BackendWorld extends MannersWorld {
  /** The Secret without which nothing can be signed, and the pending outcome while it is missing; likewise while it holds rubbish. */
  readonly secret: string;
  readonly missing: { readonly reason: string; readonly message: string };
  readonly rubbish: { readonly reason: string; readonly message: string };
  /** The event reason of a request that contradicts itself. */
  readonly badRequest: string;
}

const day = 86_400_000;

export function issuerBackendConformance(name: string, world: BackendWorld): void {
  describe(`issuer backend ${name}`, () => {
    itIssues(world);
    itRefuses(world);
    itWaits(world);
    itKeepsNoBytes(world);
    itHasManners(world);
  });
}

/** For a backend that does not answer with the certificate itself. */
export function issuerBackendManners(name: string, world: MannersWorld): void {
  describe(`issuer backend ${name}`, () => {
    itHasManners(world);
    itRefusesRubbish(world);
  });
}

function request(world: MannersWorld, change: Partial<SigningRequest> = {}): SigningRequest {
  return aSigningRequest({ annotations: world.annotations, ...change });
}

async function sign(
  world: MannersWorld,
  what: SigningRequest,
  io: TestIo = testIo(world.secrets('ECDSA P-256')),
  signal: AbortSignal = new AbortController().signal,
): Promise<SignOutcome> {
  const { backend, issuer, resourceNamespace } = world;
  const scope = { resourceNamespace, requestNamespace: what.namespace, signal };
  return backend.sign(what, backend.config(issuer), io.factory.open(scope), issuer);
}

async function issue(world: BackendWorld, what: SigningRequest, io?: TestIo) {
  const outcome = await sign(world, what, io);
  assert.equal(outcome.kind, 'issued', JSON.stringify(outcome));
  assert.ok(outcome.kind === 'issued');
  const chain = decodeCertificates(outcome.certificatePem, defaultPemLimits.chainBytes);
  return { outcome, chain, leaf: chain[0]!, node: new X509Certificate(outcome.certificatePem) };
}

function itIssues(world: BackendWorld): void {
  for (const kind of keyKinds) {
    it(`issues a leaf that verifies, for a key of kind ${kind}`, async () => {
      const key = testKey(kind);
      const io = testIo(world.secrets(kind));
      const csrPem = aCsr({ ipAddresses: ['10.0.0.1'], uris: ['spiffe://x/y'] }, key);
      const { leaf, node, outcome } = await issue(world, request(world, { csrPem }), io);
      assert.ok(node.publicKey.equals(createPublicKey(key)));
      assert.deepEqual(leaf.names.dnsNames, ['web.example.com']);
      assert.deepEqual([leaf.names.ipAddresses, leaf.names.uris], [['10.0.0.1'], ['spiffe://x/y']]);
      assert.equal(leaf.names.commonName, 'web');
      assert.equal(leaf.isCA, false);
      assert.deepEqual(keyUsageNames(leaf.keyUsage ?? 0), ['digital signature', 'key encipherment']);
      if (outcome.caPem !== undefined) {
        const parents = [...outcome.certificatePem.split(/(?=-----BEGIN)/).slice(1), outcome.caPem];
        assert.ok(parents.some((pem) => node.verify(new X509Certificate(pem).publicKey)));
      }
    });
  }

  it('grants the duration to the second, from now', async () => {
    const { leaf } = await issue(world, request(world, { durationMs: 3 * day + 1_000 }));
    assert.deepEqual(leaf.notBefore, new Date('2026-11-22T19:00:00Z'));
    assert.equal(leaf.notAfter.getTime() - leaf.notBefore.getTime(), 3 * day + 1_000);
  });

  it('signs a CA where one is asked for', async () => {
    const csrPem = aCsr({ isCA: true });
    const { leaf } = await issue(world, request(world, { csrPem, isCA: true }));
    assert.equal(leaf.isCA, true);
    assert.ok(keyUsageNames(leaf.keyUsage ?? 0).includes('cert sign'));
    assert.ok(leaf.ski !== undefined);
  });

  it('grants the usages that were asked for', async () => {
    const usages: CertificateSpec['usages'] = ['digital signature', 'server auth', 'client auth'];
    const { leaf } = await issue(world, request(world, { csrPem: aCsr({ usages }), usages }));
    assert.deepEqual(leaf.extKeyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    assert.deepEqual(keyUsageNames(leaf.keyUsage ?? 0), ['digital signature']);
  });

  it('answers the same request twice with equal certificates, but for serial number and signature', async () => {
    const io = testIo(world.secrets('ECDSA P-256'));
    const [first, second] = [await issue(world, request(world), io), await issue(world, request(world), io)];
    const facts = ({ leaf }: typeof first) => {
      const { names, spki, notBefore, notAfter, issuerDer, extensions } = leaf;
      return { names, spki, notBefore, notAfter, issuerDer, extensions };
    };
    assert.deepEqual(facts(first), facts(second));
    assert.notEqual(first.leaf.serial, second.leaf.serial);
    assert.deepEqual(first.chain.slice(1), second.chain.slice(1));
  });
}

function itRefuses(world: BackendWorld): void {
  const template = (text: string) => `Error generating certificate template: ${text}`;
  const usages: CertificateSpec['usages'] = ['server auth'];
  const rows: [string, Partial<SigningRequest>, string | undefined][] = [
    [
      'another isCA than the CSR says',
      { csrPem: aCsr({ isCA: false }), isCA: true },
      template('encoded CSR error: IsCA false does not match expected value true'),
    ],
    [
      'key usages other than the CSR says',
      { csrPem: aCsr({ usages: ['digital signature'] }) },
      template(
        "encoded CSR error: the KeyUsages [ 'digital signature' ] do not match the expected KeyUsages [ 'digital signature', 'key encipherment' ]",
      ),
    ],
    ['extended key usages other than the CSR says', { csrPem: aCsr({ usages }), usages: ['client auth'] }, undefined],
    ['a CSR that is not signed by its key', { csrPem: forged() }, undefined],
    ['a CSR that is none', { csrPem: 'rubbish' }, undefined],
    ['no CSR', { csrPem: '' }, undefined],
  ];
  for (const [name, change, message] of rows) {
    it(`rejects ${name}, for good and with the same words each time`, async () => {
      const outcomes = [await sign(world, request(world, change)), await sign(world, request(world, change))];
      assert.deepEqual(outcomes[0], outcomes[1]);
      const [outcome] = outcomes;
      assert.ok(outcome?.kind === 'rejected', JSON.stringify(outcome));
      assert.equal(outcome.reason, world.badRequest);
      if (message !== undefined) assert.equal(outcome.message, message);
      assert.match(outcome.message, /^Error generating certificate template: ./);
    });
  }
}

/** A CSR whose last byte of signature was changed. */
function forged(): string {
  const [head = '', body = '', tail = ''] =
    /^(-.*-\n)([^-]+)(-.*-\n)$/s.exec(aCsr({}, testKey('Ed25519')))?.slice(1) ?? [];
  const der = Buffer.from(body, 'base64');
  der[der.length - 40] = (der[der.length - 40] ?? 0) ^ 1;
  return `${head}${der.toString('base64').replace(/.{64}/g, '$&\n')}\n${tail}`;
}

function itWaits(world: BackendWorld): void {
  const rubbish: SecretData = { 'tls.crt': Buffer.from('x'), 'tls.key': Buffer.from('x') };
  const rows: [string, (io: TestIo) => void, { readonly reason: string; readonly message: string }][] = [
    ['is missing', (io) => io.remove(world.secret), world.missing],
    ['holds rubbish', (io) => io.put(world.secret, rubbish), world.rubbish],
  ];
  for (const [name, change, expected] of rows) {
    it(`waits while the Secret ${name}, says the same each time, and goes on once it is right`, async () => {
      const io = testIo(world.secrets('ECDSA P-256'));
      change(io);
      for (let i = 0; i < 2; i++)
        assert.deepEqual(await sign(world, request(world), io), { kind: 'pending', ...expected });
      io.put(world.secret, world.secrets('ECDSA P-256')[world.secret]!);
      await issue(world, request(world), io);
    });
  }

  it('waits while the Secret cannot be read, leaves the error to the back-off, and goes on', async () => {
    const io = testIo(world.secrets('ECDSA P-256'));
    const error = new ApiError(403, 'Forbidden', 'secrets "x" is forbidden');
    io.failWith(error);
    const outcomes = [await sign(world, request(world), io), await sign(world, request(world), io)];
    assert.deepEqual(outcomes[0], outcomes[1]);
    assert.ok(outcomes[0]?.kind === 'pending');
    assert.equal(outcomes[0].error, error);
    assert.match(outcomes[0].message, /: secrets "x" is forbidden$/);
    io.failWith(undefined);
    await issue(world, request(world), io);
  });

  it('gives up when told to', async () => {
    const leaving = new AbortController();
    const signing = sign(world, request(world), testIo(world.secrets('ECDSA P-256')), leaving.signal);
    leaving.abort();
    await assert.rejects(signing, { name: 'AbortError' });
  });
}

function itKeepsNoBytes(world: BackendWorld): void {
  it('keeps none of the bytes it was given', async () => {
    const secrets = world.secrets('ECDSA P-256');
    const io = testIo(secrets);
    await issue(world, request(world), io);
    const kept = io.factory.size > 0;
    if (kept) for (const data of Object.values(secrets)) for (const bytes of Object.values(data)) bytes.fill(0);
    await issue(world, request(world), io);
    assert.equal(io.fetched.length, kept ? 1 : 2);
  });
}

function itHasManners(world: MannersWorld): void {
  const { backend, issuer, resourceNamespace, annotations } = world;
  const look = (io: TestIo, signal = new AbortController().signal) =>
    backend.check(backend.config(issuer), io.factory.open({ resourceNamespace, signal }), issuer);

  it('reads no Secret but those it refers to, so that a change of each wakes it', async () => {
    const io = testIo(world.secrets('ECDSA P-256'));
    const csrPem = aCsr({ commonName: 'web.example.com' });
    assert.notEqual((await sign(world, request(world, { csrPem }), io)).kind, 'rejected');
    await look(io);
    const known = [
      ...referenceKeys(resourceNamespace, backend.references(backend.config(issuer))),
      ...referenceKeys('app', backend.requestReferences?.(aRequest({ annotations: { ...annotations } })) ?? []),
    ];
    assert.deepEqual([...new Set(io.fetched)].sort(), [...known].sort());
  });

  it('is chosen by its type only', () => {
    assert.equal(backend.config(world.otherIssuer), undefined);
    assert.notEqual(backend.config(issuer), undefined);
    assert.ok(backend.type in issuer.spec);
  });

  it('is ready in the world in which it can sign, and says so the same way each time', async () => {
    const io = testIo(world.secrets('ECDSA P-256'), () => signingTime);
    const first = await look(io);
    assert.equal(first.kind, 'ready');
    assert.deepEqual(await look(io), first);
  });

  it('does not begin once it was told to give up', async () => {
    const io = testIo(world.secrets('ECDSA P-256'));
    await assert.rejects(sign(world, request(world), io, AbortSignal.abort()), { name: 'AbortError' });
  });
}

function itRefusesRubbish(world: MannersWorld): void {
  for (const csrPem of ['', 'rubbish']) {
    it(`rejects ${csrPem === '' ? 'no CSR' : 'a CSR that is none'}, for good and with the same words each time`, async () => {
      const outcomes = [await sign(world, request(world, { csrPem })), await sign(world, request(world, { csrPem }))];
      assert.equal(outcomes[0]?.kind, 'rejected');
      assert.deepEqual(outcomes[0], outcomes[1]);
    });
  }
}
