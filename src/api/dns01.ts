// The `dns01` member of a solver: one slice for each DNS provider.
import { localObjectReference, secretKeySelector } from './references.ts';
import { anyJson, choice, object, text, textList, type Wire } from './schema-words.ts';

/** A service account for whose token a provider or a server gives access. */
export const serviceAccountRef = (audiences: string) =>
  object(
    {
      name: text(
        'Name of the service account, in the namespace of the issuer or, for a ClusterIssuer, in the cluster resource namespace.',
      ),
      audiences: textList(audiences).optional(),
    },
    'The service account to request a token for. The controller must be allowed to create tokens for it.',
  );

const akamai = object(
  {
    serviceConsumerDomain: text('The host of the API, as the credentials state it.'),
    clientTokenSecretRef: secretKeySelector('The client token.'),
    clientSecretSecretRef: secretKeySelector('The client secret.'),
    accessTokenSecretRef: secretKeySelector('The access token.'),
  },
  'Akamai Edge DNS.',
);

const azureManagedIdentity = object(
  {
    clientID: text('The client id of the identity. Cannot be combined with `resourceID`.').optional(),
    resourceID: text('The resource id of the identity. Cannot be combined with `clientID` or `tenantID`.').optional(),
    tenantID: text('The tenant of the identity. Needs `clientID`.').optional(),
  },
  'Use workload identity or the managed identity of the node. Cannot be combined with a service principal.',
);

const azureDNS = object(
  {
    clientID: text('The client id of a service principal. Needs `clientSecretSecretRef` and `tenantID`.').optional(),
    clientSecretSecretRef: secretKeySelector(
      'The secret of the service principal. Needs `clientID` and `tenantID`.',
    ).optional(),
    subscriptionID: text('The subscription of the DNS zone.'),
    tenantID: text('The tenant of the service principal. Needs `clientID` and `clientSecretSecretRef`.').optional(),
    resourceGroupName: text('The resource group of the DNS zone.'),
    hostedZoneName: text('The DNS zone to write to. Found by looking up the name when absent.').optional(),
    environment: choice(
      ['AzurePublicCloud', 'AzureChinaCloud', 'AzureGermanCloud', 'AzureUSGovernmentCloud'],
      'The Azure cloud. Read as `AzurePublicCloud` when absent.',
    ).optional(),
    managedIdentity: azureManagedIdentity.optional(),
    zoneType: choice(
      ['AzurePublicZone', 'AzurePrivateZone'],
      'Whether the zone is public or private. Read as `AzurePublicZone` when absent.',
    ).optional(),
  },
  'Azure DNS.',
);

const cloudDNS = object(
  {
    serviceAccountSecretRef: secretKeySelector(
      'The key file (JSON) of a Google service account. Ambient credentials are used when absent.',
    ).optional(),
    project: text('The Google Cloud project of the DNS zone.'),
    hostedZoneName: text(
      'The managed zone to write to, by its name in Google Cloud. Found by looking up the name when absent.',
    ).optional(),
  },
  'Google Cloud DNS.',
);

const cloudflare = object(
  {
    email: text('The e-mail address of the account. Needed with an API key.').optional(),
    apiKeySecretRef: secretKeySelector(
      'The global API key of the account. Cannot be combined with `apiTokenSecretRef`; a token, which can do less, is the better choice.',
    ).optional(),
    apiTokenSecretRef: secretKeySelector('An API token that may read zones and edit their DNS records.').optional(),
  },
  'Cloudflare.',
);

