// The work that a decision about a Certificate asks for: keys, signatures and the Secret's content. The only place in this folder where
// private keys exist, each no longer than one call.
import type { KeyObject } from 'node:crypto';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { controllerUid } from '../../api/meta.ts';
import { DecodeError } from '../../base/errors.ts';
import { csrOf, csrTemplateOf, signCsr } from '../../pki/csr.ts';
import { decodePrivateKey, encodePrivateKey, generateKey, keyFactsOf, keySpecOf } from '../../pki/keys.ts';
import { defaultPemLimits, type PemLimits, requirePemSize } from '../../pki/limits.ts';
import { requestViolations } from '../../pki/match.ts';
import { temporaryCertificate } from '../../pki/throwaway.ts';
import { buildSecret } from './build-secret.ts';
import type { Call, NewRequest, Outcome } from './call.ts';
import type { CertificateIo } from './io.ts';
import { generatedName, requestNamePrefix, stableRequestName } from './names.ts';
import { requestFor } from './new-request.ts';
import { nextRevision } from './revisions.ts';
import type { RawSecret } from './secret-ingest.ts';
import type { CertificateSettings, Seen } from './seen.ts';
import { csrFailure } from './spec-problem.ts';

/** Carries out one call. What it throws is transient; `gone` and `blocked` are ordinary outcomes. */
export async function perform(
  seen: Seen,
  call: Call,
  settings: CertificateSettings,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await performed(seen, call, settings, io, signal);
  } catch (error) {
    // Nothing but another spec, or another Secret, helps: to try again would make keys in vain.
    if (!(error instanceof DecodeError)) throw error;
    const asks = call.kind === 'prepare' || call.kind === 'request';
    const { secretName } = seen.certificate.spec;
    const message = asks ? csrFailure(error.message) : `Failed to build Secret "${secretName}": ${error.message}`;
    return { kind: 'blocked', reason: undefined, message };
  }
}

