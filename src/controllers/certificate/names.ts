// Names of the objects that belong to a Certificate.
import { createHash } from 'node:crypto';

const randomCharacters = 'bcdfghjklmnpqrstvwxz2456789';
const generatedPrefixLength = 58;

/**
 * The name of the request of one revision: `<certificate>-<revision>`. A name too long for that is cut to 168 characters, down to the
 * last alphanumeric, and made unique by the SHA-256 of the whole name (gate StableCertificateRequestName).
 */
export function stableRequestName(certificateName: string, revision: number): string {
  if (certificateName.length <= 233) return `${certificateName}-${revision}`;
  const hash = createHash('sha256').update(certificateName).digest('hex');
  return `${trimToAlphanumeric(certificateName.slice(0, 168))}-${hash}-${revision}`;
}

/** A fresh name as the API server's generateName would give it: `prefix`, cut to 58 characters, and five random ones. */
export function generatedName(prefix: string, random: () => number): string {
  let suffix = '';
  for (let i = 0; i < 5; i++) suffix += randomCharacters[Math.floor(random() * randomCharacters.length)];
  return prefix.slice(0, generatedPrefixLength) + suffix;
}

/** The prefix of generated request names, with the gate StableCertificateRequestName off. */
export function requestNamePrefix(certificateName: string): string {
  return `${trimToAlphanumeric(certificateName.slice(0, 52))}-`;
}

function trimToAlphanumeric(name: string): string {
  return name.replace(/[^a-zA-Z0-9]+$/, '');
}
