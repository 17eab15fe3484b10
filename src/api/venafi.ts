// The `venafi` member of an issuer's spec. The service is called CyberArk Certificate Manager now; the API kept its name.
import { credentialsRef } from './dns01.ts';
import { secretKeySelector } from './references.ts';
import { bytes, object, ruledObject, text, type Wire } from './schema-words.ts';

const tpp = object(
  {
    url: text('The address of the API, such as `https://tpp.example.com/vedsdk`.'),
    credentialsRef: credentialsRef('The Secret with `access-token`, or with `username` and `password`.'),
    caBundle: bytes(
      'CA certificates to trust when talking to the server, instead of those of the system: PEM, then base64. Cannot be combined with `caBundleSecretRef`.',
    ).optional(),
    caBundleSecretRef: secretKeySelector(
      'A Secret with CA certificates to trust when talking to the server. Cannot be combined with `caBundle`.',
      'Key within the data of the Secret. Read as `ca.crt` when absent.',
    ).optional(),
  },
  'Certificate Manager, Self-Hosted (TPP).',
);

const cloud = object(
  {
    url: text('The address of the API. Read as `https://api.venafi.cloud/` when empty.').optional(),
    apiTokenSecretRef: secretKeySelector(
      'The API key.',
      'Key within the data of the Secret. Read as `api-key` when absent.',
    ),
  },
  'Certificate Manager, SaaS.',
);

const ngts = object(
  {
    tsgID: text('The id of the tenant service group.'),
    credentialsRef: credentialsRef('The Secret with `client-id` and `client-secret`.'),
    url: text('The address of the API. Read as `https://api.strata.paloaltonetworks.com/ngts` when empty.').optional(),
    tokenEndpoint: text(
      'The address of the token service. Read as `https://auth.apps.paloaltonetworks.com/oauth2/access_token` when empty.',
    ).optional(),
  },
  'Palo Alto Networks Next-Generation Trust Security.',
);

export const venafiIssuerSpec = ruledObject(
  {
    zone: text('The policy folder (TPP) or the application and template (others) to request under.'),
    tpp: tpp.optional(),
    cloud: cloud.optional(),
    ngts: ngts.optional(),
  },
  [
    {
      rule: '(has(self.tpp) ? 1 : 0) + (has(self.cloud) ? 1 : 0) + (has(self.ngts) ? 1 : 0) == 1',
      message: 'exactly one of tpp, cloud, or ngts must be configured',
    },
  ],
  'Obtains certificates from CyberArk Certificate Manager (formerly Venafi). Exactly one of `tpp`, `cloud` and `ngts` must be set.',
);

export type VenafiIssuerSpec = Wire<typeof venafiIssuerSpec>;
