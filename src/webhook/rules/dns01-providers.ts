// What each DNS provider asks of its own members. Only what stands in the issuer is looked at, never a Secret or a server.
import { type FieldError, forbidden, invalid, notSupported, required } from '../findings.ts';
import { type Members, membersOf, textOf } from './members.ts';
import { isNameserver } from './nameserver.ts';
import { completeReferenceErrors, missingTextErrors, optionalReferenceErrors } from './secret-references.ts';

export interface ProviderRules {
  /** The member of `dns01`. */
  readonly name: string;
  /** Its own members are looked at even where it is one provider too many, which it does not say itself. */
  readonly alwaysChecked?: boolean;
  rules(config: Members, path: string): FieldError[];
}

/** In the order in which they are looked at: of several, the first one counts. */
export const providers: readonly ProviderRules[] = [
  { name: 'akamai', alwaysChecked: true, rules: akamaiErrors },
  { name: 'azureDNS', rules: azureErrors },
  { name: 'cloudDNS', rules: cloudDnsErrors },
  { name: 'cloudflare', rules: cloudflareErrors },
  { name: 'route53', rules: route53Errors },
  { name: 'acmeDNS', alwaysChecked: true, rules: acmeDnsErrors },
  { name: 'digitalocean', rules: digitaloceanErrors },
  { name: 'rfc2136', rules: rfc2136Errors },
  { name: 'webhook', rules: webhookErrors },
];

const isSet = (value: unknown) => textOf(value) !== '';

function akamaiErrors(akamai: Members, path: string): FieldError[] {
  // The paths lack SecretRef: clients know them so.
  const credentials = ['accessToken', 'clientSecret', 'clientToken'];
  return [
    ...credentials.flatMap((name) => completeReferenceErrors(akamai[`${name}SecretRef`], `${path}.${name}`)),
    ...missingTextErrors(akamai, ['serviceConsumerDomain'], path),
  ];
}

const azureClouds = ['AzurePublicCloud', 'AzureChinaCloud', 'AzureGermanCloud', 'AzureUSGovernmentCloud'];

function azureErrors(azure: Members, path: string): FieldError[] {
  const environment = textOf(azure.environment);
  const named = `${azureClouds.slice(0, -1).join(', ')}, or ${azureClouds.at(-1)}`;
  const isKnown = environment === '' || azureClouds.includes(environment);
  return [
    ...azureIdentityErrors(azure, path),
    ...missingTextErrors(azure, ['subscriptionID', 'resourceGroupName'], path),
    ...(isKnown ? [] : [invalid(`${path}.environment`, environment, `must be either empty or one of ${named}`)]),
  ];
}

/** A service principal is complete and alone; else an identity names itself in one way. */
function azureIdentityErrors(azure: Members, path: string): FieldError[] {
  const [secret, identity] = [membersOf(azure.clientSecretSecretRef), membersOf(azure.managedIdentity)];
  const here = `${path}.managedIdentity`;
  if (isSet(azure.clientID) || isSet(azure.tenantID) || secret !== undefined) {
    return [
      ...missingTextErrors(azure, ['clientID'], path),
      ...(secret === undefined
        ? [required(`${path}.clientSecretSecretRef`, '')]
        : completeReferenceErrors(secret, `${path}.clientSecretSecretRef`)),
      ...missingTextErrors(azure, ['tenantID'], path),
      ...(identity === undefined
        ? []
        : [
            forbidden(
              here,
              'managed identity cannot be used at the same time as clientID, clientSecretSecretRef or tenantID',
            ),
          ]),
    ];
  }
  const { clientID, resourceID, tenantID } = identity ?? {};
  const both = (one: string, other: string) =>
    forbidden(here, `managedIdentity${one} and managedIdentity${other} cannot both be specified`);
  return [
    ...(isSet(clientID) && isSet(resourceID) ? [both('ClientID', 'ResourceID')] : []),
    ...(isSet(tenantID) && isSet(resourceID) ? [both('TenantID', 'ResourceID')] : []),
    ...(isSet(tenantID) && !isSet(clientID)
      ? [required(here, 'managedIdentityClientID is required when using managedIdentityTenantID')]
      : []),
  ];
}

