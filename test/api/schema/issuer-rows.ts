// Specs of issuers, Orders and Challenges that API server and webhook both accept, and such as both refuse.
import { aRoot } from '../../support/pki-builders.ts';
import type { RightRow, WrongRow } from './certificate-rows.ts';

const bundle = Buffer.from(aRoot().pem).toString('base64');
const acme = { server: 'https://acme.example.com', privateKeySecretRef: { name: 'account' } };
const ref = { name: 'a', key: 'b' };
const solving = (...solvers: object[]) => ({ acme: { ...acme, solvers } });
const ingress = (config: object) => solving({ http01: { ingress: config } });
const dns01 = (config: object) => solving({ dns01: config });
const azure = (more: object) => dns01({ azureDNS: { subscriptionID: 's', resourceGroupName: 'r', ...more } });
const vault = (more: object) => ({
  vault: { server: 's', path: 'p', auth: { tokenSecretRef: { name: 'a' } }, ...more },
});
const auth = (methods: object) => vault({ auth: methods });
const tpp = { url: 'u', credentialsRef: { name: 'a' } };

export const rightIssuers: readonly RightRow[] = [
  ['Issuer', 'selfSigned', { selfSigned: {} }],
  ['ClusterIssuer', 'ca', { ca: { secretName: 'a', ocspServers: ['http://a'] } }],
  ['ClusterIssuer', 'Cloudflare as in many tutorials', dns01({ cloudflare: { email: 'a@b', apiKeySecretRef: ref } })],
  ['Issuer', 'Route 53 with ambient credentials', dns01({ route53: { region: 'us-east-1' } })],
  ['Issuer', 'an ingress', ingress({ class: 'nginx', name: '', serviceType: '' })],
  [
    'Issuer',
    'a wait',
    solving({ http01: { gatewayHTTPRoute: { serviceType: 'ClusterIP' } }, waitInsteadOfSelfCheck: '0' }),
  ],
  [
    'Issuer',
    'vault with several ways',
    auth({
      tokenSecretRef: { name: '' },
      kubernetes: { role: 'r', secretRef: { name: '' }, serviceAccountRef: { name: 'a' } },
    }),
  ],
  ['Issuer', 'dots', vault({ path: '.../a..b/..c' })],
  ['Issuer', 'venafi', { venafi: { zone: 'z', tpp } }],
  ['Order', 'anything', { request: 'AA==', issuerRef: { name: '', kind: 'x' } }],
  [
    'Challenge',
    'any solver',
    {
      url: '',
      authorizationURL: '',
      dnsName: '',
      type: 'DNS-01',
      token: '',
      key: '',
      solver: {},
      issuerRef: { name: '' },
    },
  ],
];