const route53 = object(
  {
    auth: object(
      {
        kubernetes: object(
          {
            serviceAccountRef: serviceAccountRef('The audiences of the token. Read as `sts.amazonaws.com` when empty.'),
          },
          'Exchange the token of a Kubernetes service account for AWS credentials (AssumeRoleWithWebIdentity); needs `role`.',
        ),
      },
      'Another way to sign in than access keys or ambient credentials.',
    ).optional(),
    accessKeyID: text(
      'The access key id. Cannot be combined with `accessKeyIDSecretRef`. Ambient credentials are used when both are absent.',
    ).optional(),
    accessKeyIDSecretRef: secretKeySelector(
      'The access key id, from a Secret. Cannot be combined with `accessKeyID`.',
    ).optional(),
    secretAccessKeySecretRef: secretKeySelector('The secret access key that belongs to the access key id.').optional(),
    role: text('The ARN of a role to assume.').optional(),
    hostedZoneID: text('The id of the hosted zone to write to. Found by looking up the name when absent.').optional(),
    region: text(
      'The AWS region of the token service. Read from the environment of the controller when absent.',
    ).optional(),
  },
  'Amazon Route 53.',
);

const digitalocean = object(
  { tokenSecretRef: secretKeySelector('An API token that may write DNS records.') },
  'DigitalOcean DNS.',
);

const acmeDNS = object(
  {
    host: text('The address of the ACME-DNS server.'),
    accountSecretRef: secretKeySelector('The registered accounts by domain (JSON).'),
  },
  'An ACME-DNS server: a small DNS server made for challenges, to which a CNAME record points.',
);

const rfc2136 = object(
  {
    nameserver: text(
      'The authoritative server as `host` or `host:port`; IPv6 addresses in brackets. Read with port 53 when absent.',
    ),
    tsigSecretSecretRef: secretKeySelector('The TSIG key, in base64. Needs `tsigKeyName`.').optional(),
    tsigKeyName: text('The name of the TSIG key. Needs `tsigSecretSecretRef`.').optional(),
    tsigAlgorithm: text(
      'The algorithm of the TSIG key: `HMACMD5`, `HMACSHA1`, `HMACSHA256` or `HMACSHA512`. Read as `HMACMD5` when empty.',
    ).optional(),
    protocol: choice(['TCP', 'UDP'], 'The transport of updates. Read as `UDP` when absent.').optional(),
  },
  'Any DNS server that takes dynamic updates (RFC 2136).',
);

const webhook = object(
  {
    groupName: text('The API group under which the webhook is served.'),
    solverName: text('The name of the solver within the webhook.'),
    config: anyJson(
      'Settings that are handed to the webhook as they are. They are readable by everybody who can read issuers: name Secrets in it rather than holding them.',
    ).optional(),
  },
  'A solver outside the controller, served as an extension API.',
);

export const dns01 = object(
  {
    cnameStrategy: choice(
      ['None', 'Follow'],
      'Whether a CNAME record at `_acme-challenge.<name>` is followed, so that the TXT record is written to its target. Read as `None` when absent.',
    ).optional(),
    akamai: akamai.optional(),
    azureDNS: azureDNS.optional(),
    cloudDNS: cloudDNS.optional(),
    cloudflare: cloudflare.optional(),
    route53: route53.optional(),
    acmeDNS: acmeDNS.optional(),
    digitalocean: digitalocean.optional(),
    rfc2136: rfc2136.optional(),
    webhook: webhook.optional(),
  },
  'Proves control by a TXT record. Exactly one provider must be set.',
);

export type DNS01Solver = Wire<typeof dns01>;
export type AkamaiProvider = Wire<typeof akamai>;
export type AzureDNSProvider = Wire<typeof azureDNS>;
export type CloudDNSProvider = Wire<typeof cloudDNS>;
export type CloudflareProvider = Wire<typeof cloudflare>;
export type Route53Provider = Wire<typeof route53>;
export type DigitalOceanProvider = Wire<typeof digitalocean>;
export type AcmeDNSProvider = Wire<typeof acmeDNS>;
export type RFC2136Provider = Wire<typeof rfc2136>;
export type WebhookProvider = Wire<typeof webhook>;

/** A reference to a Secret whose keys are fixed. */
export const credentialsRef = (description: string) => localObjectReference(description, 'Name of the Secret.');
