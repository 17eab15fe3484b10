// The `ca` and `selfSigned` members of an issuer's spec.
import { object, text, textList, type Wire } from './schema-words.ts';

const crlDistributionPoints = textList(
  'Addresses of revocation lists to state in each certificate. None when empty.',
).optional();

export const caIssuerSpec = object(
  {
    secretName: text(
      'The Secret with the CA: its certificate, with intermediates, under `tls.crt`, its key under `tls.key`, and optionally the root under `ca.crt`. For a ClusterIssuer it stands in the cluster resource namespace.',
    ),
    crlDistributionPoints,
    ocspServers: textList('Addresses of OCSP responders to state in each certificate. None when empty.').optional(),
    issuingCertificateURLs: textList(
      'Addresses where the certificate of this CA can be fetched, to state in each certificate. None when empty.',
    ).optional(),
  },
  'Signs with a CA whose key stands in a Secret.',
);

export const selfSignedIssuerSpec = object(
  { crlDistributionPoints },
  'Signs each certificate with its own private key; mostly used to make a root CA.',
);

export type CAIssuerSpec = Wire<typeof caIssuerSpec>;
export type SelfSignedIssuerSpec = Wire<typeof selfSignedIssuerSpec>;
