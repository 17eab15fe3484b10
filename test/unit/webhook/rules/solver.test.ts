// The rules of one solver of an ACME issuer: one row a rule, with the exact messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { isNameserver } from '../../../../src/webhook/rules/nameserver.ts';
import { solverErrors } from '../../../../src/webhook/rules/solver.ts';

type Row = readonly [string, Readonly<Record<string, unknown>>, string[]];
const ref = { name: 'a', key: 'b' };
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const oneIngress = "s.http01.ingress: Forbidden: only one of 'ingressClassName', 'name' or 'class' should be specified";

/** The two errors of a reference that lacks everything. */
const incomplete = (path: string) => [
  `${path}.name: Required value: secret name is required`,
  `${path}.key: Required value: secret key is required`,
];

const solvers: readonly Row[] = [
  ['nothing', {}, ['s: Required value: no solver type configured']],
  ['a selector only', { selector: { dnsNames: [''] } }, ['s: Required value: no solver type configured']],
  [
    'both ways: DNS-01 is not looked at',
    { http01: { ingress: {} }, dns01: {} },
    ['s: Forbidden: may not specify more than one solver type in a single solver'],
  ],
  [
    'a negative wait',
    { http01: { ingress: {} }, waitInsteadOfSelfCheck: '-1m' },
    ['s.waitInsteadOfSelfCheck: Invalid value: -60000000000: waitInsteadOfSelfCheck must not be negative'],
  ],
  [
    'a wait that is no duration',
    { http01: { ingress: {} }, waitInsteadOfSelfCheck: '5' },
    ['s.waitInsteadOfSelfCheck: Invalid value: "5": time: missing unit in duration "5"'],
  ],
  ['no wait', { http01: { ingress: {} }, waitInsteadOfSelfCheck: '0s' }, []],
  ['a wait', { http01: { ingress: {} }, waitInsteadOfSelfCheck: '1h30m' }, []],
];

const http01: readonly Row[] = [
  ['nothing', {}, ['s.http01: Required value: no HTTP01 solver type configured']],
  [
    'both kinds',
    { ingress: {}, gatewayHTTPRoute: {} },
    ['s.http01: Required value: only 1 HTTP01 solver type may be configured'],
  ],
  ['an ingress with nothing', { ingress: {} }, []],
  ['an ingress with a class of any form', { ingress: { class: 'azure/application-gateway' } }, []],
  ['an ingress with a name', { ingress: { name: 'web', serviceType: 'NodePort' } }, []],
  ['an empty class counts', { ingress: { class: '', ingressClassName: 'nginx' } }, [oneIngress]],
  ['an empty name does not', { ingress: { class: 'nginx', name: '' } }, []],
  [
    'an ingress class that is no name',
    { ingress: { ingressClassName: 'azure/application-gateway' } },
    [
      `s.http01.ingress.ingressClassName: Invalid value: "azure/application-gateway": must be a valid IngressClass name: ${subdomain}`,
    ],
  ],
  [
    'an empty ingress class',
    { ingress: { ingressClassName: '' } },
    [`s.http01.ingress.ingressClassName: Invalid value: "": must be a valid IngressClass name: ${subdomain}`],
  ],
  [
    'a long ingress class',
    { ingress: { ingressClassName: `${'a'.repeat(253)}-` } },
    [
      `s.http01.ingress.ingressClassName: Invalid value: "${'a'.repeat(253)}-": must be a valid IngressClass name: must be no more than 253 characters, ${subdomain}`,
    ],
  ],
  [
    'services of other types',
    { ingress: { serviceType: 'LoadBalancer' } },
    ['s.http01.ingress.serviceType: Invalid value: "LoadBalancer": must be empty, "ClusterIP" or "NodePort"'],
  ],
  [
    'the path of a gateway is not its member',
    { gatewayHTTPRoute: { serviceType: 'x' } },
    ['s.http01.gateway.serviceType: Invalid value: "x": must be empty, "ClusterIP" or "NodePort"'],
  ],
  ['a gateway without parents', { gatewayHTTPRoute: {} }, []],
  [
    'only the first bad parent is told: no name',
    { gatewayHTTPRoute: { parentRefs: [{ kind: 'Gateway', name: 'a' }, { kind: 'Gateway' }, { name: 'a' }] } },
    ['s.http01.gateway.parentRefs[1].name: Required value: name is required when kind is specified'],
  ],
  [
    'only the first bad parent is told: no kind',
    { gatewayHTTPRoute: { parentRefs: [{}, { name: 'a' }, { kind: 'Gateway' }] } },
    ['s.http01.gateway.parentRefs[1].kind: Required value: kind is required when name is specified'],
  ],
];

const azure = { subscriptionID: 's', resourceGroupName: 'r' };
const principal = { ...azure, clientID: 'c', tenantID: 't', clientSecretSecretRef: ref };
const identity = (managedIdentity: object) => ({ azureDNS: { ...azure, managedIdentity } });
const inAzure = 's.dns01.azureDNS';
const one = 'Forbidden: may not specify more than one provider type';

