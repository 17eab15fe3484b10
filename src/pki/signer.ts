// Signing requests with a CA from a Secret, or with the requester's own key: the whole way from CSR to PEM. Knows no Kubernetes.
import type { KeyObject } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import {
  type CertificateTemplate,
  certificateTemplateFor,
  decodeCertificates,
  type IssuanceOptions,
  type ParsedCertificate,
  type SigningIdentity,
  signCertificate,
} from './certificate.ts';
import { canSign, chainPems, orderChain } from './chain.ts';
import type { Csr } from './csr.ts';
import { subjectKeyIdOf } from './extensions.ts';
import { decodePrivateKey, keyFactsOf } from './keys.ts';
import { defaultPemLimits, type PemLimits } from './limits.ts';
import { decodePublicKey } from './public-key.ts';

/** What is kept of a CA's Secret: everything that does not depend on the request. */
export interface Signer {
  readonly identity: SigningIdentity;
  readonly certificate: ParsedCertificate;
  /** Follows the leaf in tls.crt: the intermediates, without the root. */
  readonly intermediatesPem: string;
  /** ca.crt of what it signs. */
  readonly caPem: string;
  /**
   * Why it cannot sign although everything could be read; `what` is `key pair` where key and certificate do not belong together, `chain`
   * where the certificates are no single chain above a CA that may sign. `signRequest` throws it.
   */
  readonly problem: DecodeError | undefined;
}

/** Of a CA's Secret: tls.crt, tls.key and, where it is there, ca.crt. */
export interface SignerInput {
  readonly certificatesPem: string | Uint8Array;
  readonly keyPem: string | Uint8Array;
  readonly caPem?: string | Uint8Array | undefined;
}

export interface SigningOptions extends IssuanceOptions {
  readonly crlDistributionPoints?: readonly string[] | undefined;
  readonly ocspServers?: readonly string[] | undefined;
  readonly issuingCertificateURLs?: readonly string[] | undefined;
}

export interface IssuedPems {
  /** Leaf first. */
  readonly certificatePem: string;
  readonly caPem: string;
}

/** Reads a CA: the first certificate of tls.crt signs. Throws DecodeError where anything cannot be read; what does not fit is a `problem`. */
export function parseSigner(input: SignerInput, limits: PemLimits = defaultPemLimits): Signer {
  const key = decodePrivateKey(input.keyPem, limits);
  const certificates = decodeCertificates(input.certificatesPem, limits.chainBytes);
  const hasCa = input.caPem !== undefined && input.caPem.length > 0;
  const extra = hasCa ? decodeCertificates(input.caPem!, limits.bundleBytes).slice(0, 1) : [];
  const certificate = certificates[0]!;
  const facts = keyFactsOf(key);
  const identity: SigningIdentity = { key, facts, subjectDer: certificate.subjectDer, ski: certificate.ski };
  const parsed = { identity, certificate };
  if (facts.publicKey !== certificate.publicKey) {
    const message = "error creating x509 certificate: x509: provided PrivateKey doesn't match parent's PublicKey";
    return { ...parsed, intermediatesPem: '', caPem: '', problem: new DecodeError('key pair', message) };
  }
  return { ...parsed, ...chainAbove(certificate, [...certificates, ...extra]) };
}

function chainAbove(
  certificate: ParsedCertificate,
  certificates: readonly ParsedCertificate[],
): Pick<Signer, 'intermediatesPem' | 'caPem' | 'problem'> {
  try {
    const ordered = orderChain(certificates);
    if (ordered[0] !== certificate || !canSign(certificate)) {
      throw new DecodeError('chain', 'certificate chain is malformed or broken');
    }
    const { chainPem, caPem } = chainPems(ordered);
    // A root alone stands in both; below it, the leaf stands alone in tls.crt.
    const rootAlone = ordered.length === 1 && caPem !== '';
    return {
      intermediatesPem: rootAlone ? '' : chainPem,
      caPem: caPem === '' ? certificate.pem : caPem,
      problem: undefined,
    };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { intermediatesPem: '', caPem: '', problem: error };
  }
}

/**
 * Signs a request with a CA. The chain above the leaf was settled by `parseSigner` and is not verified again. Throws DecodeError: with
 * `what` `CSR` or `usages` where the request contradicts itself, `key pair` or `chain` where the CA cannot sign, else for its key.
 */
export function signRequest(csr: Csr, signer: Signer, options: SigningOptions): IssuedPems {
  return signTemplate(certificateTemplateFor(csr, options), signer, options);
}

/** As `signRequest`, for who must tell errors of the template from those of signing. */
export function signTemplate(
  template: CertificateTemplate,
  signer: Signer,
  options: Omit<SigningOptions, keyof IssuanceOptions>,
): IssuedPems {
  if (signer.problem !== undefined) throw signer.problem;
  const { crlDistributionPoints, ocspServers, issuingCertificateURLs } = options;
  const leaf = signCertificate(
    { ...template, crlDistributionPoints, ocspServers, issuingCertificateURLs },
    signer.identity,
  );
  return { certificatePem: leaf + signer.intermediatesPem, caPem: signer.caPem };
}

/**
 * Signs a request with the key it was made with. Throws DecodeError as `signRequest` does, with `what` `key pair` where the CSR was made
 * with another key.
 */
export function selfSignRequest(
  csr: Csr,
  key: KeyObject,
  options: IssuanceOptions & Pick<SigningOptions, 'crlDistributionPoints'>,
): IssuedPems {
  const template = certificateTemplateFor(csr, options);
  const facts = keyFactsOf(key);
  if (facts.publicKey !== csr.publicKey) {
    throw new DecodeError('key pair', 'CSR not signed by referenced private key');
  }
  const ski = subjectKeyIdOf(decodePublicKey(csr.spki).bits);
  const certificatePem = signCertificate(
    { ...template, crlDistributionPoints: options.crlDistributionPoints },
    { key, facts, subjectDer: csr.subjectDer, ski },
  );
  return { certificatePem, caPem: certificatePem };
}
