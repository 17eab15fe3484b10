// What the API server itself asks of an Issuer and a ClusterIssuer: a part of the webhook's rules, in its words.
import { any, atMostOne, isSet, type PlacedRule, placedRules, type RuleRow } from './placed-rules.ts';

const filled = (path: string, message = 'must be specified'): RuleRow => [path, "self != ''", message];

/** A member of `self` that is not there counts as empty. */
const needs = (path: string, member: string, message = `${member} must be specified`): RuleRow => [
  path,
  isSet(`self.${member}`),
  message,
];

const acme: readonly RuleRow[] = [
  filled('spec.acme.server', 'acme server URL is a required field'),
  filled('spec.acme.privateKeySecretRef.name', 'private key secret name is a required field'),
  [
    'spec.acme',
    '!(has(self.caBundle) && has(self.skipTLSVerify) && self.skipTLSVerify)',
    'caBundle and skipTLSVerify are mutually exclusive and cannot both be set',
  ],
  filled('spec.acme.externalAccountBinding.keyID', 'the keyID field is required when using externalAccountBinding'),
  filled('spec.acme.externalAccountBinding.keySecretRef.name', 'secret name is required'),
  needs('spec.acme.externalAccountBinding.keySecretRef', 'key', 'secret key is required'),
];

const solver = 'spec.acme.solvers[]';
const ingress = `${solver}.http01.ingress`;
const dns01 = `${solver}.dns01`;
const serviceType = (path: string): RuleRow => [
  `${path}.serviceType`,
  "self == '' || self == 'ClusterIP' || self == 'NodePort'",
  'must be empty, "ClusterIP" or "NodePort"',
];
const providers = [
  'akamai',
  'azureDNS',
  'cloudDNS',
  'cloudflare',
  'route53',
  'acmeDNS',
  'digitalocean',
  'rfc2136',
  'webhook',
];

const solvers: readonly RuleRow[] = [
  [solver, '!(has(self.http01) && has(self.dns01))', 'may not specify more than one solver type in a single solver'],
  [solver, 'has(self.http01) || has(self.dns01)', 'no solver type configured'],
  [
    `${solver}.waitInsteadOfSelfCheck`,
    "duration(self) >= duration('0s')",
    'waitInsteadOfSelfCheck must not be negative',
  ],
  [`${solver}.http01`, 'has(self.ingress) || has(self.gatewayHTTPRoute)', 'no HTTP01 solver type configured'],
  [
    `${solver}.http01`,
    '!(has(self.ingress) && has(self.gatewayHTTPRoute))',
    'only 1 HTTP01 solver type may be configured',
  ],
  [
    ingress,
    `!(has(self.class) && has(self.ingressClassName)) && !(${isSet('self.name')} && (has(self.class) || has(self.ingressClassName)))`,
    "only one of 'ingressClassName', 'name' or 'class' should be specified",
  ],
  serviceType(ingress),
  serviceType(`${solver}.http01.gatewayHTTPRoute`),
  [dns01, any(providers), 'no DNS01 provider configured'],
  [dns01, atMostOne(providers), 'may not specify more than one provider type'],
];

const completeReference = (path: string): readonly RuleRow[] => [
  filled(`${path}.name`, 'secret name is required'),
  needs(path, 'key', 'secret key is required'),
];

