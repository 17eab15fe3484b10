// The rules of a Certificate's private key and of the algorithm that its request is signed with.
import { type FieldError, invalid, notSupported } from '../findings.ts';
import { type Members, membersOf, textOf } from './members.ts';

const [smallestRsa, largestRsa] = [2048, 8192];
const ecdsaSizes = [256, 384, 521];

const allowedSignatures: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['SHA256WithRSA', 'SHA384WithRSA', 'SHA512WithRSA']],
  ['ECDSA', ['ECDSAWithSHA256', 'ECDSAWithSHA384', 'ECDSAWithSHA512']],
  ['Ed25519', ['PureEd25519']],
]);

/** Sizes are those of RSA where no algorithm is given; Ed25519 has none. */
export function keyErrors(key: Members | undefined): FieldError[] {
  if (key === undefined) return [];
  const algorithm = textOf(key['algorithm']);
  const size = typeof key['size'] === 'number' ? key['size'] : 0;
  const path = 'spec.privateKey.size';
  switch (algorithm) {
    case '':
    case 'RSA':
      if (size <= 0 || (size >= smallestRsa && size <= largestRsa)) return [];
      return [invalid(path, size, `must be between ${smallestRsa} and ${largestRsa} for rsa keyAlgorithm`)];
    case 'ECDSA':
      return size <= 0 || ecdsaSizes.includes(size) ? [] : [notSupported(path, size, ecdsaSizes.map(String))];
    case 'Ed25519':
      return [];
    default:
      return [invalid('spec.privateKey.algorithm', algorithm, 'must be either empty or one of rsa, ecdsa or ed25519')];
  }
}

/** The algorithm must be one of the key's; what an unknown key allows is not known. */
export function signatureErrors(spec: Members): FieldError[] {
  const signature = textOf(spec['signatureAlgorithm']);
  const family = textOf(membersOf(spec['privateKey'])?.['algorithm']) || 'RSA';
  const allowed = allowedSignatures.get(family);
  if (signature === '' || allowed === undefined || allowed.includes(signature)) return [];
  const detail = `for key algorithm ${family} the allowed signature algorithms are [${allowed.join(' ')}]`;
  return [invalid('spec.signatureAlgorithm', signature, detail)];
}
