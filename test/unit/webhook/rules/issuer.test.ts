// The rules of Issuer and ClusterIssuer but for solvers: one row a rule, with the exact messages.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import type { Issuer } from '../../../../src/api/issuer.ts';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import type { RuleContext } from '../../../../src/webhook/kind-rules.ts';
import { issuerRules } from '../../../../src/webhook/rules/issuer.ts';
import { aRoot } from '../../../support/pki-builders.ts';

// The rules of issuers ask nothing of the context.
const context = {} as RuleContext;
const findings = (spec: unknown) => issuerRules.create?.({ spec } as unknown as Issuer, context) ?? { errors: [] };
const messages = (spec: unknown) => findings(spec).errors.map(formatFieldError);

const root = aRoot().pem;
const bundle = Buffer.from(root).toString('base64');
const garbage = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64');
const acme = { server: 'https://acme.example.com', privateKeySecretRef: { name: 'account' } };
const vault = { server: 'https://vault', path: 'pki/sign/web', auth: { tokenSecretRef: { name: 'token' } } };
const cloud = { apiTokenSecretRef: { name: 'key' } };
const exclusive = 'caBundle and skipTLSVerify are mutually exclusive and cannot both be set';
const noCertificates = "cert bundle didn't contain any valid certificates";
const upward = "must not contain '..' path segments";
const pleaseVault = 'please supply one of: appRole, kubernetes, tokenSecretRef, clientCertificate, aws';
const pleaseVenafi = 'please supply one of: tpp, cloud, ngts';