const dnsProviders: readonly RuleRow[] = [
  [
    `${dns01}.azureDNS`,
    '!has(self.managedIdentity) || !(has(self.clientSecretSecretRef) || ' +
      `${isSet('self.clientID')} || ${isSet('self.tenantID')})`,
    'managed identity cannot be used at the same time as clientID, clientSecretSecretRef or tenantID',
  ],
  [
    `${dns01}.azureDNS`,
    `!(has(self.clientSecretSecretRef) || ${isSet('self.clientID')} || ${isSet('self.tenantID')}) || (has(self.clientSecretSecretRef) && ${isSet('self.clientID')} && ${isSet('self.tenantID')})`,
    'clientID, clientSecretSecretRef and tenantID must be specified together',
  ],
  [
    `${dns01}.cloudflare`,
    '!(has(self.apiKeySecretRef) && has(self.apiTokenSecretRef))',
    'apiKeySecretRef and apiTokenSecretRef cannot both be specified',
  ],
  [
    `${dns01}.cloudflare`,
    'has(self.apiKeySecretRef) || has(self.apiTokenSecretRef)',
    'apiKeySecretRef or apiTokenSecretRef is required',
  ],
  [
    `${dns01}.cloudflare`,
    `!has(self.apiKeySecretRef) || ${isSet('self.email')}`,
    'email must be specified with apiKeySecretRef',
  ],
  [
    `${dns01}.route53`,
    `!(${isSet('self.accessKeyID')} && has(self.accessKeyIDSecretRef))`,
    'accessKeyID and accessKeyIDSecretRef cannot both be specified',
  ],
  filled(`${dns01}.rfc2136.nameserver`),
  filled(`${dns01}.webhook.solverName`, 'solver name must be specified'),
  ...completeReference(`${dns01}.digitalocean.tokenSecretRef`),
  ...completeReference(`${dns01}.acmeDNS.accountSecretRef`),
];

const noWayUp: readonly [string, string] = [
  "!('/' + self + '/').contains('/../')",
  "must not contain '..' path segments",
];
const auth = 'spec.vault.auth';

const vault: readonly RuleRow[] = [
  filled('spec.vault.server'),
  filled('spec.vault.path'),
  ...['spec.vault.path', `${auth}.appRole.path`].map((path): RuleRow => [path, ...noWayUp]),
  ...['clientCertificate', 'kubernetes', 'aws'].map((name): RuleRow => [`${auth}.${name}.mountPath`, ...noWayUp]),
  [
    'spec.vault',
    '!(has(self.caBundle) && has(self.caBundleSecretRef))',
    'specified caBundle and caBundleSecretRef cannot be used together',
  ],
  [
    'spec.vault',
    '!has(self.clientCertSecretRef) || has(self.clientKeySecretRef)',
    'clientKeySecretRef must be provided when defining the clientCertSecretRef',
  ],
  [
    'spec.vault',
    '!has(self.clientKeySecretRef) || has(self.clientCertSecretRef)',
    'clientCertSecretRef must be provided when defining the clientKeySecretRef',
  ],
  [
    auth,
    any(['appRole', 'kubernetes', 'tokenSecretRef', 'clientCertificate', 'aws']),
    'please supply one of: appRole, kubernetes, tokenSecretRef, clientCertificate, aws',
  ],
  filled(`${auth}.appRole.roleId`),
  filled(`${auth}.appRole.secretRef.name`),
  filled(`${auth}.kubernetes.role`),
  filled(`${auth}.kubernetes.serviceAccountRef.name`),
  [
    `${auth}.kubernetes`,
    "(has(self.secretRef) && self.secretRef.name != '') != has(self.serviceAccountRef)",
    'please supply one of: secretRef, serviceAccountRef',
  ],
  filled(`${auth}.aws.serviceAccountRef.name`),
  [
    `${auth}.aws`,
    `!has(self.serviceAccountRef) || ${isSet('self.iamRoleArn')}`,
    'iamRoleArn is required when using serviceAccountRef for IRSA',
  ],
];

const venafi: readonly RuleRow[] = [
  filled('spec.venafi.zone'),
  filled('spec.venafi.tpp.url'),
  [
    'spec.venafi.tpp',
    '!(has(self.caBundle) && has(self.caBundleSecretRef))',
    'may not specify more than one of caBundle/caBundleSecretRef as TPP CA Bundle',
  ],
  filled('spec.venafi.ngts.tsgID'),
  filled('spec.venafi.ngts.credentialsRef.name'),
];

const types = ['acme', 'ca', 'selfSigned', 'vault', 'venafi'];

export const issuerSpecRules: readonly PlacedRule[] = placedRules([
  ['spec', atMostOne(types), 'may not specify more than one issuer type'],
  ['spec', any(types), 'at least one issuer must be configured'],
  ...acme,
  ...solvers,
  ...dnsProviders,
  filled('spec.ca.secretName'),
  filled('spec.ca.ocspServers[]', 'must be a valid URL, e.g., http://ocsp.int-x3.letsencrypt.org'),
  filled('spec.ca.issuingCertificateURLs[]', 'must be a valid URL'),
  ...vault,
  ...venafi,
]);
