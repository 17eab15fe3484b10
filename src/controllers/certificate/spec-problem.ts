// What keeps a Certificate from being served although the API server took it: names, sizes and keys that no request, no key or no Secret can
// be made of. Said once in the status instead of being tried for ever. Pure.
import type { CertificateSpec } from '../../api/certificate.ts';
import { labels } from '../../api/labels.ts';
import { DecodeError } from '../../base/errors.ts';
import { csrTemplateOf } from '../../pki/csr.ts';
import { keySpecOf } from '../../pki/keys.ts';
import { defaultPemLimits, requirePemSize } from '../../pki/limits.ts';
import { familyOf } from '../../pki/signature.ts';
import type { CertificateSettings, Seen } from './seen.ts';

/** Why nothing can be issued for the spec; undefined where something can. */
export function specProblem(seen: Seen, settings: CertificateSettings): string | undefined {
  return secretProblem(seen) ?? csrProblem(seen.certificate.spec, settings);
}

/** Why the target Secret cannot be written. */
export function secretProblem({ certificate, secret }: Pick<Seen, 'certificate' | 'secret'>): string | undefined {
  const { secretName, secretTemplate } = certificate.spec;
  if (secretName.length > 253 || !subdomain.test(secretName))
    return `spec.secretName ${quoted(secretName)} is not a name that a Secret can have`;
  const label = Object.entries(secretTemplate?.labels ?? {}).find(([key, value]) => !isLabel(key, value));
  if (label !== undefined) return `spec.secretTemplate.labels: ${quoted(label.join('='))} is not a label`;
  if (Object.hasOwn(secretTemplate?.labels ?? {}, labels.nextPrivateKey))
    return `spec.secretTemplate.labels: "${labels.nextPrivateKey}" is kept for next private keys`;
  const key = Object.keys(secretTemplate?.annotations ?? {}).find((name) => !isQualified(name.toLowerCase()));
  if (key !== undefined) return `spec.secretTemplate.annotations: ${quoted(key)} is not a key of annotations`;
  return keyOfAnother(certificate.metadata.uid, secret);
}

/** A Secret that another Certificate keeps its next private key in is deleted by that one, and must not be written by this one. */
function keyOfAnother(uid: string, secret: Seen['secret']): string | undefined {
  if (secret?.metadata.labels?.[labels.nextPrivateKey] !== 'true') return undefined;
  const owner = secret.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner?.kind !== 'Certificate' || owner.uid === uid) return undefined;
  return `Secret "${secret.metadata.name}" holds the next private key of Certificate "${owner.name}"`;
}

function csrProblem(spec: CertificateSpec, { gates, pemLimits = defaultPemLimits }: CertificateSettings) {
  try {
    // A request that is larger could not be read again. First of all: what follows is not made for such sizes.
    requirePemSize(leastPemSize(spec), pemLimits.certificateBytes);
    requirePlainText(spec);
    const { signatureAlgorithm } = csrTemplateOf(spec, gates);
    if (familyOf(signatureAlgorithm) !== keySpecOf(spec.privateKey).algorithm)
      throw new DecodeError('certificate spec', `${signatureAlgorithm} needs another kind of key`);
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return csrFailure(error.message);
  }
}

/** In upstream's words. */
export const csrFailure = (message: string): string => `Failed to generate CSR: ${message} - will not retry`;

const named = [
  'commonName',
  'subject',
  'literalSubject',
  'dnsNames',
  'ipAddresses',
  'uris',
  'emailAddresses',
  'otherNames',
] as const;

/** PEM is at least this large: four characters for three bytes, and two bytes before each text. */
function leastPemSize(spec: CertificateSpec): number {
  const parts = [...named.map((field) => spec[field]), spec.usages, spec.nameConstraints];
  return Math.floor((parts.reduce((sum: number, part) => sum + leastDerSize(part), 0) * 4) / 3);
}

function leastDerSize(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + leastDerSize(inner), 0);
}

const control = /[\u0000-\u001f\u007f]/;

/** A name that looks like another one on a screen or in a log is no name: issuers and clients disagree on what it means. */
function requirePlainText(spec: CertificateSpec): void {
  for (const field of named) {
    const texts = textsIn(spec[field]);
    const bad = texts.find((text) => control.test(text) || !text.isWellFormed());
    if (bad === undefined) continue;
    const what = control.test(bad) ? 'a control character' : 'half of a surrogate pair';
    throw new DecodeError('certificate spec', `spec.${field}: ${quoted(bad)} contains ${what}`);
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const word = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

function isLabel(key: string, value: string): boolean {
  return isQualified(key) && (value === '' || (value.length <= 63 && word.test(value)));
}

/** A key of labels or annotations: a word of at most 63 characters, with or without a domain before it. */
function isQualified(key: string): boolean {
  const [last = '', domain, ...more] = key.split('/').reverse();
  if (more.length > 0 || last.length > 63 || !word.test(last)) return false;
  return domain === undefined || (domain.length <= 253 && subdomain.test(domain));
}

const shown = 64;

function quoted(text: string): string {
  return JSON.stringify(text.length > shown ? `${text.slice(0, shown)}…` : text);
}
