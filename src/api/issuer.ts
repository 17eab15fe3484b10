// Issuer and ClusterIssuer, cert-manager.io/v1: who signs, and whether it can. The two differ only in scope.
import { acmeIssuerSpec } from './acme-issuer.ts';
import { caIssuerSpec, selfSignedIssuerSpec } from './ca-issuer.ts';
import { observedConditions } from './conditions.ts';
import type { Resource } from './meta.ts';
import { dateTime, object, text, type Wire } from './schema-words.ts';
import { vaultIssuerSpec } from './vault.ts';
import { venafiIssuerSpec } from './venafi.ts';

export const issuerSpec = object(
  {
    acme: acmeIssuerSpec.optional(),
    ca: caIssuerSpec.optional(),
    selfSigned: selfSignedIssuerSpec.optional(),
    vault: vaultIssuerSpec.optional(),
    venafi: venafiIssuerSpec.optional(),
  },
  'What signs. Exactly one member must be set.',
);

const acmeStatus = object(
  {
    uri: text('The address of the account at the ACME server.').optional(),
    lastRegisteredEmail: text('The contact address that the server was last told.').optional(),
    lastPrivateKeyHash: text('The SHA-256 hash, in base64, of the account key that was last registered.').optional(),
    pausedUntil: dateTime(
      'Only certwright: the server asked for rest (rateLimited); nothing is asked of it in the name of this account before this time.',
    ).optional(),
  },
  'What is known about the ACME account.',
);

export const issuerStatus = object(
  {
    conditions: observedConditions('State of the issuer: Ready.').optional(),
    acme: acmeStatus.optional(),
  },
  'Whether the issuer can sign. Written by the controller.',
);

export type IssuerSpec = Wire<typeof issuerSpec>;
export type IssuerStatus = Wire<typeof issuerStatus>;

/** An Issuer or a ClusterIssuer. */
export interface Issuer extends Resource<IssuerSpec, IssuerStatus> {
  readonly kind: 'Issuer' | 'ClusterIssuer';
}
