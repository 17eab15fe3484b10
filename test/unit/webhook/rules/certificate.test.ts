// The rules of Certificates: a row a rule, with upstream's exact messages; what must always hold of any spec at all.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import type { Certificate } from '../../../../src/api/certificate.ts';
import { keyUsages } from '../../../../src/api/usages.ts';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import type { WebhookGates } from '../../../../src/webhook/kind-rules.ts';
import { certificateRules } from '../../../../src/webhook/rules/certificate.ts';
import { aRuleContext } from '../../../support/rule-context.ts';

const context = aRuleContext();

function messages(spec: unknown, gates: Partial<WebhookGates> = {}): string[] {
  const certificate = { spec } as unknown as Certificate;
  return (certificateRules.create?.(certificate, aRuleContext(gates)).errors ?? []).map(formatFieldError);
}

const valid = { secretName: 'web-tls', issuerRef: { name: 'ca' }, dnsNames: ['web.example.com'] };
const nameless =
  'spec: Invalid value: "": at least one of commonName (from the commonName field or from a literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set';
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const noSubtrees = '{"Critical":true,"Permitted":null,"Excluded":null}';
const jksNeither =
  'spec.keystores.jks: Forbidden: must set exactly one of passwordSecretRef and password must for JKS keystores';

/** Each spec is `valid` with these members in place of its own. */
const rows: readonly (readonly [string, object, readonly string[]])[] = [
  ['nothing wrong', {}, []],
  ['no name of a Secret', { secretName: '' }, ['spec.secretName: Required value: must be specified']],
  ['a Secret that cannot be', { secretName: 'Web' }, [`spec.secretName: Invalid value: "Web": ${subdomain}`]],
  [
    'a name of a Secret that is too long',
    { secretName: 'a'.repeat(254) },
    [`spec.secretName: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`],
  ],
  ['no issuer', { issuerRef: undefined }, ['spec.issuerRef.name: Required value: must be specified']],

  ['no name at all', { dnsNames: undefined }, [nameless]],
  ['empty lists of names', { dnsNames: [], uris: [], emailAddresses: [], ipAddresses: [], otherNames: [] }, [nameless]],
  ['a common name alone', { dnsNames: undefined, commonName: 'web' }, []],
  ['a URI alone', { dnsNames: undefined, uris: ['spiffe://a/b'] }, []],

  ['known usages', { usages: keyUsages }, []],
  [
    'unknown usages',
    { usages: ['server auth', 'Server Auth', 'constructor'] },
    [
      'spec.usages[1]: Invalid value: "Server Auth": unknown keyusage',
      'spec.usages[2]: Invalid value: "constructor": unknown keyusage',
    ],
  ],
  ['one revision', { revisionHistoryLimit: 1 }, []],
  [
    'no revisions',
    { revisionHistoryLimit: 0 },
    ['spec.revisionHistoryLimit: Invalid value: 0: must not be less than 1'],
  ],

  ['constraints of a CA', { isCA: true, nameConstraints: { permitted: {} } }, []],
  [
    'constraints of no CA',
    { nameConstraints: { excluded: { dnsDomains: ['a'] } } },
    [
      'spec.nameConstraints: Invalid value: {"Critical":false,"Permitted":null,"Excluded":{"DNSDomains":["a"],"IPRanges":null,"EmailAddresses":null,"URIDomains":null}}: isCa should be true when nameConstraints is set',
    ],
  ],
  [
    'constraints that say nothing',
    { nameConstraints: { critical: true } },
    [
      `spec.nameConstraints: Invalid value: ${noSubtrees}: isCa should be true when nameConstraints is set`,
      `spec.nameConstraints: Invalid value: ${noSubtrees}: either permitted or excluded must be set`,
    ],
  ],
  // Checked on upstream's main branch only.
  ['a range that is none', { isCA: true, nameConstraints: { permitted: { ipRanges: ['10.0.0.0'] } } }, []],

  [
    'everything wrong, in upstream’s order',
    {
      secretName: '',
      issuerRef: {},
      dnsNames: [],
      privateKey: { size: 1 },
      signatureAlgorithm: 'PureEd25519',
      duration: '1m',
      usages: [''],
      revisionHistoryLimit: 0,
      secretTemplate: { labels: { '': '' }, annotations: { 'cert-manager.io/a': '' } },
      nameConstraints: { permitted: {}, critical: true },
      additionalOutputFormats: [{ type: 'DER' }, { type: 'DER' }],
      keystores: { jks: { create: false } },
      renewal: {},
    },
    [
      'spec.secretName: Required value: must be specified',
      'spec.issuerRef.name: Required value: must be specified',
      nameless,
      'spec.privateKey.size: Invalid value: 1: must be between 2048 and 8192 for rsa keyAlgorithm',
      'spec.signatureAlgorithm: Invalid value: "PureEd25519": for key algorithm RSA the allowed signature algorithms are [SHA256WithRSA SHA384WithRSA SHA512WithRSA]',
      'spec.duration: Invalid value: 60000000000: certificate duration must be greater than 1h0m0s',
      'spec.usages[0]: Invalid value: "": unknown keyusage',
      'spec.revisionHistoryLimit: Invalid value: 0: must not be less than 1',
      'spec.secretTemplate.labels: Invalid value: "": name part must be non-empty',
      "spec.secretTemplate.labels: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.secretTemplate.annotations: Invalid value: "cert-manager.io/a": cert-manager.io/* annotations are not allowed',
      'spec.nameConstraints: Invalid value: {"Critical":true,"Permitted":{"DNSDomains":null,"IPRanges":null,"EmailAddresses":null,"URIDomains":null},"Excluded":null}: isCa should be true when nameConstraints is set',
      'spec.additionalOutputFormats[type]: Duplicate value: "DER"',
      jksNeither,
      'spec.renewal.policy: Unsupported value: "": supported values: "Disabled", "RenewBefore"',
    ],
  ],
];

