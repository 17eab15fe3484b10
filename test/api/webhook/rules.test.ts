// The rules of all six kinds as a user of kubectl meets them: a real API server asks our webhook, whose words come back to the letter.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  certificateRequests,
  certificates,
  challenges,
  clusterIssuers,
  issuers,
  type Kind,
  orders,
} from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { namespaces } from '../../../src/kube/resources.ts';
import {
  type AdmissionWebhook,
  installCrdsWithoutRules,
  startAdmissionWebhook,
} from '../../support/admission-webhook.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { aCsrPem, aRoot } from '../../support/pki-builders.ts';
import { until } from '../../support/until.ts';

/** [what, spec, message]; no message for what is let through. */
type Row = readonly [string, object, string?];

const denied = 'admission webhook "webhook.cert-manager.io" denied the request: ';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const certificate = { secretName: 'web-tls', dnsNames: ['web.example.com'], issuerRef: { name: 'ca' } };
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const noName =
  'spec: Invalid value: "": at least one of commonName (from the commonName field or from a literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set';
const mutual = 'renewBefore and renewBeforePercentage are mutually exclusive and cannot both be set';
const literal = { ...certificate, literalSubject: 'CN=web,O=shop' };
const aWindow = { cron: '0 2 * * *', windowDuration: '4h' };
const cronFields = 'cron needs to follow: cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow';
const windows = (more: object) => ({
  ...certificate,
  renewal: { policy: 'RenewBefore', windows: [{ ...aWindow, ...more }] },
});