function cloudDnsErrors(cloudDns: Members, path: string): FieldError[] {
  return [
    ...optionalReferenceErrors(cloudDns.serviceAccountSecretRef, `${path}.serviceAccountSecretRef`),
    ...missingTextErrors(cloudDns, ['project'], path),
  ];
}

function cloudflareErrors(cloudflare: Members, path: string): FieldError[] {
  const [key, token] = [membersOf(cloudflare.apiKeySecretRef), membersOf(cloudflare.apiTokenSecretRef)];
  return [
    ...optionalReferenceErrors(key, `${path}.apiKeySecretRef`),
    ...optionalReferenceErrors(token, `${path}.apiTokenSecretRef`),
    ...(key !== undefined && token !== undefined
      ? [forbidden(path, 'apiKeySecretRef and apiTokenSecretRef cannot both be specified')]
      : []),
    ...(key === undefined && token === undefined
      ? [required(path, 'apiKeySecretRef or apiTokenSecretRef is required')]
      : []),
    ...(key === undefined ? [] : missingTextErrors(cloudflare, ['email'], path)),
  ];
}

/** Ambient credentials need no member at all. */
function route53Errors(route53: Members, path: string): FieldError[] {
  const isTwice = isSet(route53.accessKeyID) && membersOf(route53.accessKeyIDSecretRef) !== undefined;
  return [
    ...(isTwice ? [required(path, 'accessKeyID and accessKeyIDSecretRef cannot both be specified')] : []),
    ...optionalReferenceErrors(route53.accessKeyIDSecretRef, `${path}.accessKeyIDSecretRef`),
  ];
}

function acmeDnsErrors(acmeDns: Members, path: string): FieldError[] {
  return [
    ...completeReferenceErrors(acmeDns.accountSecretRef, `${path}.accountSecretRef`),
    ...missingTextErrors(acmeDns, ['host'], path),
  ];
}

function digitaloceanErrors(digitalocean: Members, path: string): FieldError[] {
  return completeReferenceErrors(digitalocean.tokenSecretRef, `${path}.tokenSecretRef`);
}

const tsigAlgorithms = ['HMACMD5', 'HMACSHA1', 'HMACSHA256', 'HMACSHA512'];

function rfc2136Errors(rfc2136: Members, path: string): FieldError[] {
  const algorithm = textOf(rfc2136.tsigAlgorithm).toUpperCase();
  const incomplete = completeReferenceErrors(rfc2136.tsigSecretSecretRef, `${path}.tsigSecretSecretRef`);
  return [
    ...nameserverErrors(textOf(rfc2136.nameserver), `${path}.nameserver`),
    ...(algorithm === '' || tsigAlgorithms.includes(algorithm)
      ? []
      : [notSupported(`${path}.tsigAlgorithm`, '', tsigAlgorithms)]),
    // Key name and complete secret need each other; a secret without a key may stand alone.
    ...(isSet(rfc2136.tsigKeyName) ? incomplete : []),
    ...(incomplete.length === 0 ? missingTextErrors(rfc2136, ['tsigKeyName'], path) : []),
  ];
}

function nameserverErrors(nameserver: string, path: string): FieldError[] {
  if (nameserver === '') return [required(path, '')];
  if (isNameserver(nameserver)) return [];
  const detail =
    'nameserver must be set in the form host:port where host is an IPv4 address, an enclosed IPv6 address or a hostname and port is an optional port number.';
  return [invalid(path, nameserver, detail)];
}

function webhookErrors(webhook: Members, path: string): FieldError[] {
  return isSet(webhook.solverName) ? [] : [required(`${path}.solverName`, 'solver name must be specified')];
}
