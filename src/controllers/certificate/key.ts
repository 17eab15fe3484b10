// The next private key while an issuance is under way: which Secret holds it, or what must happen first. Pure.

import type { KeyFacts } from '../../pki/facts.ts';
import { keySpecOf, keyViolations } from '../../pki/keys.ts';
import type { SecretFacts, Seen } from './seen.ts';

export type KeyStep =
  | { readonly kind: 'usable'; readonly secret: SecretFacts; readonly key: KeyFacts }
  | { readonly kind: 'discard'; readonly secrets: readonly SecretFacts[]; readonly because: string | undefined }
  | { readonly kind: 'make'; readonly from: 'new' | 'target'; readonly warning: string | undefined }
  | { readonly kind: 'stalled'; readonly message: string };

/** What to do about the next private key (upstream: key manager). Only asked while Issuing is True. */
export function keyStep(seen: Seen): KeyStep {
  const { keySecrets, certificate } = seen;
  const wanted = certificate.status?.nextPrivateKeySecretName;
  if (keySecrets.length === 0) return sourceOf(seen);
  if (keySecrets.length > 1) {
    const surplus = keySecrets.filter((secret) => secret.metadata.name !== wanted);
    return {
      kind: 'discard',
      secrets: surplus.length < keySecrets.length ? surplus : surplus.slice(1),
      because: undefined,
    };
  }
  const [secret] = keySecrets;
  if (secret === undefined) return sourceOf(seen);
  if (wanted !== undefined && wanted !== secret.metadata.name)
    return { kind: 'discard', secrets: [secret], because: undefined };
  // It would be deleted at the end of the issuance, the certificate with it.
  if (secret.metadata.name === certificate.spec.secretName)
    return { kind: 'discard', secrets: [secret], because: undefined };
  const { key } = secret.tls;
  if (key.kind !== 'ok') return { kind: 'discard', secrets: [secret], because: undefined };
  const violations = keyViolations(key.value, certificate.spec);
  if (violations.length > 0)
    return {
      kind: 'discard',
      secrets: [secret],
      because: `Regenerating private key due to change in fields: [${violations.join(' ')}]`,
    };
  return { kind: 'usable', secret, key: key.value };
}

function sourceOf(seen: Seen): KeyStep {
  const { spec } = seen.certificate;
  const stored = seen.secret?.tls.key;
  if (spec.privateKey?.rotationPolicy !== 'Never' || stored === undefined || stored.kind === 'absent')
    return { kind: 'make', from: 'new', warning: undefined };
  if (stored.kind === 'bad')
    return {
      kind: 'make',
      from: 'new',
      warning: `Failed to decode private key stored in Secret "${spec.secretName}" - generating new key`,
    };
  const violations = keyViolations(stored.value, spec);
  if (violations.length === 0) return { kind: 'make', from: 'target', warning: undefined };
  return { kind: 'stalled', message: cannotRegenerate(spec.secretName, violations) };
}

// Word for word what upstream says, its trailing blank included: tools match on it.
function cannotRegenerate(secretName: string, violations: readonly string[]): string {
  return (
    `User intervention required: existing private key in Secret "${secretName}" does not match requirements on Certificate resource, ` +
    `mismatching fields: [${violations.join(' ')}], but cert-manager cannot create new private key as the Certificate's ` +
    `.spec.privateKey.rotationPolicy is unset or set to Never. To allow cert-manager to create a new private key you can set ` +
    `.spec.privateKey.rotationPolicy to 'Always' (this will result in the private key being regenerated every time a cert is renewed) `
  );
}

/** The key that spec.privateKey asks for, with upstream's defaults. */
export const wantedKey = (seen: Seen) => keySpecOf(seen.certificate.spec.privateKey);