const dns01: readonly Row[] = [
  ['nothing', {}, ['s.dns01: Required value: no DNS01 provider configured']],
  [
    'a strategy alone',
    { cnameStrategy: 'Maybe' },
    [
      's.dns01.cnameStrategy: Invalid value: "Maybe": must be one of "None" or "Follow"',
      's.dns01: Required value: no DNS01 provider configured',
    ],
  ],
  [
    'every provider: Akamai and ACME-DNS do not say that they are too many',
    {
      webhook: {},
      rfc2136: {},
      digitalocean: {},
      acmeDNS: {},
      route53: {},
      cloudflare: {},
      cloudDNS: {},
      azureDNS: {},
      akamai: {},
    },
    [
      ...incomplete('s.dns01.akamai.accessToken'),
      ...incomplete('s.dns01.akamai.clientSecret'),
      ...incomplete('s.dns01.akamai.clientToken'),
      's.dns01.akamai.serviceConsumerDomain: Required value',
      ...['azureDNS', 'cloudDNS', 'cloudflare', 'route53'].map((name) => `s.dns01.${name}: ${one}`),
      ...incomplete('s.dns01.acmeDNS.accountSecretRef'),
      's.dns01.acmeDNS.host: Required value',
      ...['digitalocean', 'rfc2136', 'webhook'].map((name) => `s.dns01.${name}: ${one}`),
    ],
  ],
  [
    'akamai',
    {
      akamai: {
        serviceConsumerDomain: 'h',
        accessTokenSecretRef: ref,
        clientSecretSecretRef: ref,
        clientTokenSecretRef: ref,
      },
    },
    [],
  ],
  ['acmeDNS', { acmeDNS: { host: 'h', accountSecretRef: ref } }, []],

  ['azureDNS', { azureDNS: azure }, []],
  [
    'azureDNS with nothing',
    { azureDNS: {} },
    [`${inAzure}.subscriptionID: Required value`, `${inAzure}.resourceGroupName: Required value`],
  ],
  ['azureDNS with a service principal', { azureDNS: { ...principal, environment: 'AzureChinaCloud' } }, []],
  [
    'azureDNS with a client only, and an unknown cloud',
    { azureDNS: { ...azure, clientID: 'c', environment: 'Azure' } },
    [
      `${inAzure}.clientSecretSecretRef: Required value`,
      `${inAzure}.tenantID: Required value`,
      `${inAzure}.environment: Invalid value: "Azure": must be either empty or one of AzurePublicCloud, AzureChinaCloud, AzureGermanCloud, or AzureUSGovernmentCloud`,
    ],
  ],
  [
    'azureDNS with an incomplete secret only',
    { azureDNS: { ...azure, clientSecretSecretRef: { name: 'a' } } },
    [
      `${inAzure}.clientID: Required value`,
      `${inAzure}.clientSecretSecretRef.key: Required value: secret key is required`,
      `${inAzure}.tenantID: Required value`,
    ],
  ],
  [
    'azureDNS with a service principal and an identity',
    { azureDNS: { ...principal, managedIdentity: {} } },
    [
      `${inAzure}.managedIdentity: Forbidden: managed identity cannot be used at the same time as clientID, clientSecretSecretRef or tenantID`,
    ],
  ],
  ['azureDNS with an identity by client', identity({ clientID: 'c', tenantID: 't' }), []],
  ['azureDNS with an identity by resource', identity({ resourceID: 'c' }), []],
  [
    'azureDNS with an identity in every way',
    identity({ clientID: 'c', resourceID: 'r', tenantID: 't' }),
    [
      `${inAzure}.managedIdentity: Forbidden: managedIdentityClientID and managedIdentityResourceID cannot both be specified`,
      `${inAzure}.managedIdentity: Forbidden: managedIdentityTenantID and managedIdentityResourceID cannot both be specified`,
    ],
  ],
  [
    'azureDNS with an identity by tenant',
    identity({ tenantID: 't' }),
    [
      `${inAzure}.managedIdentity: Required value: managedIdentityClientID is required when using managedIdentityTenantID`,
    ],
  ],

  ['cloudDNS', { cloudDNS: { project: 'p', serviceAccountSecretRef: ref } }, []],
  [
    'cloudDNS with an empty reference',
    { cloudDNS: { serviceAccountSecretRef: {} } },
    [...incomplete('s.dns01.cloudDNS.serviceAccountSecretRef'), 's.dns01.cloudDNS.project: Required value'],
  ],

  ['cloudflare with a token', { cloudflare: { apiTokenSecretRef: ref } }, []],
  ['cloudflare with a key', { cloudflare: { apiKeySecretRef: ref, email: 'a@b' } }, []],
  [
    'cloudflare with nothing',
    { cloudflare: { email: 'a@b' } },
    ['s.dns01.cloudflare: Required value: apiKeySecretRef or apiTokenSecretRef is required'],
  ],
  [
    'cloudflare with both, and no address',
    { cloudflare: { apiKeySecretRef: {}, apiTokenSecretRef: { name: 'a' } } },
    [
      ...incomplete('s.dns01.cloudflare.apiKeySecretRef'),
      's.dns01.cloudflare.apiTokenSecretRef.key: Required value: secret key is required',
      's.dns01.cloudflare: Forbidden: apiKeySecretRef and apiTokenSecretRef cannot both be specified',
      's.dns01.cloudflare.email: Required value',
    ],
  ],

  ['route53 with nothing', { route53: {} }, []],
  ['route53 with keys', { route53: { accessKeyID: 'a', secretAccessKeySecretRef: {} } }, []],
  [
    'route53 with two access keys',
    { route53: { accessKeyID: 'a', accessKeyIDSecretRef: {} } },
    [
      's.dns01.route53: Required value: accessKeyID and accessKeyIDSecretRef cannot both be specified',
      ...incomplete('s.dns01.route53.accessKeyIDSecretRef'),
    ],
  ],

  ['digitalocean', { digitalocean: { tokenSecretRef: ref } }, []],
  ['digitalocean with nothing', { digitalocean: {} }, incomplete('s.dns01.digitalocean.tokenSecretRef')],

  ['rfc2136', { rfc2136: { nameserver: '192.0.2.1' } }, []],
  [
    'rfc2136 with a key',
    { rfc2136: { nameserver: '[::1]:53', tsigKeyName: 'k', tsigSecretSecretRef: ref, tsigAlgorithm: 'hmacSha512' } },
    [],
  ],
  ['rfc2136 with a secret without a key', { rfc2136: { nameserver: 'a', tsigSecretSecretRef: { name: 'a' } } }, []],
  [
    'rfc2136 with a complete secret only',
    { rfc2136: { nameserver: 'a', tsigSecretSecretRef: ref } },
    ['s.dns01.rfc2136.tsigKeyName: Required value'],
  ],
  [
    'rfc2136 with a key name only, an unknown algorithm and no server',
    { rfc2136: { tsigKeyName: 'k', tsigAlgorithm: 'HMACSHA224' } },
    [
      's.dns01.rfc2136.nameserver: Required value',
      's.dns01.rfc2136.tsigAlgorithm: Unsupported value: "": supported values: "HMACMD5", "HMACSHA1", "HMACSHA256", "HMACSHA512"',
      ...incomplete('s.dns01.rfc2136.tsigSecretSecretRef'),
    ],
  ],
  [
    'rfc2136 with a server that is none',
    { rfc2136: { nameserver: '::1' } },
    [
      's.dns01.rfc2136.nameserver: Invalid value: "::1": nameserver must be set in the form host:port where host is an IPv4 address, an enclosed IPv6 address or a hostname and port is an optional port number.',
    ],
  ],

  ['webhook', { webhook: { solverName: 's', config: ['anything'] } }, []],
  [
    'webhook without a solver',
    { webhook: { groupName: 'g' } },
    ['s.dns01.webhook.solverName: Required value: solver name must be specified'],
  ],
];