for (const [name, members, expected] of rows) {
  test(`certificate: ${name}`, () => {
    const spec = { ...valid, ...members };
    assert.deepEqual(messages(spec), expected);
    const certificate = { spec } as unknown as Certificate;
    assert.deepEqual(
      certificateRules.update?.(certificate, certificate, context),
      certificateRules.create?.(certificate, context),
    );
  });
}

test('constraints with the gate off', () => {
  assert.deepEqual(messages({ ...valid, isCA: true, nameConstraints: { permitted: {} } }, { NameConstraints: false }), [
    'spec.nameConstraints: Forbidden: feature gate NameConstraints must be enabled',
  ]);
});

test('no spec', () => {
  const expected = [
    'spec.secretName: Required value: must be specified',
    'spec.issuerRef.name: Required value: must be specified',
    nameless,
  ];
  for (const spec of [undefined, null, 'spec', 1, []]) assert.deepEqual(messages(spec), expected);
});

/** JSON whose members often have the names that the rules look for, and any type. */
function anySpec(): fc.Arbitrary<unknown> {
  const names = Object.keys(Object.assign({}, ...rows.map(([, members]) => members))).concat(
    ...['name', 'kind', 'group', 'literalSubject', 'subject', 'organizations', 'serialNumber', 'oid', 'utf8Value'],
    ...['algorithm', 'labels', 'annotations', 'type', 'jks', 'pkcs12', 'password', 'passwordSecretRef', '__proto__'],
    ...['renewBefore', 'renewBeforePercentage', 'policy', 'windows', 'cron', 'timezone', 'windowDuration'],
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'medium' },
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('', '1h', '-1', 'RSA', 'RenewBefore', 'CN=a', 'CN=#', '@every 1s', 'TZ=', null, -1, 1e300),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...new Set(names)), tie('node'), { maxKeys: 8 }),
    ),
  }));
  return node;
}

test('whatever the spec is, the rules answer, and answer the same again', () => {
  fc.assert(
    fc.property(anySpec(), fc.boolean(), (spec, gate) => {
      const gates = { LiteralCertificateSubject: gate, NameConstraints: gate, OtherNames: gate };
      assert.deepEqual(messages(structuredClone(spec), gates), messages(spec, gates));
    }),
    { numRuns: 500 },
  );
});

const many = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));

/** About as much as the API server takes in one object. */
const huge: readonly (readonly [string, object, number])[] = [
  ['addresses that are none', { ipAddresses: many(20_000, () => 'x') }, 100],
  ['mail addresses', { emailAddresses: many(20_000, (index) => `${index}@a.b`) }, 0],
  ['one mail address of nothing but comments', { emailAddresses: [`${'('.repeat(1_000_000)}`] }, 1],
  ['one mail address of words', { emailAddresses: ['a '.repeat(100_000)] }, 1],
  ['one mail group', { emailAddresses: [`g:${'a@b,'.repeat(50_000)}`] }, 1],
  ['windows', { renewal: { policy: 'RenewBefore', windows: many(10_000, () => aWindow('Europe/Berlin')) } }, 0],
  [
    'windows in as many time zones',
    { renewal: { policy: 'RenewBefore', windows: many(10_000, (index) => aWindow(`Zone/N${index}`)) } },
    200,
  ],
  ['one literal subject', { literalSubject: 'CN=a,'.repeat(300_000) }, 1],
  ['one literal subject of escapes', { literalSubject: `CN=${'\\2c'.repeat(400_000)}` }, 1],
  ['a short literal subject that claims to be long', { literalSubject: 'CN=#1384ffffffff' }, 1],
  ['a short literal subject of nested values', { literalSubject: `CN=#${'3080'.repeat(20)}` }, 1],
  ['labels', { secretTemplate: { labels: Object.fromEntries(many(10_000, (index) => [`-${index}`, '-'])) } }, 20_000],
  ['one label', { secretTemplate: { labels: { [`${'a-'.repeat(100_000)}`]: 'a.'.repeat(100_000) } } }, 4],
  ['one name of a Secret', { secretName: `${'a-'.repeat(100_000)}` }, 2],
  ['one object identifier', { otherNames: [{ oid: '1'.repeat(1_000_000), utf8Value: 'a' }] }, 1],
];

function aWindow(timezone: string) {
  return { cron: '0 2 * * *', timezone, windowDuration: '1h' };
}

for (const [name, members, expected] of huge) {
  test(`a great many, or a great one: ${name}`, () => {
    const certificate = { spec: { ...valid, ...members } } as unknown as Certificate;
    assert.equal(certificateRules.create?.(certificate, context).errors.length, expected);
  });
}

const examples = join(import.meta.dirname, '../../../../docs/examples');

test('the Certificates of the examples pass', () => {
  const certificates = readdirSync(examples, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(examples, file), 'utf8')))
    .map((document) => document.toJS() as Certificate | null)
    .filter((object) => object?.kind === 'Certificate');
  assert.ok(certificates.length > 0);
  for (const certificate of certificates) assert.deepEqual(messages(certificate?.spec), []);
});