export const wrongIssuers: readonly WrongRow[] = [
  ['Issuer', 'none', {}, 'at least one issuer must be configured'],
  ['ClusterIssuer', 'two', { selfSigned: {}, ca: { secretName: 'a' } }, 'may not specify more than one issuer type'],
  ['Issuer', 'acme without a server', { acme: { ...acme, server: '' } }, 'acme server URL is a required field'],
  [
    'Issuer',
    'acme without a key',
    { acme: { ...acme, privateKeySecretRef: { name: '' } } },
    'private key secret name is a required field',
  ],
  [
    'Issuer',
    'acme with trust in two ways',
    { acme: { ...acme, caBundle: bundle, skipTLSVerify: true } },
    'caBundle and skipTLSVerify are mutually exclusive and cannot both be set',
  ],
  [
    'Issuer',
    'a binding without an id',
    { acme: { ...acme, externalAccountBinding: { keyID: '', keySecretRef: ref } } },
    'the keyID field is required when using externalAccountBinding',
  ],
  [
    'Issuer',
    'a binding without a Secret',
    { acme: { ...acme, externalAccountBinding: { keyID: 'i', keySecretRef: { name: '', key: 'b' } } } },
    'secret name is required',
  ],
  [
    'Issuer',
    'a binding without a key',
    { acme: { ...acme, externalAccountBinding: { keyID: 'i', keySecretRef: { name: 'a' } } } },
    'secret key is required',
  ],
  ['Issuer', 'a solver of no kind', solving({}), 'no solver type configured'],
  [
    'Issuer',
    'a solver of both kinds',
    solving({ http01: { ingress: {} }, dns01: { route53: {} } }),
    'may not specify more than one solver type in a single solver',
  ],
  [
    'Issuer',
    'a negative wait',
    solving({ http01: { ingress: {} }, waitInsteadOfSelfCheck: '-1s' }),
    'waitInsteadOfSelfCheck must not be negative',
  ],
  ['Issuer', 'HTTP-01 of no kind', solving({ http01: {} }), 'no HTTP01 solver type configured'],
  [
    'Issuer',
    'HTTP-01 of both kinds',
    solving({ http01: { ingress: {}, gatewayHTTPRoute: {} } }),
    'only 1 HTTP01 solver type may be configured',
  ],
  [
    'Issuer',
    'two classes',
    ingress({ class: '', ingressClassName: 'a' }),
    "only one of 'ingressClassName', 'name' or 'class' should be specified",
  ],
  [
    'Issuer',
    'a class and a name',
    ingress({ name: 'a', ingressClassName: 'a' }),
    "only one of 'ingressClassName', 'name' or 'class' should be specified",
  ],
  [
    'Issuer',
    'a service of another type',
    ingress({ serviceType: 'LoadBalancer' }),
    'must be empty, "ClusterIP" or "NodePort"',
  ],
  [
    'Issuer',
    'a service of another type for a gateway',
    solving({ http01: { gatewayHTTPRoute: { serviceType: 'x' } } }),
    'must be empty, "ClusterIP" or "NodePort"',
  ],
  ['Issuer', 'no provider', dns01({ cnameStrategy: 'Follow' }), 'no DNS01 provider configured'],
  [
    'Issuer',
    'two providers',
    dns01({ rfc2136: { nameserver: 'a' }, webhook: { groupName: 'g', solverName: 's' } }),
    'may not specify more than one provider type',
  ],
  [
    'Issuer',
    'half a service principal',
    azure({ clientID: 'a' }),
    'clientID, clientSecretSecretRef and tenantID must be specified together',
  ],
  [
    'Issuer',
    'a service principal and an identity',
    azure({ clientID: 'a', tenantID: 'b', clientSecretSecretRef: ref, managedIdentity: {} }),
    'managed identity cannot be used at the same time as clientID, clientSecretSecretRef or tenantID',
  ],
  [
    'Issuer',
    'Cloudflare with both',
    dns01({ cloudflare: { email: 'a', apiKeySecretRef: ref, apiTokenSecretRef: ref } }),
    'apiKeySecretRef and apiTokenSecretRef cannot both be specified',
  ],
  ['Issuer', 'Cloudflare with nothing', dns01({ cloudflare: {} }), 'apiKeySecretRef or apiTokenSecretRef is required'],
  [
    'Issuer',
    'Cloudflare without an address',
    dns01({ cloudflare: { apiKeySecretRef: ref } }),
    'email must be specified with apiKeySecretRef',
  ],
  [
    'Issuer',
    'Route 53 with two ids',
    dns01({ route53: { accessKeyID: 'a', accessKeyIDSecretRef: ref } }),
    'accessKeyID and accessKeyIDSecretRef cannot both be specified',
  ],
  [
    'Issuer',
    'RFC 2136 without a server',
    dns01({ rfc2136: { nameserver: '' } }),
    'nameserver: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'a webhook without a solver',
    dns01({ webhook: { groupName: 'g', solverName: '' } }),
    'solver name must be specified',
  ],
  [
    'Issuer',
    'DigitalOcean without a Secret',
    dns01({ digitalocean: { tokenSecretRef: { name: '', key: 'b' } } }),
    'secret name is required',
  ],
  [
    'Issuer',
    'DigitalOcean without a key',
    dns01({ digitalocean: { tokenSecretRef: { name: 'a' } } }),
    'secret key is required',
  ],
  [
    'Issuer',
    'ACME-DNS without a Secret',
    dns01({ acmeDNS: { host: 'h', accountSecretRef: { name: '', key: 'b' } } }),
    'secret name is required',
  ],
  [
    'Issuer',
    'ACME-DNS without a key',
    dns01({ acmeDNS: { host: 'h', accountSecretRef: { name: 'a', key: '' } } }),
    'secret key is required',
  ],
  [
    'Issuer',
    'ca without a Secret',
    { ca: { secretName: '' } },
    'spec.ca.secretName: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'an empty responder',
    { ca: { secretName: 'a', ocspServers: [''] } },
    'must be a valid URL, e.g., http://ocsp.int-x3.letsencrypt.org',
  ],
  [
    'Issuer',
    'an empty address',
    { ca: { secretName: 'a', issuingCertificateURLs: ['a', ''] } },
    'spec.ca.issuingCertificateURLs[1]: Invalid value: "": must be a valid URL',
  ],
  [
    'Issuer',
    'vault without a server',
    vault({ server: '' }),
    'spec.vault.server: Invalid value: "": must be specified',
  ],
  ['Issuer', 'vault without a path', vault({ path: '' }), 'spec.vault.path: Invalid value: "": must be specified'],
  [
    'Issuer',
    'vault with a path upwards',
    vault({ path: 'a/..' }),
    'spec.vault.path: Invalid value: "a/..": must not contain \'..\' path segments',
  ],
  [
    'Issuer',
    'a role mounted upwards',
    auth({ appRole: { path: '../a', roleId: 'r', secretRef: ref } }),
    'appRole.path: Invalid value: "../a": must not contain \'..\' path segments',
  ],
  [
    'Issuer',
    'certificates mounted upwards',
    auth({ clientCertificate: { mountPath: '..' } }),
    "must not contain '..' path segments",
  ],
  [
    'Issuer',
    'kubernetes mounted upwards',
    auth({ kubernetes: { role: 'r', mountPath: '..', secretRef: ref } }),
    "must not contain '..' path segments",
  ],
  [
    'Issuer',
    'aws mounted upwards',
    auth({ aws: { role: 'r', mountPath: 'a/../b' } }),
    "must not contain '..' path segments",
  ],
  [
    'Issuer',
    'vault with trust in two ways',
    vault({ caBundle: bundle, caBundleSecretRef: ref }),
    'specified caBundle and caBundleSecretRef cannot be used together',
  ],
  [
    'Issuer',
    'a client certificate alone',
    vault({ clientCertSecretRef: ref }),
    'clientKeySecretRef must be provided when defining the clientCertSecretRef',
  ],
  [
    'Issuer',
    'a client key alone',
    vault({ clientKeySecretRef: ref }),
    'clientCertSecretRef must be provided when defining the clientKeySecretRef',
  ],
  [
    'Issuer',
    'no way to sign in',
    auth({}),
    'please supply one of: appRole, kubernetes, tokenSecretRef, clientCertificate, aws',
  ],
  [
    'Issuer',
    'no role id',
    auth({ appRole: { path: 'a', roleId: '', secretRef: ref } }),
    'appRole.roleId: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'no secret id',
    auth({ appRole: { path: 'a', roleId: 'r', secretRef: { name: '' } } }),
    'appRole.secretRef.name: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'kubernetes without a role',
    auth({ kubernetes: { role: '', secretRef: ref } }),
    'kubernetes.role: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'kubernetes without an account',
    auth({ kubernetes: { role: 'r', serviceAccountRef: { name: '' } } }),
    'kubernetes.serviceAccountRef.name: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'kubernetes in no way',
    auth({ kubernetes: { role: 'r', secretRef: { name: '' } } }),
    'please supply one of: secretRef, serviceAccountRef',
  ],
  [
    'Issuer',
    'kubernetes in both ways',
    auth({ kubernetes: { role: 'r', secretRef: ref, serviceAccountRef: ref } }),
    'please supply one of: secretRef, serviceAccountRef',
  ],
  [
    'Issuer',
    'aws without an account',
    auth({ aws: { role: 'r', serviceAccountRef: { name: '' }, iamRoleArn: 'a' } }),
    'aws.serviceAccountRef.name: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'aws without a role to assume',
    auth({ aws: { role: 'r', serviceAccountRef: ref } }),
    'iamRoleArn is required when using serviceAccountRef for IRSA',
  ],
  [
    'Issuer',
    'venafi without a zone',
    { venafi: { zone: '', tpp } },
    'spec.venafi.zone: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'tpp without an address',
    { venafi: { zone: 'z', tpp: { ...tpp, url: '' } } },
    'spec.venafi.tpp.url: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'tpp with trust in two ways',
    { venafi: { zone: 'z', tpp: { ...tpp, caBundle: bundle, caBundleSecretRef: ref } } },
    'may not specify more than one of caBundle/caBundleSecretRef as TPP CA Bundle',
  ],
  [
    'Issuer',
    'ngts without a tenant',
    { venafi: { zone: 'z', ngts: { tsgID: '', credentialsRef: ref } } },
    'spec.venafi.ngts.tsgID: Invalid value: "": must be specified',
  ],
  [
    'Issuer',
    'ngts without credentials',
    { venafi: { zone: 'z', ngts: { tsgID: 't', credentialsRef: { name: '' } } } },
    'spec.venafi.ngts.credentialsRef.name: Invalid value: "": must be specified',
  ],
];
