import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import type { WebhookGates } from '../../../../src/webhook/kind-rules.ts';
import { nameErrors } from '../../../../src/webhook/rules/certificate-names.ts';
import { aRuleContext } from '../../../support/rule-context.ts';

const nameless =
  'spec: Invalid value: "": at least one of commonName (from the commonName field or from a literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set';
const tooLong = 'spec.commonName: Too long: may not be more than 64 bytes';
const noCommonName = 'When providing a `LiteralSubject` no `commonName` may be provided.';
const noSubject = 'When providing a `LiteralSubject` no `Subject` properties may be provided.';
const noUtf8 = 'must be set to a valid non-empty UTF8 string';
const unrecognized = 'Literal subject contains unrecognized key with value';

const rows: readonly (readonly [string, Record<string, unknown>, readonly string[], Partial<WebhookGates>?])[] = [
  ['a common name of 64 bytes', { commonName: 'é'.repeat(32) }, []],
  ['a common name of 65 bytes', { commonName: `a${'é'.repeat(32)}` }, [tooLong]],

  ['a literal subject', { literalSubject: 'CN=web,O=Example' }, []],
  [
    'a literal subject of every known type',
    { literalSubject: 'C=a,O=a,OU=a,CN=a,SERIALNUMBER=a,L=a,ST=a,STREET=a,DC=a,UID=a,1.2.3=a' },
    [],
  ],
  ['its common name is the only name', { literalSubject: 'O=Example' }, [nameless]],
  ['its common name is empty', { literalSubject: 'CN=' }, [nameless]],
  ['its common name is too long', { literalSubject: `CN=${'a'.repeat(65)}` }, [tooLong]],
  ['the first of its common names counts', { literalSubject: `CN=a,CN=${'a'.repeat(65)}` }, []],
  ['it is blank', { literalSubject: ' ' }, [nameless]],
  [
    'a common name beside it',
    { literalSubject: 'CN=a', commonName: 'b' },
    [`spec.commonName: Invalid value: "b": ${noCommonName}`],
  ],
  [
    'a subject beside it',
    { literalSubject: 'CN=a', subject: { organizations: ['b<'], countries: [], serialNumber: '1' } },
    [
      `spec.subject: Invalid value: {"Organizations":["b\\u003c"],"Countries":[],"OrganizationalUnits":null,"Localities":null,"Provinces":null,"StreetAddresses":null,"PostalCodes":null,"SerialNumber":"1"}: ${noSubject}`,
    ],
  ],
  ['an empty subject beside it', { literalSubject: 'CN=a', subject: { organizations: [], serialNumber: '' } }, []],
  [
    'no attribute',
    { literalSubject: 'web' },
    ['spec.literalSubject: Invalid value: "web": DN ended with incomplete type, value pair', nameless],
  ],
  [
    'unknown types: each is told, and the common name still counts',
    { literalSubject: 'E=a@b,cn=c,CN=d' },
    [
      `spec.literalSubject: Invalid value: "E=a@b,cn=c,CN=d": ${unrecognized} [c]`,
      `spec.literalSubject: Invalid value: "E=a@b,cn=c,CN=d": ${unrecognized} [a@b]`,
    ],
  ],
  ['it is as long as a request may be', { literalSubject: `CN=a,O=${'b'.repeat(36_500 - 7)}` }, []],
  [
    'it is longer',
    { literalSubject: `O=${'b'.repeat(36_499)}`, dnsNames: ['a'] },
    [`spec.literalSubject: Invalid value: "O=${'b'.repeat(36_499)}": must not be longer than a request, 36500 bytes`],
  ],
  [
    'the gate is off',
    { literalSubject: 'CN=a' },
    [
      'spec.literalSubject: Forbidden: Feature gate LiteralCertificateSubject must be enabled on both webhook and controller to use the alpha `literalSubject` field',
    ],
    { LiteralCertificateSubject: false },
  ],
  [
    'the gate is off, and nobody asks',
    { literalSubject: '', commonName: 'a' },
    [],
    { LiteralCertificateSubject: false },
  ],

  ['addresses', { ipAddresses: ['10.0.0.1', '::1', '::ffff:10.0.0.1', '1:2:3:4:5:6:7::'] }, []],
  [
    'what Go does not read as an address',
    { ipAddresses: ['10.0.0.01', '::1', 'fe80::1%eth0', '10.0.0.0/8', ''] },
    [
      '0]: Invalid value: "10.0.0.01"',
      '2]: Invalid value: "fe80::1%eth0"',
      '3]: Invalid value: "10.0.0.0/8"',
      '4]: Invalid value: ""',
    ].map((start) => `spec.ipAddresses[${start}: invalid IP address`),
  ],
  ['a mail address', { emailAddresses: ['jane@example.com'] }, []],
  [
    'mail addresses that are none',
    { emailAddresses: ['jane', 'Jane <jane@example.com>'] },
    [
      'spec.emailAddresses[0]: Invalid value: "jane": invalid email address: mail: missing \'@\' or angle-addr',
      'spec.emailAddresses[1]: Invalid value: "Jane <jane@example.com>": invalid email address: make sure the supplied value only contains the email address itself',
    ],
  ],
  ['DNS names and URIs are not looked at', { dnsNames: ['', '*.*', ' '], uris: ['', '::'] }, []],

  ['another name', { otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'jane@example.com' }] }, []],
  [
    'identifiers as Go reads numbers',
    { otherNames: ['1', '+1.02', '9223372036854775807'].map((oid) => ({ oid, utf8Value: 'a' })) },
    [],
  ],
  [
    'no identifier and no value',
    { otherNames: [{}] },
    [
      'spec.otherNames[0].oid: Required value: must be specified',
      'spec.otherNames[0].oid: Invalid value: "": invalid oid syntax',
      `spec.otherNames[0].utf8Value: Required value: ${noUtf8}`,
    ],
  ],
  [
    'identifiers that are none',
    { otherNames: ['1..2', 'a', '9223372036854775808'].map((oid) => ({ oid, utf8Value: 'a' })) },
    ['0].oid: Invalid value: "1..2"', '1].oid: Invalid value: "a"', '2].oid: Invalid value: "9223372036854775808"'].map(
      (start) => `spec.otherNames[${start}: invalid oid syntax`,
    ),
  ],
  [
    'other names with the gate off',
    { otherNames: [{}] },
    [
      'spec.OtherNames: Forbidden: Feature gate OtherNames must be enabled on both webhook and controller to use the alpha `otherNames` field',
    ],
    { OtherNames: false },
  ],
];

for (const [name, spec, expected, gates] of rows) {
  test(`names: ${name}`, () => {
    assert.deepEqual(nameErrors(spec, aRuleContext(gates)).map(formatFieldError), expected);
  });
}
