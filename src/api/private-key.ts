// spec.privateKey of a Certificate, and the signature algorithms that go with it.
import { choice, integer, object, type Wire } from './schema-words.ts';

export const privateKeySpec = object(
  {
    rotationPolicy: choice(
      ['Never', 'Always'],
      'Whether each issuance makes a new key (`Always`) or keeps the one in the Secret (`Never`; a key that does not fit the spec then stops the issuance until somebody acts). Read as `Always` when absent.',
    ).optional(),
    encoding: choice(
      ['PKCS1', 'PKCS8'],
      'How the key is written to `tls.key`. Read as `PKCS1` when absent, which means SEC1 for ECDSA keys. Ed25519 keys are always PKCS#8.',
    ).optional(),
    algorithm: choice(['RSA', 'ECDSA', 'Ed25519'], 'The algorithm of the key. Read as `RSA` when absent.').optional(),
    size: integer(
      'The size of the key in bits. RSA: 2048 to 8192, read as 2048 when absent. ECDSA: 256, 384 or 521, read as 256 when absent. Ignored for Ed25519.',
    ).optional(),
  },
  'The private key that belongs to the certificate.',
);

export const signatureAlgorithm = choice(
  [
    'SHA256WithRSA',
    'SHA384WithRSA',
    'SHA512WithRSA',
    'ECDSAWithSHA256',
    'ECDSAWithSHA384',
    'ECDSAWithSHA512',
    'PureEd25519',
  ],
  'The signature algorithm of the certificate signing request. Must fit the key algorithm; chosen by the size of the key when absent.',
);

export type PrivateKeySpec = Wire<typeof privateKeySpec>;
export type SignatureAlgorithm = Wire<typeof signatureAlgorithm>;