const rows: readonly [string, unknown, string[]][] = [
  ['no spec', undefined, ['spec: Required value: at least one issuer must be configured']],
  ['no type', {}, ['spec: Required value: at least one issuer must be configured']],
  ['a type that is null', { ca: null }, ['spec: Required value: at least one issuer must be configured']],
  [
    'every type: only the first one is looked at',
    { venafi: {}, vault: {}, selfSigned: {}, ca: {}, acme },
    ['ca', 'selfSigned', 'vault', 'venafi'].map(
      (name) => `spec.${name}: Forbidden: may not specify more than one issuer type`,
    ),
  ],
  ['selfSigned', { selfSigned: {} }, []],
  ['selfSigned with anything', { selfSigned: { crlDistributionPoints: [''] } }, []],

  ['ca', { ca: { secretName: 'root' } }, []],
  ['ca without a Secret', { ca: {} }, ['spec.ca.secretName: Required value']],
  [
    'ca with empty addresses',
    {
      ca: { secretName: 'a', ocspServers: ['http://a', ''], issuingCertificateURLs: [''], crlDistributionPoints: [''] },
    },
    [
      'spec.ca.ocspServer[1]: Invalid value: "": must be a valid URL, e.g., http://ocsp.int-x3.letsencrypt.org',
      'spec.ca.issuingCertificateURLs[0]: Invalid value: "": must be a valid URL',
    ],
  ],

  ['acme', { acme }, []],
  [
    'acme with nothing',
    { acme: {} },
    [
      'spec.acme.privateKeySecretRef.name: Required value: private key secret name is a required field',
      'spec.acme.server: Required value: acme server URL is a required field',
    ],
  ],
  ['acme with a bundle', { acme: { ...acme, caBundle: bundle, skipTLSVerify: false } }, []],
  ['acme with an empty bundle', { acme: { ...acme, caBundle: '', skipTLSVerify: true } }, []],
  [
    'acme with a bundle and no verification',
    { acme: { ...acme, caBundle: bundle, skipTLSVerify: true } },
    [
      `spec.acme.caBundle: Invalid value: "": ${exclusive}`,
      `spec.acme.skipTLSVerify: Invalid value: true: ${exclusive}`,
    ],
  ],
  [
    'acme with a bundle of no certificate',
    { acme: { ...acme, caBundle: garbage } },
    [`spec.acme.caBundle: Invalid value: "": ${noCertificates}`],
  ],
  [
    'acme with a bundle of one certificate among garbage',
    { acme: { ...acme, caBundle: Buffer.from(`x\n${Buffer.from(garbage, 'base64')}${root}`).toString('base64') } },
    [],
  ],
  [
    'an account binding with nothing',
    { acme: { ...acme, externalAccountBinding: {} } },
    [
      'spec.acme.externalAccountBinding.keyID: Required value: the keyID field is required when using externalAccountBinding',
      'spec.acme.externalAccountBinding.keySecretRef.name: Required value: secret name is required',
      'spec.acme.externalAccountBinding.keySecretRef.key: Required value: secret key is required',
    ],
  ],
  [
    'an account binding',
    { acme: { ...acme, externalAccountBinding: { keyID: 'id', keySecretRef: { name: 'a', key: 'b' } } } },
    [],
  ],

  ['vault', { vault }, []],
  [
    'vault with nothing',
    { vault: {} },
    [
      'spec.vault.server: Required value',
      'spec.vault.path: Required value',
      `spec.vault.auth: Required value: ${pleaseVault}`,
    ],
  ],
  ['vault with dots that lead nowhere', { vault: { ...vault, path: 'a..b/..c/.../.' } }, []],
  [
    'vault with a path that leads upwards',
    { vault: { ...vault, path: 'pki/../sys' } },
    [`spec.vault.path: Invalid value: "pki/../sys": ${upward}`],
  ],
  [
    'vault with a bundle of no certificate and a reference to one',
    { vault: { ...vault, caBundle: garbage, caBundleSecretRef: { name: 'ca' } } },
    [
      `spec.vault.caBundle: Invalid value: "<snip>": ${noCertificates}`,
      'spec.vault.caBundle: Invalid value: "<snip>": specified caBundle and caBundleSecretRef cannot be used together',
      'spec.vault.caBundleSecretRef: Invalid value: "ca": specified caBundleSecretRef and caBundle cannot be used together',
    ],
  ],
  ['vault with a reference to a bundle', { vault: { ...vault, caBundle: '', caBundleSecretRef: { name: 'ca' } } }, []],
  [
    'vault with a client certificate alone',
    { vault: { ...vault, clientCertSecretRef: { name: 'a' } } },
    [
      'spec.vault.clientKeySecretRef: Invalid value: "<snip>": clientKeySecretRef must be provided when defining the clientCertSecretRef',
    ],
  ],
  [
    'vault with a client key alone',
    { vault: { ...vault, clientKeySecretRef: { name: 'a' } } },
    [
      'spec.vault.clientCertSecretRef: Invalid value: "<snip>": clientCertSecretRef must be provided when defining the clientKeySecretRef',
    ],
  ],
  [
    'vault with a client pair',
    { vault: { ...vault, clientKeySecretRef: { name: 'a' }, clientCertSecretRef: { name: 'a' } } },
    [],
  ],
  [
    'vault with every method at once, all incomplete',
    {
      vault: {
        ...vault,
        auth: {
          tokenSecretRef: {},
          appRole: { path: '..' },
          clientCertificate: { mountPath: '/..' },
          kubernetes: { mountPath: '../a' },
          aws: { mountPath: 'a/..' },
        },
      },
    },
    [
      'spec.vault.auth.appRole.roleId: Required value',
      'spec.vault.auth.appRole.secretRef.name: Required value',
      `spec.vault.auth.appRole.path: Invalid value: "..": ${upward}`,
      `spec.vault.auth.clientCertificate.path: Invalid value: "/..": ${upward}`,
      'spec.vault.auth.kubernetes.role: Required value',
      `spec.vault.auth.kubernetes.path: Invalid value: "../a": ${upward}`,
      'spec.vault.auth.kubernetes: Required value: please supply one of: secretRef, serviceAccountRef',
      'spec.vault.auth.aws.role: Required value',
      `spec.vault.auth.aws.mountPath: Invalid value: "a/..": ${upward}`,
    ],
  ],
  [
    'vault with kubernetes in both ways',
    { vault: { ...vault, auth: { kubernetes: { role: 'r', secretRef: { name: 'a' }, serviceAccountRef: {} } } } },
    [
      'spec.vault.auth.kubernetes.serviceAccountRef.name: Required value',
      'spec.vault.auth.kubernetes: Forbidden: please supply one of: secretRef, serviceAccountRef',
    ],
  ],
  [
    'vault with aws and a service account',
    { vault: { ...vault, auth: { aws: { role: 'r', serviceAccountRef: {} } } } },
    [
      'spec.vault.auth.aws.serviceAccountRef.name: Required value',
      'spec.vault.auth.aws.iamRoleArn: Required value: iamRoleArn is required when using serviceAccountRef for IRSA',
    ],
  ],
  [
    'vault with complete methods',
    {
      vault: {
        ...vault,
        auth: {
          appRole: { path: 'approle', roleId: 'r', secretRef: { name: 'a' } },
          clientCertificate: {},
          kubernetes: { role: 'r', serviceAccountRef: { name: 'a' }, secretRef: { name: '' } },
          aws: { role: 'r', serviceAccountRef: { name: 'a' }, iamRoleArn: 'arn' },
        },
      },
    },
    [],
  ],

  ['venafi', { venafi: { zone: 'z', cloud } }, []],
  [
    'venafi with nothing',
    { venafi: {} },
    ['spec.venafi.zone: Required value', `spec.venafi: Required value: ${pleaseVenafi}`],
  ],
  [
    'venafi with every service',
    { venafi: { zone: 'z', tpp: { caBundle: garbage, caBundleSecretRef: {} }, cloud: {}, ngts: {} } },
    [
      'spec.venafi.tpp.url: Required value',
      'spec.venafi.tpp: Forbidden: may not specify more than one of caBundle/caBundleSecretRef as TPP CA Bundle',
      'spec.venafi.ngts.tsgID: Required value',
      'spec.venafi.ngts.credentialsRef.name: Required value',
      `spec.venafi: Forbidden: ${pleaseVenafi}`,
    ],
  ],
  ['venafi with tpp', { venafi: { zone: 'z', tpp: { url: 'u', caBundle: garbage } } }, []],
  ['venafi with ngts', { venafi: { zone: 'z', ngts: { tsgID: '1', credentialsRef: { name: 'a' } } } }, []],
];

