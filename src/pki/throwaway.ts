// The certificate that stands in until the issuer has answered: signed by a CA that exists only while it signs.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { CertificateSpec } from '../api/certificate.ts';
import { parseDuration } from '../base/duration.ts';
import { signCertificate, validityOf } from './certificate.ts';
import { subjectAltNameExtension } from './csr.ts';
import { encodeName, subjectOf } from './distinguished-name.ts';
import { subjectKeyIdOf } from './extensions.ts';
import { encodeGeneralNames, generalNamesOf } from './general-names.ts';
import { usagesOf } from './key-usage.ts';
import { keyFactsOf, spkiOf } from './keys.ts';
import { decodePublicKey } from './public-key.ts';

const defaultDurationMs = 90 * 24 * 3600 * 1000;
const caSubject = encodeName(subjectOf(undefined, 'cert-manager.local'));

/**
 * PEM of a certificate for `key` with the subject, names, usages and duration of `spec`; literal subject, other names and name constraints
 * are left out, as upstream does. Throws DecodeError where a name cannot be encoded.
 */
export function temporaryCertificate(spec: CertificateSpec, key: KeyObject, now: Date): string {
  const ca = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey;
  const isCA = spec.isCA === true;
  const usages = usagesOf(spec.usages, isCA);
  const subject = subjectOf(spec.subject, spec.commonName);
  const names = generalNamesOf({ ...spec, otherNames: undefined });
  const durationMs = (spec.duration ? parseDuration(spec.duration) : undefined) ?? defaultDurationMs;
  return signCertificate(
    {
      subjectDer: encodeName(subject),
      spki: spkiOf(key),
      ...validityOf(now, durationMs),
      isCA,
      keyUsage: usages.bits,
      extKeyUsage: usages.oids,
      subjectAltName:
        names.length === 0 ? undefined : subjectAltNameExtension(encodeGeneralNames(names), subject.length === 0),
    },
    {
      key: ca,
      facts: keyFactsOf(ca),
      subjectDer: caSubject,
      ski: subjectKeyIdOf(decodePublicKey(spkiOf(ca)).bits),
    },
  );
}
