// The `vault` member of an issuer's spec.

import * as z from 'zod';
import { serviceAccountRef } from './dns01.ts';
import { secretKeySelector } from './references.ts';
import { bytes, object, text, type Wire } from './schema-words.ts';

const appRole = object(
  {
    path: text('Where the method is mounted, such as `approle`.'),
    roleId: text('The role id.'),
    secretRef: secretKeySelector('The secret id.', 'Key within the data of the Secret. Must be set.'),
  },
  'Sign in with an AppRole.',
);

const clientCertificate = object(
  {
    mountPath: text('Where the method is mounted. Read as `/v1/auth/cert` when empty.').optional(),
    secretName: text(
      'The Secret (kubernetes.io/tls) with the client certificate. When empty, the certificate of `clientCertSecretRef` signs in.',
    ).optional(),
    name: text('The certificate role to sign in with. When empty, Vault tries all.').optional(),
  },
  'Sign in with a TLS client certificate.',
);

const kubernetes = object(
  {
    mountPath: text('Where the method is mounted. Read as `/v1/auth/kubernetes` when empty.').optional(),
    secretRef: secretKeySelector(
      'A long-lived service account token. Exactly one of `secretRef` and `serviceAccountRef` must be set.',
      'Key within the data of the Secret. Read as `token` when absent.',
    ).optional(),
    serviceAccountRef: serviceAccountRef(
      'Further audiences of the token, besides the one made from the name of the issuer and the address of the server.',
    ).optional(),
    role: text('The Vault role to sign in as.'),
  },
  'Sign in with the token of a Kubernetes service account.',
);

const aws = object(
  {
    mountPath: text('Where the method is mounted. Read as `/v1/auth/aws` when empty.').optional(),
    role: z.string().min(1).meta({ description: 'The Vault role to sign in as.' }),
    region: text(
      'The AWS region of the token service. Read from the environment, else as `us-east-1`, when empty.',
    ).optional(),
    serviceAccountRef: serviceAccountRef('Further audiences of the token, besides `sts.amazonaws.com`.').optional(),
    iamRoleArn: text('The ARN of the AWS role to assume. Needed with `serviceAccountRef`.').optional(),
    vaultHeaderValue: text(
      'The value of the header `X-Vault-AWS-IAM-Server-ID`, where the server asks for it.',
    ).optional(),
  },
  'Sign in with an AWS identity.',
);

const auth = object(
  {
    tokenSecretRef: secretKeySelector(
      'A Vault token.',
      'Key within the data of the Secret. Read as `token` when absent.',
    ).optional(),
    appRole: appRole.optional(),
    clientCertificate: clientCertificate.optional(),
    kubernetes: kubernetes.optional(),
    aws: aws.optional(),
  },
  'How to sign in. Exactly one member must be set.',
);

export const vaultIssuerSpec = object(
  {
    auth,
    server: text('The address of the Vault server, such as `https://vault.example.com:8200`.'),
    serverName: text(
      'The name that the certificate of the server must be for, where it differs from the address.',
    ).optional(),
    path: text('The path that signs, such as `pki/sign/my-role`.'),
    namespace: text('The Vault namespace, a feature of Vault Enterprise.').optional(),
    caBundle: bytes(
      'CA certificates to trust when talking to the server, instead of those of the system: PEM, then base64. Cannot be combined with `caBundleSecretRef`.',
    ).optional(),
    caBundleSecretRef: secretKeySelector(
      'A Secret with CA certificates to trust when talking to the server. Cannot be combined with `caBundle`.',
      'Key within the data of the Secret. Read as `ca.crt` when absent.',
    ).optional(),
    clientCertSecretRef: secretKeySelector(
      'The client certificate for servers that ask for one. Needs `clientKeySecretRef`.',
      'Key within the data of the Secret. Read as `tls.crt` when absent.',
    ).optional(),
    clientKeySecretRef: secretKeySelector(
      'The private key of the client certificate. Needs `clientCertSecretRef`.',
      'Key within the data of the Secret. Read as `tls.key` when absent.',
    ).optional(),
  },
  'Has certificates signed by the PKI engine of a HashiCorp Vault server.',
);

export type VaultIssuerSpec = Wire<typeof vaultIssuerSpec>;
export type VaultAuth = Wire<typeof auth>;
