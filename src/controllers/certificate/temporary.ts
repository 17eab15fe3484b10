// Whether a Certificate wants a temporary, self-signed certificate while its issuer takes its time. Pure.
import { annotations } from '../../api/labels.ts';
import { pairViolation } from './rules.ts';
import type { Seen } from './seen.ts';

/** True where the annotation asks for it and the Secret holds no usable pair of key and certificate (steps 1 to 3 of the trigger). */
export function wantsTemporary(seen: Seen): boolean {
  return (
    seen.certificate.metadata.annotations?.[annotations.issueTemporaryCertificate] === 'true' &&
    pairViolation(seen) !== undefined
  );
}
