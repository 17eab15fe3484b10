// What can be wrong with the target Secret, one small rule each, in the order that both chains share: the one that re-issues (reissue.ts)
// and the one that tells readiness (readiness.ts). Reasons and messages are upstream's, word for word: tools match on them.

import type { Certificate } from '../../api/certificate.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { reasons } from '../../api/conditions.ts';
import { annotations } from '../../api/labels.ts';
import { issuerReferenceOf } from '../../api/references.ts';
import { DecodeError } from '../../base/errors.ts';
import { csrOf } from '../../pki/csr.ts';
import type { LeafFacts } from '../../pki/facts.ts';
import { keyViolations } from '../../pki/keys.ts';
import { leafViolations, requestViolations } from '../../pki/match.ts';
import { currentRequest } from './revisions.ts';
import type { SecretFacts, Seen } from './seen.ts';

export interface Violation {
  readonly reason: string;
  readonly message: string;
}

/** All that rules look at. `current` is the request that led to what is in the Secret, where it still exists. */
export interface Stored {
  readonly certificate: Certificate;
  readonly secret: SecretFacts | undefined;
  readonly current: CertificateRequest | undefined;
}

export type Rule = (stored: Stored) => Violation | undefined;

export const secretExists: Rule = ({ secret }) =>
  secret === undefined ? violation(reasons.DoesNotExist, 'Issuing certificate as Secret does not exist') : undefined;

export const hasData: Rule = ({ secret }) => {
  const missing = (what: string) =>
    violation(reasons.MissingData, `Issuing certificate as Secret does not contain ${what}`);
  if (secret === undefined) return undefined;
  if (!secret.hasData) return missing('any data');
  if (secret.tls.key.kind === 'absent') return missing('a private key');
  if (secret.tls.leaf.kind === 'absent') return missing('a certificate');
  return undefined;
};

export const keyFitsCertificate: Rule = ({ secret }) => {
  if (secret === undefined) return undefined;
  const { key, leaf } = secret.tls;
  if (key.kind === 'bad')
    return violation(
      reasons.InvalidKeyPair,
      `Issuing certificate as Secret contains invalid private key data: ${key.error}`,
    );
  if (leaf.kind === 'bad')
    return violation(
      reasons.InvalidCertificate,
      `Issuing certificate as Secret contains an invalid certificate: ${leaf.error}`,
    );
  if (key.kind !== 'ok' || leaf.kind !== 'ok' || key.value.publicKey === leaf.value.publicKey) return undefined;
  return violation(
    reasons.InvalidKeyPair,
    'Issuing certificate as Secret contains a private key that does not match the certificate',
  );
};

/** Kind and group count even where the Secret has no issuer annotation at all, the name only where it has one of the three. */
export const comesFromIssuer: Rule = ({ certificate, secret }) => {
  if (secret === undefined) return undefined;
  const stored = secret.metadata.annotations ?? {};
  const [name, kind, group] = [annotations.issuerName, annotations.issuerKind, annotations.issuerGroup].map(
    (key) => stored[key],
  );
  const annotated = name !== undefined || kind !== undefined || group !== undefined;
  const found = issuerReferenceOf({ name: name ?? '', kind: kind ?? '', group: group ?? '' });
  const wanted = issuerReferenceOf(certificate.spec.issuerRef);
  const sameName = !annotated || found.name === wanted.name;
  if (sameName && found.kind === wanted.kind && found.group === wanted.group) return undefined;
  return violation(
    reasons.IncorrectIssuer,
    `Issuing certificate as Secret was previously issued by "${found.kind}.${found.group}/${found.name}"`,
  );
};

export const belongsToCertificate: Rule = ({ certificate, secret }) => {
  const name = secret?.metadata.annotations?.[annotations.certificateName];
  if (name === undefined || name === certificate.metadata.name) return undefined;
  return violation(
    reasons.IncorrectCertificate,
    `Secret was issued for ${JSON.stringify(name)}. If this message is not transient, you might have two conflicting Certificates pointing to the same secret.`,
  );
};

export const keyFitsSpec: Rule = ({ certificate, secret }) => {
  const key = okKey(secret);
  const fields = key === undefined ? [] : keyViolations(key, certificate.spec);
  if (fields.length === 0) return undefined;
  return violation(reasons.SecretMismatch, `Existing private key is not up to date for spec: [${fields.join(' ')}]`);
};