async function performed(
  seen: Seen,
  call: Call,
  settings: CertificateSettings,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<Outcome> {
  switch (call.kind) {
    case 'prepare':
      return prepare(seen, call, settings, io, signal);
    case 'request': {
      const key = await readKey(seen, call.keySecretName, io, signal);
      return key === undefined ? { kind: 'gone' } : { kind: 'requested', request: newRequest(seen, key, settings, io) };
    }
    case 'store':
      return store(seen, call, settings, io, signal);
    case 'askServer': {
      const { issuer, renewalId } = call;
      const answer = await io.askServer({ issuer, renewalId, uid: seen.certificate.metadata.uid }, signal);
      return { kind: 'answered', answer, jitter: io.random() };
    }
    case 'reapply':
      return reapply(seen, settings, io, signal);
  }
}

async function prepare(
  seen: Seen,
  call: Extract<Call, { kind: 'prepare' }>,
  settings: CertificateSettings,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<Outcome> {
  const { spec, status } = seen.certificate;
  const key =
    call.from === 'new'
      ? await generateKey(keySpecOf(spec.privateKey))
      : await readKey(seen, spec.secretName, io, signal);
  if (key === undefined) return { kind: 'gone' };
  const named =
    call.start === undefined ? await ownName(seen, status?.nextPrivateKeySecretName, io, signal) : undefined;
  return {
    kind: 'prepared',
    keySecretName: named ?? keySecretName(seen, io),
    keyPem: encodePrivateKey(key, 'PKCS8'),
    request: call.request ? newRequest(seen, key, settings, io) : undefined,
  };
}

/** The name in the status, unless a Secret of somebody else has it: whoever may write the status must not get at that (upstream #9224). */
async function ownName(
  seen: Seen,
  name: string | undefined,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (name === undefined || name === seen.certificate.spec.secretName) return undefined;
  const { namespace, uid } = seen.certificate.metadata;
  const holder = await io.fetchSecret(namespace, name, signal);
  return holder === undefined || controllerUid(holder.metadata) === uid ? name : undefined;
}

function keySecretName({ certificate }: Seen, io: CertificateIo): string {
  const { metadata, spec } = certificate;
  const name = generatedName(`${metadata.name}-`, io.random);
  return name === spec.secretName ? generatedName(`${metadata.name.slice(0, 53)}-key-`, io.random) : name;
}

function newRequest(seen: Seen, key: KeyObject, settings: CertificateSettings, io: CertificateIo): NewRequest {
  const { metadata, spec } = seen.certificate;
  const name = settings.gates.StableCertificateRequestName
    ? stableRequestName(metadata.name, nextRevision(seen))
    : generatedName(requestNamePrefix(metadata.name), io.random);
  const request = { name, csrPem: signCsr(csrTemplateOf(spec, settings.gates), key) };
  requireFit(seen, request, settings);
  return request;
}

/** A request that does not read as what it was made from would be deleted at the next look, and made again, for ever. */
function requireFit(seen: Seen, request: NewRequest, settings: CertificateSettings): void {
  requirePemSize(request.csrPem.length, (settings.pemLimits ?? defaultPemLimits).certificateBytes);
  const manifest = requestFor(seen, request, '', settings) as unknown as CertificateRequest;
  const fields = requestViolations(manifest, seen.certificate.spec);
  if (fields.length > 0) throw new DecodeError('CSR', `it cannot say what these fields ask for: [${fields.join(' ')}]`);
}

/** The private key in a Secret of the Certificate's namespace; undefined where Secret or key went away or went bad meanwhile. */
async function readKey(
  seen: Seen,
  name: string,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<KeyObject | undefined> {
  const secret = await io.fetchSecret(seen.certificate.metadata.namespace, name, signal);
  return keyIn(secret, io.pemLimits);
}

function keyIn(secret: RawSecret | undefined, limits: PemLimits): KeyObject | undefined {
  const encoded = secret?.data?.['tls.key'];
  if (encoded === undefined) return undefined;
  try {
    return decodePrivateKey(Buffer.from(encoded, 'base64'), limits);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

async function store(
  seen: Seen,
  call: Extract<Call, { kind: 'store' }>,
  settings: CertificateSettings,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<Outcome> {
  const key = await readKey(seen, call.keySecretName, io, signal);
  const csr = csrOf(call.request);
  if (key === undefined || csr.kind !== 'ok' || keyFactsOf(key).publicKey !== csr.value.publicKey)
    return { kind: 'gone' };
  const { spec } = seen.certificate;
  const encoding = spec.privateKey?.encoding ?? 'PKCS1';
  const issuer = call.temporary ? 'temporary' : call.request.spec.issuerRef;
  const pems = call.temporary
    ? { tlsCrtPem: temporaryCertificate(spec, key, io.now()), caPem: undefined }
    : issuedPems(call.request);
  return buildSecret({ seen, tlsKeyPem: encodePrivateKey(key, encoding), ...pems, issuer }, settings, io, signal);
}

function issuedPems(request: CertificateRequest): { tlsCrtPem: string; caPem: string | undefined } {
  const text = (encoded: string | undefined) => Buffer.from(encoded ?? '', 'base64').toString('utf8');
  return { tlsCrtPem: text(request.status?.certificate), caPem: text(request.status?.ca) || undefined };
}

/** The Secret built anew from what is in it, so that everything around key and certificate is as the spec wants it. */
async function reapply(
  seen: Seen,
  settings: CertificateSettings,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<Outcome> {
  const { metadata, spec } = seen.certificate;
  const secret = await io.fetchSecret(metadata.namespace, spec.secretName, signal);
  if (secret === undefined || secret.metadata.uid !== seen.secret?.metadata.uid) return { kind: 'gone' };
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  const [tlsKeyPem, tlsCrtPem] = [text('tls.key'), text('tls.crt')];
  if (tlsKeyPem === '' || tlsCrtPem === '') return { kind: 'gone' };
  return buildSecret(
    { seen, tlsKeyPem, tlsCrtPem, caPem: text('ca.crt') || undefined, issuer: 'stored' },
    settings,
    io,
    signal,
  );
}