const certificateRows: readonly Row[] = [
  ['a good one', certificate],
  [
    'with everything',
    {
      ...certificate,
      commonName: 'web.example.com',
      uris: ['spiffe://x/y'],
      ipAddresses: ['10.0.0.1', '::1'],
      emailAddresses: ['a@example.com'],
      otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'a@example.com' }],
      duration: '2160h',
      renewBefore: '360h',
      renewal: { policy: 'RenewBefore', windows: [{ ...aWindow, timezone: 'Europe/Berlin' }] },
      usages: ['server auth', 'client auth'],
      privateKey: { algorithm: 'ECDSA', size: 384, rotationPolicy: 'Never', encoding: 'PKCS8' },
      signatureAlgorithm: 'ECDSAWithSHA384',
      revisionHistoryLimit: 3,
      secretTemplate: { labels: { a: 'b' }, annotations: { 'cert-manager.io/allow-direct-injection': 'true' } },
      keystores: {
        jks: { create: true, password: 'x' },
        pkcs12: { create: true, passwordSecretRef: { name: 'x', key: 'y' } },
      },
      additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }],
    },
  ],
  ['a literal subject', { ...literal, dnsNames: undefined }],
  ['an external issuer', { ...certificate, issuerRef: { name: 'x', kind: 'Anything', group: 'example.org' } }],
  ['renewBeforePercentage alone', { ...certificate, renewBeforePercentage: 0 }],
  ['no secretName', { ...certificate, secretName: '' }, 'spec.secretName: Required value: must be specified'],
  [
    'a bad secretName',
    { ...certificate, secretName: 'Web_TLS' },
    `spec.secretName: Invalid value: "Web_TLS": ${subdomain}`,
  ],
  ['no issuer', { ...certificate, issuerRef: { name: '' } }, 'spec.issuerRef.name: Required value: must be specified'],
  [
    'an unknown kind',
    { ...certificate, issuerRef: { name: 'ca', kind: 'Foo', group: 'cert-manager.io' } },
    'spec.issuerRef.kind: Invalid value: "Foo": must be one of Issuer or ClusterIssuer',
  ],
  [
    'a forgotten group',
    { ...certificate, issuerRef: { name: 'ca', kind: 'Foo' } },
    'spec.issuerRef.kind: Invalid value: "Foo": must be one of Issuer or ClusterIssuer (did you forget to set spec.issuerRef.kind.group?)',
  ],
  ['no name', { ...certificate, dnsNames: undefined }, noName],
  [
    'a long common name',
    { ...certificate, commonName: 'x'.repeat(65) },
    'spec.commonName: Too long: may not be more than 64 bytes',
  ],
  [
    'a long common name in a literal subject',
    { ...certificate, literalSubject: `CN=${'x'.repeat(65)}` },
    'spec.commonName: Too long: may not be more than 64 bytes',
  ],
  [
    'both common names',
    { ...literal, commonName: 'a' },
    'spec.commonName: Invalid value: "a": When providing a `LiteralSubject` no `commonName` may be provided.',
  ],
  [
    'both subjects',
    { ...literal, subject: { serialNumber: '1' } },
    'spec.subject: Invalid value: {"Organizations":null,"Countries":null,"OrganizationalUnits":null,"Localities":null,"Provinces":null,"StreetAddresses":null,"PostalCodes":null,"SerialNumber":"1"}: When providing a `LiteralSubject` no `Subject` properties may be provided.',
  ],
  [
    'an attribute that nobody knows',
    { ...certificate, literalSubject: 'CN=web,FOO=bar' },
    'spec.literalSubject: Invalid value: "CN=web,FOO=bar": Literal subject contains unrecognized key with value [bar]',
  ],
  [
    'a bad IP address',
    { ...certificate, ipAddresses: ['10.0.0.1', '10.0.0'] },
    'spec.ipAddresses[1]: Invalid value: "10.0.0": invalid IP address',
  ],
  [
    'a mail address with a name',
    { ...certificate, emailAddresses: ['A <a@example.com>'] },
    'spec.emailAddresses[0]: Invalid value: "A <a@example.com>": invalid email address: make sure the supplied value only contains the email address itself',
  ],
  [
    'a bad mail address',
    { ...certificate, emailAddresses: ['a'] },
    'spec.emailAddresses[0]: Invalid value: "a": invalid email address: mail: missing \'@\' or angle-addr',
  ],
  [
    'other names',
    { ...certificate, otherNames: [{ utf8Value: '' }, { oid: 'x', utf8Value: 'y' }] },
    '[spec.otherNames[0].oid: Required value: must be specified, spec.otherNames[0].oid: Invalid value: "": invalid oid syntax, spec.otherNames[0].utf8Value: Required value: must be set to a valid non-empty UTF8 string, spec.otherNames[1].oid: Invalid value: "x": invalid oid syntax]',
  ],
  [
    'a short duration',
    { ...certificate, duration: '30m' },
    'spec.duration: Invalid value: 1800000000000: certificate duration must be greater than 1h0m0s',
  ],
  [
    'a short renewBefore',
    { ...certificate, renewBefore: '1m' },
    'spec.renewBefore: Invalid value: 60000000000: certificate renewBefore must be greater than 5m0s',
  ],
  [
    'a long renewBefore',
    { ...certificate, duration: '1h', renewBefore: '1h' },
    'spec.renewBefore: Invalid value: 3600000000000: certificate duration 1h0m0s must be greater than renewBefore 1h0m0s',
  ],
  [
    'both renewBefores',
    { ...certificate, renewBefore: '1h', renewBeforePercentage: 30 },
    `[spec.renewBefore: Invalid value: 3600000000000: ${mutual}, spec.renewBeforePercentage: Invalid value: 30: ${mutual}]`,
  ],
  [
    'a percentage of nothing',
    { ...certificate, duration: '24h', renewBeforePercentage: 100 },
    'spec.renewBeforePercentage: Invalid value: 100: certificate renewBeforePercentage must result in a renewBefore greater than 5m0s',
  ],
  [
    'a percentage of everything',
    { ...certificate, duration: '24h', renewBeforePercentage: 0 },
    'spec.renewBeforePercentage: Invalid value: 0: certificate renewBeforePercentage must result in a renewBefore less than duration',
  ],
  [
    'disabled with windows',
    { ...certificate, renewal: { policy: 'Disabled', windows: [aWindow] } },
    'spec.renewal.windows: Forbidden: windows cannot be set when `renewal.policy` is set to Disabled',
  ],
  [
    'no policy',
    { ...certificate, renewal: {} },
    'spec.renewal.policy: Unsupported value: "": supported values: "Disabled", "RenewBefore"',
  ],
  [
    'a window that never opens',
    windows({ cron: 'x' }),
    `spec.renewal.windows[0].cron: Invalid value: "x": invalid cron syntax: failed to parse cron spec 'x': expected exactly 5 fields, found 1: [x]. ${cronFields}`,
  ],
  [
    'a window on Mars',
    windows({ timezone: 'Mars/Olympus' }),
    `[spec.renewal.windows[0].timezone: Invalid value: "Mars/Olympus": invalid value for timezone. timezone must be IANA compliant, spec.renewal.windows[0].cron: Invalid value: "0 2 * * *": invalid cron syntax: failed to parse cron spec '0 2 * * *': provided bad location Mars/Olympus: unknown time zone Mars/Olympus. ${cronFields}]`,
  ],
  [
    'a small RSA key',
    { ...certificate, privateKey: { size: 1024 } },
    'spec.privateKey.size: Invalid value: 1024: must be between 2048 and 8192 for rsa keyAlgorithm',
  ],
  [
    'an odd ECDSA key',
    { ...certificate, privateKey: { algorithm: 'ECDSA', size: 255 } },
    'spec.privateKey.size: Unsupported value: 255: supported values: "256", "384", "521"',
  ],
  [
    'a signature of another key',
    { ...certificate, signatureAlgorithm: 'PureEd25519' },
    'spec.signatureAlgorithm: Invalid value: "PureEd25519": for key algorithm RSA the allowed signature algorithms are [SHA256WithRSA SHA384WithRSA SHA512WithRSA]',
  ],
  [
    'no history',
    { ...certificate, revisionHistoryLimit: 0 },
    'spec.revisionHistoryLimit: Invalid value: 0: must not be less than 1',
  ],
  [
    'our annotations',
    { ...certificate, secretTemplate: { annotations: { 'cert-manager.io/x': 'y' } } },
    'spec.secretTemplate.annotations: Invalid value: "cert-manager.io/x": cert-manager.io/* annotations are not allowed',
  ],
  [
    'a bad label',
    { ...certificate, secretTemplate: { labels: { a: '-' } } },
    "spec.secretTemplate.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ],
  [
    'two passwords',
    { ...certificate, keystores: { jks: { create: true, password: 'x', passwordSecretRef: { name: 'x', key: 'y' } } } },
    'spec.keystores.jks: Forbidden: exactly one of passwordSecretRef and password must be provided for JKS keystores; cannot set both',
  ],
  [
    'no password',
    { ...certificate, keystores: { pkcs12: { create: false } } },
    'spec.keystores.pkcs12: Forbidden: must set exactly one of passwordSecretRef and password must for PKCS#12 keystores',
  ],
  [
    'an empty password',
    { ...certificate, keystores: { jks: { create: true, password: '' } } },
    'spec.keystores.jks.password: Forbidden: literal password cannot be empty if set on JKS keystores',
  ],
  [
    'a format twice',
    { ...certificate, additionalOutputFormats: [{ type: 'DER' }, { type: 'DER' }] },
    'spec.additionalOutputFormats[type]: Duplicate value: "DER"',
  ],
  [
    'name constraints of a leaf',
    { ...certificate, nameConstraints: { permitted: { dnsDomains: ['a'] } } },
    'spec.nameConstraints: Invalid value: {"Critical":false,"Permitted":{"DNSDomains":["a"],"IPRanges":null,"EmailAddresses":null,"URIDomains":null},"Excluded":null}: isCa should be true when nameConstraints is set',
  ],
  [
    'empty name constraints',
    { ...certificate, isCA: true, nameConstraints: {} },
    'spec.nameConstraints: Invalid value: {"Critical":false,"Permitted":null,"Excluded":null}: either permitted or excluded must be set',
  ],
  [
    'several at once',
    { secretName: '', issuerRef: { name: '' } },
    `[spec.secretName: Required value: must be specified, spec.issuerRef.name: Required value: must be specified, ${noName}]`,
  ],
];