export const keyFitsRequest: Rule = ({ secret, current }) => {
  const key = okKey(secret);
  if (current === undefined || key === undefined) return undefined;
  const csr = csrOf(current);
  if (csr.kind !== 'ok') {
    const error = csr.kind === 'bad' ? csr.error : 'no CSR';
    return violation(reasons.InvalidCertificateRequest, `Failed to decode current CertificateRequest: ${error}`);
  }
  if (csr.value.keyFacts === undefined)
    return violation(
      reasons.InvalidCertificateRequest,
      "CertificateRequest's public key is invalid: unknown type of key",
    );
  if (csr.value.publicKey === key.publicKey) return undefined;
  return violation(
    reasons.SecretMismatch,
    'Secret contains a private key that does not match the current CertificateRequest',
  );
};

/** Where the request is gone, the names of the certificate itself are compared, tolerantly: issuers may change the rest. */
export const requestFitsSpec: Rule = ({ certificate, secret, current }) => {
  if (current === undefined) return leafFitsSpec(certificate, okLeaf(secret));
  const fields = requestFields(current, certificate);
  if (fields.length === 0) return undefined;
  return violation(
    reasons.RequestChanged,
    `Fields on existing CertificateRequest resource not up to date: [${fields.join(' ')}]`,
  );
};

/** Steps 1 to 8 of both chains. */
export const sharedRules: readonly Rule[] = [
  secretExists,
  hasData,
  keyFitsCertificate,
  comesFromIssuer,
  belongsToCertificate,
  keyFitsSpec,
  keyFitsRequest,
  requestFitsSpec,
];

const pairRules: readonly Rule[] = [secretExists, hasData, keyFitsCertificate];

/** The violation of the first rule that is violated. */
export function firstViolation(rules: readonly Rule[], stored: Stored): Violation | undefined {
  for (const rule of rules) {
    const found = rule(stored);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Steps 1 to 3: undefined where the Secret holds some key and a certificate for it. */
export function pairViolation(seen: Pick<Seen, 'certificate' | 'secret' | 'requests'>): Violation | undefined {
  return firstViolation(pairRules, storedOf(seen));
}

export function storedOf(seen: Pick<Seen, 'certificate' | 'secret' | 'requests'>): Stored {
  return { certificate: seen.certificate, secret: seen.secret, current: currentRequest(seen) };
}

/**
 * The fields of the spec that ask for something else than the last issuance did: compared with its request, or, where that is gone, with
 * what is in the Secret. Empty where nothing was issued yet.
 */
export function violationsOf(seen: Pick<Seen, 'certificate' | 'secret' | 'requests'>): readonly string[] {
  const { certificate, secret, current } = storedOf(seen);
  if (current !== undefined) {
    const csr = csrOf(current);
    const keyFacts = csr.kind === 'ok' ? csr.value.keyFacts : undefined;
    const ofKey = keyFacts === undefined ? [] : keyViolations(keyFacts, certificate.spec);
    return [...ofKey, ...requestFields(current, certificate)];
  }
  const [key, leaf] = [okKey(secret), okLeaf(secret)];
  const ofKey = key === undefined ? [] : keyViolations(key, certificate.spec);
  return [...ofKey, ...(leaf === undefined ? [] : leafViolations(leaf, certificate.spec))];
}

function leafFitsSpec(certificate: Certificate, leaf: LeafFacts | undefined): Violation | undefined {
  const fields = leaf === undefined ? [] : leafViolations(leaf, certificate.spec);
  if (fields.length === 0) return undefined;
  return violation(
    reasons.SecretMismatch,
    `Issuing certificate as Existing issued Secret is not up to date for spec: [${fields.join(' ')}]`,
  );
}

/** A request that cannot be decoded says nothing about the certificate that came of it. */
function requestFields(request: CertificateRequest, certificate: Certificate): readonly string[] {
  try {
    return requestViolations(request, certificate.spec);
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

function okKey(secret: SecretFacts | undefined) {
  return secret?.tls.key.kind === 'ok' ? secret.tls.key.value : undefined;
}

function okLeaf(secret: SecretFacts | undefined) {
  return secret?.tls.leaf.kind === 'ok' ? secret.tls.leaf.value : undefined;
}

export const violation = (reason: string, message: string): Violation => ({ reason, message });
