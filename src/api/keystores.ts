// spec.keystores of a Certificate: the PKCS#12 and JKS files that are added to its Secret.
import { secretKeySelector } from './references.ts';
import { choice, flag, object, text, type Wire } from './schema-words.ts';

const password = (format: string) => ({
  passwordSecretRef: secretKeySelector(
    `Where the password stands, in the namespace of the Certificate. Exactly one of \`passwordSecretRef\` and \`password\` must be set, even where \`create\` is false. A later change of the password does not rewrite the ${format} files.`,
    'Key within the data of the Secret. There is no default.',
  ).optional(),
  password: text('The password itself, for stores whose password is no secret. Must not be empty.').optional(),
});

const jks = object(
  {
    create: flag('Whether to write `keystore.jks`, and `truststore.jks` where the issuer gives a CA certificate.'),
    alias: text('The name of the key entry. Read as `certificate` when absent.').optional(),
    ...password('JKS'),
  },
  'A Java keystore in the JKS format.',
);

const pkcs12 = object(
  {
    create: flag('Whether to write `keystore.p12`, and `truststore.p12` where the issuer gives a CA certificate.'),
    profile: choice(
      ['LegacyRC2', 'LegacyDES', 'Modern2023', 'Modern2026'],
      'The algorithms of the files, oldest to newest; older programs read only older ones. `LegacyRC2` and `LegacyDES` keep nothing secret from an attacker. `Modern2023` uses AES-256 and SHA-256, `Modern2026` adds a PBMAC1 integrity check. Read as `LegacyRC2` when absent.',
    ).optional(),
    ...password('PKCS#12'),
  },
  'A keystore in the PKCS#12 format.',
);

export const keystoresSpec = object(
  { jks: jks.optional(), pkcs12: pkcs12.optional() },
  'Keystore files to add to the Secret. They are rebuilt with each issuance.',
);

export type KeystoresSpec = Wire<typeof keystoresSpec>;
export type JKSKeystore = Wire<typeof jks>;
export type PKCS12Keystore = Wire<typeof pkcs12>;