const errorsOf = (solver: Readonly<Record<string, unknown>>) => solverErrors(solver, 's').map(formatFieldError);

for (const [name, solver, expected] of solvers) {
  test(`solver: ${name}`, () => assert.deepEqual(errorsOf(solver), expected));
}
for (const [name, given, expected] of http01) {
  test(`http01: ${name}`, () => assert.deepEqual(errorsOf({ http01: given }), expected));
}
for (const [name, given, expected] of dns01) {
  test(`dns01: ${name}`, () => assert.deepEqual(errorsOf({ dns01: given }), expected));
}

/** Measured against Go's net.SplitHostPort. */
const nameservers: readonly [string, boolean][] = [
  ['8.8.8.8', true],
  ['8.8.8.8:', true],
  ['8.8.8.8.8:53', true],
  [' ns.example.com:53 ', true],
  ['ns.example.com:0', true],
  ['ns.example.com:65535', true],
  ['ns.example.com:65536', true],
  ['ns.example.com:dns', true],
  ['ns.example.com:+5', true],
  ['[2001:db8::1]', true],
  ['[2001:db8::1]:', true],
  ['[2001:db8::1]:53', true],
  ['2001:db8::1', false],
  ['2001:db8::1:53', false],
  ['[2001:db8::1', false],
  ['[a]b', true],
  ['[a]b:5', true],
  ['[a]:5:5', false],
  ['[a[b]:5', false],
  ['a]:5', false],
  ['[a', true],
  [':53', false],
  ['[]', false],
  ['[]:53', false],
  [' ', false],
];

for (const [text, expected] of nameservers) {
  test(`a name server: «${text}»`, () => assert.equal(isNameserver(text), expected));
}
