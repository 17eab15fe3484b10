// The `acme` member of an issuer's spec.

import * as z from 'zod';
import { secretKeySelector } from './references.ts';
import { atomicList, bytes, choice, flag, object, text, type Wire } from './schema-words.ts';
import { solver } from './solver.ts';

const externalAccountBinding = object(
  {
    keyID: text('The id of the key, as the authority gave it.'),
    keySecretRef: secretKeySelector('The MAC key as the authority gave it: base64url without padding.'),
    keyAlgorithm: choice(['HS256', 'HS384', 'HS512'], 'Deprecated and ignored: HS256 is always used.').optional(),
  },
  'Ties the ACME account to an account that exists at the authority already.',
);

export const acmeIssuerSpec = object(
  {
    email: text('The contact address of the account.').optional(),
    server: text('The directory address of the ACME server.'),
    preferredChain: z
      .string()
      .max(64)
      .meta({
        description:
          'The common name of an issuer certificate: of the chains that the server offers, one that leads to it is taken, else the first.',
      })
      .optional(),
    caBundle: bytes(
      'CA certificates to trust when talking to the server, instead of those of the system: PEM, then base64. Cannot be combined with `skipTLSVerify`.',
    ).optional(),
    skipTLSVerify: flag(
      'Whether to trust any certificate of the server; for tests only. Read as false when absent.',
    ).optional(),
    externalAccountBinding: externalAccountBinding.optional(),
    privateKeySecretRef: secretKeySelector(
      'Where the private key of the account stands. It is made where it does not exist, unless `disableAccountKeyGeneration` is set.',
      'Key within the data of the Secret. Read as `tls.key` when absent.',
    ),
    solvers: atomicList(
      solver('A way to prove control, and for which names it is used.'),
      'How control of names is proved.',
    ).optional(),
    disableAccountKeyGeneration: flag(
      'Whether to wait for the account key instead of making it, so that an existing account is used. Read as false when absent.',
    ).optional(),
    enableDurationFeature: flag(
      'Whether to tell the server the duration of the Certificate. Many servers refuse such orders. Read as false when absent.',
    ).optional(),
    profile: text('The certificate profile to ask for, where the server offers any.').optional(),
  },
  'Obtains certificates from an ACME server (RFC 8555).',
);

export type ACMEIssuerSpec = Wire<typeof acmeIssuerSpec>;
export type ExternalAccountBinding = Wire<typeof externalAccountBinding>;
