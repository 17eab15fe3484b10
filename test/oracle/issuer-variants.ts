// Issuers and solvers with right and wrong values in each field, put together at random by fast-check.
import fc from 'fast-check';
import { type Json, list, maybe, mostly, record, some } from './admission-words.ts';

const secretKeyReference = maybe({ name: 'a', key: 'b' }, { name: 'a' }, { name: '', key: 'b' }, { name: '', key: '' });
const wanted = (...values: readonly Json[]) => fc.constantFrom<Json>(...values);
const completeReference = wanted(
  { name: 'a', key: 'b' },
  { name: 'a', key: 'b' },
  { name: 'a' },
  { name: '', key: 'b' },
  { name: '' },
);
const text = wanted('value', 'value', '');

const dns01 = record({
  cnameStrategy: maybe('None', 'Follow'),
  akamai: some(
    record({
      serviceConsumerDomain: text,
      clientTokenSecretRef: completeReference,
      clientSecretSecretRef: completeReference,
      accessTokenSecretRef: completeReference,
    }),
  ),
  azureDNS: some(
    record({
      subscriptionID: text,
      resourceGroupName: text,
      clientID: maybe('a', ''),
      tenantID: maybe('b'),
      clientSecretSecretRef: secretKeyReference,
      environment: maybe('', 'AzurePublicCloud', 'Mars'),
      zoneType: maybe('AzurePublicZone', 'Other'),
      managedIdentity: some(record({ clientID: maybe('a'), resourceID: maybe('b'), tenantID: maybe('c') })),
    }),
  ),
  cloudDNS: some(record({ project: text, serviceAccountSecretRef: secretKeyReference, hostedZoneName: maybe('a') })),
  cloudflare: some(
    record({ email: maybe('a@b.c', ''), apiKeySecretRef: secretKeyReference, apiTokenSecretRef: secretKeyReference }),
  ),
  route53: some(
    record({
      region: maybe('', 'eu-west-1'),
      accessKeyID: maybe('AKIA'),
      accessKeyIDSecretRef: secretKeyReference,
      secretAccessKeySecretRef: secretKeyReference,
      role: maybe('arn'),
      auth: maybe(
        {},
        { kubernetes: { serviceAccountRef: { name: 'a' } } },
        { kubernetes: { serviceAccountRef: { name: '' } } },
      ),
    }),
  ),
  acmeDNS: some(record({ host: text, accountSecretRef: completeReference })),
  digitalocean: some(record({ tokenSecretRef: completeReference })),
  rfc2136: some(
    record({
      nameserver: wanted(
        '',
        '1.2.3.4',
        '1.2.3.4:53',
        '[::1]:53',
        '::1',
        '[::1]',
        'ns.example.com',
        'ns:99999',
        ':53',
        'a:b:c',
        '1.2.3.4:',
        'ns.example.com:dns',
      ),
      tsigKeyName: maybe('key', ''),
      tsigAlgorithm: maybe('HMACMD5', 'hmacsha256', 'HMACSHA384', 'HMAC-SHA1'),
      tsigSecretSecretRef: secretKeyReference,
      protocol: maybe('TCP', 'UDP'),
    }),
  ),
  webhook: some(record({ groupName: text, solverName: text, config: maybe({ a: 1 }) })),
});

const podTemplate = maybe({}, { metadata: { labels: { a: 'b' } } }, { spec: { nodeSelector: { a: 'b' } } });
const http01 = record({
  ingress: some(
    record({
      class: maybe('nginx', ''),
      ingressClassName: maybe('nginx', 'Bad_Name', ''),
      name: maybe('ingress', ''),
      serviceType: maybe('ClusterIP', 'NodePort', '', 'LoadBalancer'),
      podTemplate,
    }),
  ),
  gatewayHTTPRoute: some(
    record({
      serviceType: maybe('ClusterIP', 'ExternalName'),
      labels: maybe({ a: 'b' }),
      parentRefs: maybe(
        [],
        [{ name: 'a', kind: 'Gateway' }],
        [{ name: 'a' }],
        [{ kind: 'Gateway', name: '' }, { name: 'b' }],
        [{ name: '' }],
      ),
      podTemplate,
    }),
  ),
});
export const solver = record({
  selector: maybe({}, { dnsZones: ['a'] }),
  http01: some(http01),
  dns01: some(dns01),
  waitInsteadOfSelfCheck: maybe('10s', '-1s', '0s'),
});