const csr = aCsrPem({ dnsNames: ['web.example.com'] });
const caCsr = aCsrPem({ commonName: 'ca', isCA: true });
const request = { issuerRef: { name: 'ca' }, request: base64(csr) };
const shown = (pem: string) => JSON.stringify(`${pem.slice(0, 97)}...`);
const forged = forge(csr);

/** The last byte of the signature is another one. */
function forge(pem: string): string {
  const [, body = ''] = /-----\n([\s\S]+)\n-----/.exec(pem) ?? [];
  const der = Buffer.from(body, 'base64');
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  return pem.replace(body, (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n'));
}

const requestRows: readonly Row[] = [
  ['a good one', request],
  [
    'a CA',
    { ...request, request: base64(caCsr), isCA: true, usages: ['cert sign', 'digital signature', 'key encipherment'] },
  ],
  [
    'an unknown kind',
    { ...request, issuerRef: { name: 'ca', kind: 'Foo' } },
    'spec.issuerRef.kind: Invalid value: "Foo": must be one of Issuer or ClusterIssuer (did you forget to set spec.issuerRef.kind.group?)',
  ],
  ['no issuer', { ...request, issuerRef: { name: '' } }, 'spec.issuerRef.name: Required value: must be specified'],
  [
    'no PEM',
    { ...request, request: base64('invalid-csr') },
    'spec.request: Invalid value: "invalid-csr": error decoding certificate request PEM block: no PEM data was found in given input',
  ],
  [
    'too much PEM',
    { ...request, request: base64('x'.repeat(36_501)) },
    `spec.request: Invalid value: ${shown('x'.repeat(200))}: error decoding certificate request PEM block: provided PEM data was larger than the maximum 36500B`,
  ],
  [
    'a forged CSR',
    { ...request, request: base64(forged) },
    `spec.request: Invalid value: ${shown(forged)}: x509: ECDSA verification failure`,
  ],
  [
    'a leaf asked for with the CSR of a CA',
    { ...request, request: base64(caCsr), usages: ['cert sign', 'digital signature', 'key encipherment'] },
    `spec.request: Invalid value: ${shown(caCsr)}: encoded CSR error: IsCA true does not match expected value false`,
  ],
  [
    'other usages than those of the CSR',
    { ...request, usages: ['server auth'] },
    `spec.request: Invalid value: ${shown(csr)}: encoded CSR error: the KeyUsages [ 'digital signature', 'key encipherment' ] do not match the expected KeyUsages []`,
  ],
];

const ca = { ca: { secretName: 'ca-key-pair' } };
const server = 'https://acme.example.com/directory';
const acme = (more: object = {}) => ({ acme: { server, privateKeySecretRef: { name: 'key' }, ...more } });
const solver = (more: object) => acme({ solvers: [more] });
const dns01 = (more: object) => solver({ dns01: more });
const at = 'spec.acme.solvers[0]';
const reference = { name: 'x', key: 'y' };
const vault = (more: object = {}) => ({
  vault: { server: 'https://vault', path: 'pki/sign/x', auth: { tokenSecretRef: reference }, ...more },
});
const root = base64(aRoot().pem);

const issuerRows: readonly Row[] = [
  ['a CA', ca],
  ['self-signed', { selfSigned: {} }],
  [
    'ACME',
    acme({
      caBundle: root,
      solvers: [
        { http01: { ingress: { ingressClassName: 'nginx' } } },
        { dns01: { cloudflare: { apiTokenSecretRef: reference } } },
      ],
    }),
  ],
  ['Vault', vault({ caBundle: root })],
  ['none', {}, 'spec: Required value: at least one issuer must be configured'],
  ['two', { ...ca, selfSigned: {} }, 'spec.selfSigned: Forbidden: may not specify more than one issuer type'],
  ['CA without a Secret', { ca: { secretName: '' } }, 'spec.ca.secretName: Required value'],
  [
    'empty URLs',
    { ca: { secretName: 'x', ocspServers: [''], issuingCertificateURLs: [''] } },
    '[spec.ca.ocspServer[0]: Invalid value: "": must be a valid URL, e.g., http://ocsp.int-x3.letsencrypt.org, spec.ca.issuingCertificateURLs[0]: Invalid value: "": must be a valid URL]',
  ],
  [
    'ACME without anything',
    { acme: { server: '', privateKeySecretRef: { name: '' } } },
    '[spec.acme.privateKeySecretRef.name: Required value: private key secret name is a required field, spec.acme.server: Required value: acme server URL is a required field]',
  ],
  [
    'a bundle that is not looked at',
    acme({ caBundle: root, skipTLSVerify: true }),
    '[spec.acme.caBundle: Invalid value: "": caBundle and skipTLSVerify are mutually exclusive and cannot both be set, spec.acme.skipTLSVerify: Invalid value: true: caBundle and skipTLSVerify are mutually exclusive and cannot both be set]',
  ],
  [
    'a bundle without certificates',
    acme({ caBundle: base64('x') }),
    'spec.acme.caBundle: Invalid value: "": cert bundle didn\'t contain any valid certificates',
  ],
  [
    'an account without a key',
    acme({ externalAccountBinding: { keyID: '', keySecretRef: { name: '' } } }),
    '[spec.acme.externalAccountBinding.keyID: Required value: the keyID field is required when using externalAccountBinding, spec.acme.externalAccountBinding.keySecretRef.name: Required value: secret name is required, spec.acme.externalAccountBinding.keySecretRef.key: Required value: secret key is required]',
  ],
  ['no solver', solver({}), `${at}: Required value: no solver type configured`],
  [
    'two solvers in one',
    solver({ http01: { ingress: {} }, dns01: {} }),
    `${at}: Forbidden: may not specify more than one solver type in a single solver`,
  ],
  [
    'a negative wait',
    solver({ http01: { ingress: {} }, waitInsteadOfSelfCheck: '-1s' }),
    `${at}.waitInsteadOfSelfCheck: Invalid value: -1000000000: waitInsteadOfSelfCheck must not be negative`,
  ],
  [
    'HTTP-01 without anything',
    solver({ http01: {} }),
    `${at}.http01: Required value: no HTTP01 solver type configured`,
  ],
  [
    'HTTP-01 twice',
    solver({ http01: { ingress: {}, gatewayHTTPRoute: {} } }),
    `${at}.http01: Required value: only 1 HTTP01 solver type may be configured`,
  ],
  [
    'an ingress by class and name',
    solver({ http01: { ingress: { class: 'a', name: 'b' } } }),
    `${at}.http01.ingress: Forbidden: only one of 'ingressClassName', 'name' or 'class' should be specified`,
  ],
  [
    'an ingress class that is none',
    solver({ http01: { ingress: { ingressClassName: 'azure/gateway' } } }),
    `${at}.http01.ingress.ingressClassName: Invalid value: "azure/gateway": must be a valid IngressClass name: ${subdomain}`,
  ],
  [
    'a type of Service',
    solver({ http01: { gatewayHTTPRoute: { serviceType: 'LoadBalancer' } } }),
    `${at}.http01.gateway.serviceType: Invalid value: "LoadBalancer": must be empty, "ClusterIP" or "NodePort"`,
  ],
  ['no DNS-01 provider', dns01({}), `${at}.dns01: Required value: no DNS01 provider configured`],
  [
    'two of them',
    dns01({ cloudDNS: { project: 'x' }, route53: {} }),
    `${at}.dns01.route53: Forbidden: may not specify more than one provider type`,
  ],
  [
    'Akamai',
    dns01({
      akamai: {
        serviceConsumerDomain: '',
        accessTokenSecretRef: { name: '' },
        clientSecretSecretRef: reference,
        clientTokenSecretRef: reference,
      },
    }),
    `[${at}.dns01.akamai.accessToken.name: Required value: secret name is required, ${at}.dns01.akamai.accessToken.key: Required value: secret key is required, ${at}.dns01.akamai.serviceConsumerDomain: Required value]`,
  ],
  [
    'Azure',
    dns01({ azureDNS: { subscriptionID: '', resourceGroupName: '', clientID: 'x', managedIdentity: {} } }),
    `[${at}.dns01.azureDNS.clientSecretSecretRef: Required value, ${at}.dns01.azureDNS.tenantID: Required value, ${at}.dns01.azureDNS.managedIdentity: Forbidden: managed identity cannot be used at the same time as clientID, clientSecretSecretRef or tenantID, ${at}.dns01.azureDNS.subscriptionID: Required value, ${at}.dns01.azureDNS.resourceGroupName: Required value]`,
  ],
  [
    'Google',
    dns01({ cloudDNS: { project: '', serviceAccountSecretRef: { name: 'x' } } }),
    `[${at}.dns01.cloudDNS.serviceAccountSecretRef.key: Required value: secret key is required, ${at}.dns01.cloudDNS.project: Required value]`,
  ],
  [
    'Cloudflare',
    dns01({ cloudflare: {} }),
    `${at}.dns01.cloudflare: Required value: apiKeySecretRef or apiTokenSecretRef is required`,
  ],
  [
    'Cloudflare by key',
    dns01({ cloudflare: { apiKeySecretRef: reference } }),
    `${at}.dns01.cloudflare.email: Required value`,
  ],
  [
    'Route 53',
    dns01({ route53: { accessKeyID: 'x', accessKeyIDSecretRef: reference } }),
    `${at}.dns01.route53: Required value: accessKeyID and accessKeyIDSecretRef cannot both be specified`,
  ],
  [
    'acme-dns',
    dns01({ acmeDNS: { host: '', accountSecretRef: reference } }),
    `${at}.dns01.acmeDNS.host: Required value`,
  ],
  [
    'DigitalOcean',
    dns01({ digitalocean: { tokenSecretRef: { name: 'x' } } }),
    `${at}.dns01.digitalocean.tokenSecretRef.key: Required value: secret key is required`,
  ],
  [
    'RFC 2136',
    dns01({ rfc2136: { nameserver: ':::', tsigAlgorithm: 'MD5', tsigKeyName: 'x' } }),
    `[${at}.dns01.rfc2136.nameserver: Invalid value: ":::": nameserver must be set in the form host:port where host is an IPv4 address, an enclosed IPv6 address or a hostname and port is an optional port number., ${at}.dns01.rfc2136.tsigAlgorithm: Unsupported value: "": supported values: "HMACMD5", "HMACSHA1", "HMACSHA256", "HMACSHA512", ${at}.dns01.rfc2136.tsigSecretSecretRef.name: Required value: secret name is required, ${at}.dns01.rfc2136.tsigSecretSecretRef.key: Required value: secret key is required]`,
  ],
  [
    'a webhook',
    dns01({ webhook: { groupName: 'x', solverName: '' } }),
    `${at}.dns01.webhook.solverName: Required value: solver name must be specified`,
  ],
  [
    'Vault without anything',
    { vault: { server: '', path: '', auth: {} } },
    '[spec.vault.server: Required value, spec.vault.path: Required value, spec.vault.auth: Required value: please supply one of: appRole, kubernetes, tokenSecretRef, clientCertificate, aws]',
  ],
  [
    'Vault beyond its path',
    vault({ path: 'pki/../sys' }),
    'spec.vault.path: Invalid value: "pki/../sys": must not contain \'..\' path segments',
  ],
  [
    'Vault with two bundles',
    vault({ caBundle: root, caBundleSecretRef: { name: 'x' } }),
    '[spec.vault.caBundle: Invalid value: "<snip>": specified caBundle and caBundleSecretRef cannot be used together, spec.vault.caBundleSecretRef: Invalid value: "x": specified caBundleSecretRef and caBundle cannot be used together]',
  ],
  [
    'Vault with half a client certificate',
    vault({ clientCertSecretRef: { name: 'x' } }),
    'spec.vault.clientKeySecretRef: Invalid value: "<snip>": clientKeySecretRef must be provided when defining the clientCertSecretRef',
  ],
  [
    'Vault by Kubernetes',
    vault({ auth: { kubernetes: { role: '' } } }),
    '[spec.vault.auth.kubernetes.role: Required value, spec.vault.auth.kubernetes: Required value: please supply one of: secretRef, serviceAccountRef]',
  ],
  [
    'Vault by AWS',
    vault({ auth: { aws: { role: 'x', serviceAccountRef: { name: 'y' } } } }),
    'spec.vault.auth.aws.iamRoleArn: Required value: iamRoleArn is required when using serviceAccountRef for IRSA',
  ],
  [
    'Venafi without anything',
    { venafi: { zone: '' } },
    '[spec.venafi.zone: Required value, spec.venafi: Required value: please supply one of: tpp, cloud, ngts]',
  ],
  [
    'Venafi twice',
    {
      venafi: {
        zone: 'x',
        cloud: { apiTokenSecretRef: reference },
        tpp: { url: '', credentialsRef: { name: 'x' }, caBundle: root, caBundleSecretRef: reference },
      },
    },
    '[spec.venafi.tpp.url: Required value, spec.venafi.tpp: Forbidden: may not specify more than one of caBundle/caBundleSecretRef as TPP CA Bundle, spec.venafi: Forbidden: please supply one of: tpp, cloud, ngts]',
  ],
  [
    'Venafi NGTS',
    { venafi: { zone: 'x', ngts: { tsgID: '', credentialsRef: { name: '' } } } },
    '[spec.venafi.ngts.tsgID: Required value, spec.venafi.ngts.credentialsRef.name: Required value]',
  ],
];

describe('the rules of all kinds, through kubectl', () => {
  let plane: ControlPlane;
  let webhook: AdmissionWebhook;
  let namespace: string;
  before(async () => {
    plane = await startControlPlane();
    await installCrdsWithoutRules(plane);
    webhook = await startAdmissionWebhook(plane);
    namespace = await plane.createNamespace('rules');
  });
  after(async () => {
    await webhook?.close();
    await plane?.stop();
  });

  const manifest = (kind: Kind, name: string, more: object) => ({
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: { name, ...(kind.namespaced ? { namespace } : {}) },
    ...more,
  });

  /** What kubectl says of each object that it cannot create, in their order. */
  async function complaints(kind: Kind, specs: readonly object[]): Promise<string[]> {
    const items = specs.map((spec, index) => manifest(kind, `x-${index}`, { spec }));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const said = await plane
      .kubectl(['create', '--dry-run=server', '-f', '-'], list)
      .catch((error: Error) => error.message);
    return said
      .split('\n')
      .filter((line) => line.includes('rror'))
      .map(withoutPreface);
  }
  const withoutPreface = (line: string): string =>
    line.slice(line.indexOf(denied) < 0 ? 0 : line.indexOf(denied) + denied.length);

  const kinds: readonly [Kind, readonly Row[]][] = [
    [certificates, certificateRows],
    [certificateRequests, requestRows],
    [issuers, issuerRows],
    [clusterIssuers, issuerRows],
  ];
  for (const [kind, rows] of kinds) {
    test(`${kind.kind}: what is wrong is refused, each in upstream's words`, async (t) => {
      const bad = rows.filter(([, , message]) => message !== undefined);
      const said = await complaints(
        kind,
        bad.map(([, spec]) => spec),
      );
      assert.equal(said.length, bad.length, said.join('\n'));
      for (const [index, [name, , message]] of bad.entries())
        await t.test(name, () => assert.equal(said[index], message));
    });

    test(`${kind.kind}: what is right is let through`, async () => {
      const good = rows.filter(([, , message]) => message === undefined);
      assert.deepEqual(
        await complaints(
          kind,
          good.map(([, spec]) => spec),
        ),
        [],
      );
    });
  }

  const create = async <T extends KubeObject>(kind: Kind, name: string, spec: object, status?: object): Promise<T> => {
    const made = await plane.client.create<T>(kind, manifest(kind, name, { spec }));
    return status === undefined ? made : plane.client.replace<T>(kind, { ...made, status } as never, 'status');
  };
  const patch = async (kind: Kind, name: string, change: object, ...flags: string[]): Promise<string> => {
    const where = kind.namespaced ? ['-n', namespace] : [];
    const said = plane.kubectl([
      'patch',
      kind.plural,
      name,
      '--type=merge',
      '-p',
      JSON.stringify(change),
      ...where,
      ...flags,
    ]);
    return withoutPreface(await said.catch((error: Error) => error.message));
  };

  test('Certificate, Issuer: an update is looked at like a creation', async () => {
    await create(certificates, 'web', certificate);
    assert.equal(
      await patch(certificates, 'web', { spec: { secretName: '' } }),
      'spec.secretName: Required value: must be specified',
    );
    await create(issuers, 'ca', ca);
    assert.equal(
      await patch(issuers, 'ca', { spec: { selfSigned: {} } }),
      'spec.selfSigned: Forbidden: may not specify more than one issuer type',
    );
    assert.match(await patch(certificates, 'web', { spec: { secretName: 'other' } }), /patched/);
  });

  test('Issuer: a deprecated field is warned of, and taken', async () => {
    const externalAccountBinding = { keyID: 'x', keySecretRef: reference, keyAlgorithm: 'HS256' };
    await create(issuers, 'eab', ca);
    const args = ['--warnings-as-errors', 'create', '--dry-run=server', '-f', '-'];
    const said = await plane
      .kubectl(args, JSON.stringify(manifest(issuers, 'warned', { spec: acme({ externalAccountBinding }) })))
      .catch((error: Error) => error.message);
    assert.match(
      said,
      /Warning: ACME issuer spec field 'externalAccount\.keyAlgorithm' is deprecated\. The value of this field will be ignored\./,
    );
    assert.deepEqual(await complaints(issuers, [acme({ externalAccountBinding })]), []);
  });

  test('Certificate, Issuer: a status is not written while the spec is wrong', async () => {
    const hidden = await plane.createNamespace('hidden');
    const label = (value: string | null) =>
      plane.client.merge(
        namespaces,
        { name: hidden },
        { metadata: { labels: { 'cert-manager.io/disable-validation': value } } },
      );
    await label('true');
    const bad = {
      ...manifest(certificates, 'bad', { spec: { ...certificate, secretName: '' } }),
      metadata: { name: 'bad', namespace: hidden },
    };
    await until('it is not looked at', () =>
      plane.client.create(certificates, bad).then(
        () => true,
        () => false,
      ),
    );
    await label(null);
    const write = () =>
      plane.client.merge(certificates, { namespace: hidden, name: 'bad' }, { status: { revision: 1 } }, 'status');
    const refused = await until('it is looked at again', () =>
      write().then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
    assert.equal(refused, `${denied}spec.secretName: Required value: must be specified`);
  });

  const immutable = (...paths: string[]) => {
    const all = paths.map((path) => `${path}: Forbidden: field is immutable once set`);
    return all.length === 1 ? all[0] : `[${all.join(', ')}]`;
  };

  test('Order: what is set stays', async () => {
    const challenge = { url: 'https://x/c', token: 't', type: 'http-01' };
    const authorization = {
      url: 'https://x/a',
      identifier: 'a.example',
      wildcard: false,
      initialState: 'pending',
      challenges: [challenge],
    };
    const status = {
      url: 'https://x/o',
      finalizeURL: 'https://x/f',
      certificate: base64('x'),
      authorizations: [authorization],
      state: 'pending',
    };
    await create(orders, 'web', { issuerRef: { name: 'acme' }, request: base64(csr), dnsNames: ['a'] }, status);
    const authorizations = (...items: object[]) => ({ status: { authorizations: items } });
    const one = 'status.authorizations[0]';
    const cases: readonly [object, string | undefined][] = [
      [
        { status: { url: 'https://x/o2', finalizeURL: 'https://x/f2', certificate: base64('y') } },
        immutable('status.url', 'status.finalizeURL', 'status.certificate'),
      ],
      [authorizations(), immutable('status.authorizations')],
      [authorizations(authorization, authorization), immutable('status.authorizations')],
      [
        authorizations({
          ...authorization,
          url: 'https://x/a2',
          identifier: 'b',
          wildcard: true,
          initialState: 'valid',
        }),
        immutable(`${one}.url`, `${one}.identifier`, `${one}.wildcard`, `${one}.initialState`),
      ],
      [authorizations({ ...authorization, challenges: [] }), immutable(`${one}.challenges`)],
      [
        authorizations({ ...authorization, challenges: [{ url: 'https://x/c2', token: 'u', type: 'dns-01' }] }),
        immutable(`${one}.challenges[0].url`, `${one}.challenges[0].type`, `${one}.challenges[0].token`),
      ],
    ];
    for (const [change, message] of cases)
      assert.equal(await patch(orders, 'web', change, '--subresource=status'), message);
    assert.equal(await patch(orders, 'web', { spec: { request: base64(caCsr) } }), immutable('spec.request'));
    assert.match(await patch(orders, 'web', { spec: { dnsNames: ['b'] } }), /patched/);
    assert.match(await patch(orders, 'web', { status: { state: 'valid' } }, '--subresource=status'), /patched/);
  });

  test('Challenge: the spec stays', async () => {
    const spec = {
      url: 'https://x/c',
      authorizationURL: 'https://x/a',
      dnsName: 'a.example',
      type: 'HTTP-01',
      token: 't',
      key: 'k',
      solver: { http01: { ingress: {} } },
      issuerRef: { name: 'acme' },
    };
    await create(challenges, 'web', spec);
    const message = 'spec: Forbidden: challenge spec is immutable after creation';
    assert.equal(await patch(challenges, 'web', { spec: { key: 'other' } }), message);
    assert.equal(await patch(challenges, 'web', { spec: { wildcard: true } }), message);
    assert.match(await patch(challenges, 'web', { status: { state: 'valid' } }, '--subresource=status'), /patched/);
  });

  test("deletions are nobody's business", async () => {
    const before = webhook.reviews();
    await plane.kubectl(['delete', 'orders,challenges,certificates,issuers', '--all', '-n', namespace, '--wait=false']);
    assert.equal(webhook.reviews(), before);
  });
});
