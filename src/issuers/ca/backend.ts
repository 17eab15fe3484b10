// The `ca` issuer type: signs with a key pair from a Secret. What is signed and how chains are cut is src/pki's business.
import type { CAIssuerSpec } from '../../api/ca-issuer.ts';
import { decodeCsr } from '../../pki/csr.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { type Signer, signRequest } from '../../pki/signer.ts';
import type { BackendIo, CheckOutcome, IssuerBackend, SecretData, SigningRequest, SignOutcome } from '../backend.ts';
import { decodeErrorText, errorText, isRequestFault, issuanceOptions, secretNotFound } from '../signing.ts';
import { type CaSecret, keyPairFault, parseCaSecret } from './key-pair.ts';

const errorPrefix = 'Error getting keypair for CA issuer: ';

/**
 * The backend of `spec.ca`. Set-up looks at tls.crt, tls.key and whether the first certificate is a CA; expiry, matching key, key usage and
 * ca.crt only matter when something is signed (upstream).
 */
export function createCaBackend({ limits }: { readonly limits: PemLimits }): IssuerBackend<CAIssuerSpec> {
  const parse = (data: SecretData): CaSecret => parseCaSecret(data, limits);
  return {
    type: 'ca',
    requestController: 'certificaterequests-issuer-ca',
    local: true,
    undecodableHint:
      "with CA issuers, ensure the Certificate's secretName is different from the CA issuer's secretName to avoid overwriting the CA secret",
    config: (issuer) => issuer.spec.ca,
    references: (config) => [{ kind: 'Secret', name: config.secretName }],
    check: async (config, io) => checkOf(await read(config, io, parse), config, io),
    sign: async (request, config, io) => answerOf(await read(config, io, parse), request, config, io, limits),
  };
}

type Read =
  | { readonly kind: 'read'; readonly secret: CaSecret }
  | { readonly kind: 'missing'; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: unknown };

async function read(config: CAIssuerSpec, io: BackendIo, parse: (data: SecretData) => CaSecret): Promise<Read> {
  try {
    const secret = await io.secret(config.secretName, parse);
    if (secret === undefined) return { kind: 'missing', error: secretNotFound(config.secretName) };
    return { kind: 'read', secret };
  } catch (cause) {
    io.signal.throwIfAborted();
    return { kind: 'failed', error: errorText(cause), cause };
  }
}

function checkOf(found: Read, config: CAIssuerSpec, io: BackendIo): CheckOutcome {
  const error =
    found.kind === 'read' ? keyPairFault(found.secret, `${io.resourceNamespace}/${config.secretName}`) : found.error;
  if (error !== undefined) {
    return {
      kind: 'notReady',
      reason: 'ErrGetKeyPair',
      message: errorPrefix + error,
      announce: true,
      initError: error,
      ...(found.kind === 'failed' ? { error: found.cause } : {}),
    };
  }
  if (found.kind === 'read' && found.secret.certificate.kind === 'ok' && found.secret.certificate.value.isCA) {
    return { kind: 'ready', reason: 'KeyPairVerified', message: 'Signing CA verified', announce: true };
  }
  const message = `${errorPrefix}certificate is not a CA`;
  return { kind: 'notReady', reason: 'ErrInvalidKeyPair', message, announce: true };
}

function answerOf(
  found: Read,
  request: SigningRequest,
  config: CAIssuerSpec,
  io: BackendIo,
  limits: PemLimits,
): SignOutcome {
  const name = `${io.resourceNamespace}/${config.secretName}`;
  if (found.kind === 'missing') {
    return { kind: 'pending', reason: 'SecretMissing', message: `Referenced secret ${name} not found: ${found.error}` };
  }
  if (found.kind === 'failed') {
    const message = `Failed to get certificate key pair from secret ${name}: ${found.error}`;
    return { kind: 'pending', reason: 'SecretGetError', message, error: found.cause };
  }
  const { signer } = found.secret;
  if (signer.kind === 'ok') return signWith(signer.value, request, config, io.now(), limits);
  const error = signer.kind === 'bad' ? signer.error : keyPairFault(found.secret, name);
  const message = `Failed to parse signing CA keypair from secret ${name}: ${error}`;
  return { kind: 'pending', reason: 'SecretInvalidData', message };
}

function signWith(
  signer: Signer,
  request: SigningRequest,
  config: CAIssuerSpec,
  now: Date,
  limits: PemLimits,
): SignOutcome {
  try {
    const csr = decodeCsr(request.csrPem, limits);
    const { crlDistributionPoints, ocspServers, issuingCertificateURLs } = config;
    const urls = { crlDistributionPoints, ocspServers, issuingCertificateURLs };
    const { certificatePem, caPem } = signRequest(csr, signer, { ...issuanceOptions(request, now), ...urls });
    return { kind: 'issued', certificatePem, caPem };
  } catch (error) {
    const failure = isRequestFault(error) ? 'Error generating certificate template' : 'Error signing certificate';
    return { kind: 'rejected', reason: 'SigningError', message: `${failure}: ${decodeErrorText(error)}` };
  }
}