// One certificate that parses, and things that do not.
export const bundles = (pem: string): readonly string[] =>
  [pem, 'nonsense', '', `${pem}${pem}`].map((each) => Buffer.from(each).toString('base64'));

const acme = (pem: string) =>
  record({
    server: mostly('https://acme.example.com', ''),
    email: maybe('a@b.c', 'nonsense'),
    privateKeySecretRef: mostly({ name: 'key' }, { name: '' }, { name: 'key', key: '' }),
    preferredChain: maybe('a', 'b'.repeat(65)),
    caBundle: maybe(...bundles(pem)),
    skipTLSVerify: maybe(true, false),
    externalAccountBinding: some(
      record({ keyID: text, keySecretRef: completeReference, keyAlgorithm: maybe('HS256', 'HS512') }),
    ),
    profile: maybe('p'),
    solvers: list(solver, 3),
  });

const vaultPaths = ['auth/path', '', '../x', 'a/../b', '/v1/auth/x', 'a..b'];
const vault = (pem: string) =>
  record({
    server: text,
    path: wanted('pki/sign/x', '', 'pki/../x', '..'),
    namespace: maybe('n'),
    caBundle: maybe(...bundles(pem)),
    caBundleSecretRef: secretKeyReference,
    clientCertSecretRef: secretKeyReference,
    clientKeySecretRef: secretKeyReference,
    auth: record({
      tokenSecretRef: secretKeyReference,
      appRole: some(record({ path: wanted(...vaultPaths), roleId: text, secretRef: completeReference })),
      clientCertificate: some(
        record({ mountPath: maybe(...vaultPaths), secretName: maybe('', 'a'), name: maybe('b') }),
      ),
      kubernetes: some(
        record({
          mountPath: maybe(...vaultPaths),
          role: text,
          secretRef: secretKeyReference,
          serviceAccountRef: maybe({ name: '' }, { name: 'a' }, { name: 'a', audiences: ['b'] }),
        }),
      ),
      aws: some(
        record({
          mountPath: maybe(...vaultPaths),
          role: text,
          region: maybe('r'),
          serviceAccountRef: maybe({ name: '' }, { name: 'a' }),
          iamRoleArn: maybe('arn', ''),
          vaultHeaderValue: maybe('v'),
        }),
      ),
    }),
  });

const venafi = (pem: string) =>
  record({
    zone: text,
    tpp: some(
      record({
        url: text,
        credentialsRef: wanted({ name: 'a' }, { name: '' }),
        caBundle: maybe(...bundles(pem)),
        caBundleSecretRef: secretKeyReference,
      }),
    ),
    cloud: some(record({ url: maybe('u'), apiTokenSecretRef: completeReference })),
    ngts: some(record({ tsgID: text, credentialsRef: wanted({ name: 'a' }, { name: '' }), url: maybe('u') })),
  });

const urls = maybe([], ['http://a'], [''], ['http://a', '', 'x']);
const ca = record({ secretName: text, crlDistributionPoints: urls, ocspServers: urls, issuingCertificateURLs: urls });
const selfSigned = record({ crlDistributionPoints: urls });

/** Mostly one type, now and then none or several. */
export const issuerSpec = (pem: string): fc.Arbitrary<Json> => {
  const one = (name: string, spec: fc.Arbitrary<Json>) => spec.map((value) => ({ [name]: value }));
  return fc.oneof(
    { weight: 6, arbitrary: one('acme', acme(pem)) },
    { weight: 4, arbitrary: one('vault', vault(pem)) },
    { weight: 3, arbitrary: one('venafi', venafi(pem)) },
    { weight: 2, arbitrary: one('ca', ca) },
    { weight: 1, arbitrary: one('selfSigned', selfSigned) },
    {
      weight: 2,
      arbitrary: record({
        acme: some(acme(pem)),
        ca: some(ca),
        selfSigned: some(selfSigned),
        vault: some(vault(pem)),
        venafi: some(venafi(pem)),
      }),
    },
  );
};