for (const [name, spec, expected] of rows) {
  test(`issuer: ${name}`, () => {
    assert.deepEqual(messages(spec), expected);
    const issuer = { spec } as unknown as Issuer;
    assert.deepEqual(issuerRules.update?.(issuer, issuer, context), findings(spec));
  });
}

test('an account binding with an algorithm is warned about', () => {
  const externalAccountBinding = { keyID: 'i', keySecretRef: { name: 'a', key: 'b' }, keyAlgorithm: 'HS256' };
  assert.deepEqual(findings({ acme: { ...acme, externalAccountBinding } }), {
    errors: [],
    warnings: [
      "ACME issuer spec field 'externalAccount.keyAlgorithm' is deprecated. The value of this field will be ignored.",
    ],
  });
});

/** JSON whose members often have the names that rules look for, and any type. */
function anyIssuerSpec(): fc.Arbitrary<unknown> {
  const names = rows
    .flatMap(([, spec]) => memberNames(spec))
    .concat(
      'solvers',
      'dns01',
      'http01',
      'ingress',
      'parentRefs',
      'rfc2136',
      'azureDNS',
      'waitInsteadOfSelfCheck',
      '__proto__',
    );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'medium' },
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('..', '-1s', '', null, 'x'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...new Set(names)), tie('node'), { maxKeys: 6 }),
    ),
  }));
  return node;
}

function memberNames(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...memberNames(member)]);
}

test('no JSON whatever makes the rules throw', () => {
  fc.assert(
    fc.property(anyIssuerSpec(), (spec) => {
      for (const each of [
        spec,
        { acme: spec },
        { vault: spec },
        { venafi: spec },
        { ca: spec },
        { acme: { solvers: [spec] } },
      ]) {
        for (const message of messages(each)) assert.match(message, /^spec/);
      }
    }),
  );
});

test('every issuer of the examples passes', () => {
  const folder = join(import.meta.dirname, '../../../../docs/examples');
  const manifests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')));
  const issuers = manifests.map((each) => each.toJS() as Issuer).filter(({ kind }) => /^(Cluster)?Issuer$/.test(kind));
  assert.ok(issuers.length >= 2);
  for (const { spec } of issuers) assert.deepEqual(messages(spec), []);
});
