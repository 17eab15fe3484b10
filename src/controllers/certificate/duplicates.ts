// Which of several Certificates with one spec.secretName may issue into that Secret.
import type { Certificate } from '../../api/certificate.ts';
import { annotations } from '../../api/labels.ts';
import type { Seen } from './seen.ts';

/**
 * The one Certificate that owns the target Secret: the one that the Secret's annotation names, where that is one of those that share it;
 * else the oldest, by name where they are equally old.
 */
export function ownerOfSecret(seen: Pick<Seen, 'certificate' | 'secret' | 'sharing'>): Certificate {
  const named = seen.secret?.metadata.annotations?.[annotations.certificateName];
  const sharing = seen.sharing.length === 0 ? [seen.certificate] : seen.sharing;
  const owner = sharing.find((certificate) => certificate.metadata.name === named);
  return owner ?? sharing.reduce((oldest, candidate) => (isOlder(candidate, oldest) ? candidate : oldest));
}

function isOlder(a: Certificate, b: Certificate): boolean {
  const [left, right] = [Date.parse(a.metadata.creationTimestamp), Date.parse(b.metadata.creationTimestamp)];
  return left === right ? a.metadata.name < b.metadata.name : left < right;
}
