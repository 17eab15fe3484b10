// The `selfSigned` issuer type: signs each certificate with the private key that its request names.
import type { KeyObject } from 'node:crypto';
import type { SelfSignedIssuerSpec } from '../../api/ca-issuer.ts';
import { annotations } from '../../api/labels.ts';
import { DecodeError } from '../../base/errors.ts';
import { decodeCsr } from '../../pki/csr.ts';
import type { Decoded } from '../../pki/facts.ts';
import { decodePrivateKey } from '../../pki/keys.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { selfSignRequest } from '../../pki/signer.ts';
import type { BackendIo, IssuerBackend, Note, SecretData, SigningRequest, SignOutcome } from '../backend.ts';
import { decodeErrorText, errorText, isRequestFault, issuanceOptions, secretNotFound } from '../signing.ts';

const annotation = annotations.privateKeySecretName;

const emptyIssuer: Note = {
  reason: 'BadConfig',
  message:
    'Certificate will be issued with an empty Issuer DN, which contravenes RFC 5280 and could break some strict clients',
};

/** The backend of `spec.selfSigned`: always ready. The key stands in the namespace of the request, under `tls.key`. */
export function createSelfSignedBackend({
  limits,
}: {
  readonly limits: PemLimits;
}): IssuerBackend<SelfSignedIssuerSpec> {
  return {
    type: 'selfSigned',
    requestController: 'certificaterequests-issuer-selfsigned',
    local: true,
    config: (issuer) => issuer.spec.selfSigned,
    references: () => [],
    requestReferences: (request) => [{ kind: 'Secret', name: request.metadata.annotations?.[annotation] ?? '' }],
    check: () => Promise.resolve({ kind: 'ready', reason: 'IsReady', message: '' }),
    sign: (request, config, io) => sign(request, config, io, limits),
  };
}

async function sign(
  request: SigningRequest,
  config: SelfSignedIssuerSpec,
  io: BackendIo,
  limits: PemLimits,
): Promise<SignOutcome> {
  const secretName = request.annotations[annotation] ?? '';
  if (secretName === '') {
    return rejected('MissingAnnotation', `Annotation "${annotation}" missing or reference empty: secret name missing`);
  }
  const key = await readKey(secretName, request.namespace, io, limits);
  return key.kind === 'pending' ? key : signWith(key.value, request, config, io.now(), limits);
}

async function readKey(
  secretName: string,
  namespace: string,
  io: BackendIo,
  limits: PemLimits,
): Promise<Extract<Decoded<KeyObject>, { kind: 'ok' }> | Extract<SignOutcome, { kind: 'pending' }>> {
  const name = `${namespace}/${secretName}`;
  let key: Decoded<KeyObject> | undefined;
  try {
    key = await io.requestSecret(secretName, (data) => parseKey(data, limits));
  } catch (error) {
    io.signal.throwIfAborted();
    const message = `Failed to get certificate key pair from secret ${name}: ${errorText(error)}`;
    return { kind: 'pending', reason: 'ErrorGettingSecret', message, error };
  }
  if (key === undefined) {
    const message = `Referenced secret ${name} not found: ${secretNotFound(secretName)}`;
    return { kind: 'pending', reason: 'MissingSecret', message };
  }
  if (key.kind === 'ok') return key;
  const text = key.kind === 'bad' ? key.error : `no data for "tls.key" in secret '${name}'`;
  const message = `Failed to get key "${secretName}" referenced in annotation "${annotation}": ${text}`;
  return { kind: 'pending', reason: 'ErrorParsingKey', message };
}

function parseKey(data: SecretData, limits: PemLimits): Decoded<KeyObject> {
  const bytes = data['tls.key'];
  if (bytes === undefined) return { kind: 'absent' };
  try {
    return { kind: 'ok', value: decodePrivateKey(bytes, limits) };
  } catch (error) {
    return { kind: 'bad', error: decodeErrorText(error) };
  }
}

function signWith(
  key: KeyObject,
  request: SigningRequest,
  config: SelfSignedIssuerSpec,
  now: Date,
  limits: PemLimits,
): SignOutcome {
  let notes: readonly Note[] = [];
  try {
    const csr = decodeCsr(request.csrPem, limits);
    if (csr.subject.length === 0) notes = [emptyIssuer];
    const { crlDistributionPoints } = config;
    const issued = selfSignRequest(csr, key, { ...issuanceOptions(request, now), crlDistributionPoints });
    return { kind: 'issued', ...issued, notes };
  } catch (error) {
    return failureOf(error, notes);
  }
}

function failureOf(error: unknown, notes: readonly Note[]): SignOutcome {
  const text = decodeErrorText(error);
  if (isRequestFault(error)) return rejected('ErrorGenerating', `Error generating certificate template: ${text}`);
  // Upstream's words: the key is compared while the template is made.
  const isOtherKey = error instanceof DecodeError && error.what === 'key pair';
  if (isOtherKey) return rejected('ErrorKeyMatch', `Error generating certificate template: ${text}`, notes);
  return rejected('ErrorSigning', `Error signing certificate: ${text}`, notes);
}

function rejected(reason: string, message: string, notes: readonly Note[] = []): SignOutcome {
  return { kind: 'rejected', reason, message, notes };
}
