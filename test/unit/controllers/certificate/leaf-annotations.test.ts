import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvRecord, leafAnnotations } from '../../../../src/controllers/certificate/leaf-annotations.ts';
import { noNames, type SubjectNames } from '../../../../src/pki/names.ts';

// The right column is what Go's encoding/csv writes, less the line end.
const records: readonly (readonly [string, readonly string[], string])[] = [
  ['nothing', [], ''],
  ['one', ['a.example.com'], 'a.example.com'],
  ['several', ['a', 'b', 'c'], 'a,b,c'],
  ['empty ones in between', ['a', '', 'c'], 'a,,c'],
  ['only an empty one', [''], ''],
  ['a comma', ['Example, Inc.', 'b'], '"Example, Inc.",b'],
  ['a quote', ['say "hi"'], '"say ""hi"""'],
  ['a line feed', ['a\nb'], '"a\nb"'],
  ['a carriage return', ['a\rb'], '"a\rb"'],
  ['a leading space', [' a'], '" a"'],
  ['a trailing space', ['a '], 'a '],
  ['a leading tab', ['\ta'], '"\ta"'],
  ['a leading no-break space', ['\u00a0a'], '"\u00a0a"'],
  ['a leading next-line character', ['\u0085a'], '"\u0085a"'],
  ['a leading ideographic space', ['\u3000a'], '"\u3000a"'],
  ['a leading byte order mark is no space', ['\ufeffa'], '\ufeffa'],
  ['a space only', [' '], '" "'],
  ['the end mark', ['\\.'], '"\\."'],
  ['a backslash otherwise', ['\\.a', '\\'], '\\.a,\\'],
  ['a semicolon', ['a;b'], 'a;b'],
  ['other scripts', ['Müller', '株式会社'], 'Müller,株式会社'],
];

for (const [name, fields, expected] of records) {
  test(`CSV: ${name}`, () => {
    assert.equal(csvRecord(fields), expected);
  });
}

const empty = {
  'cert-manager.io/common-name': '',
  'cert-manager.io/alt-names': '',
  'cert-manager.io/ip-sans': '',
  'cert-manager.io/uri-sans': '',
};

const annotated: readonly (readonly [string, Partial<SubjectNames>, Record<string, string>])[] = [
  ['a certificate that names nothing has four empty ones', {}, empty],
  [
    'every kind of name',
    {
      commonName: 'web',
      dnsNames: ['a.example.com', '*.example.com'],
      ipAddresses: ['10.0.0.1', '2001:db8::1'],
      uris: ['spiffe://example.com/x'],
      emailAddresses: ['a@example.com'],
    },
    {
      'cert-manager.io/common-name': 'web',
      'cert-manager.io/alt-names': 'a.example.com,*.example.com',
      'cert-manager.io/ip-sans': '10.0.0.1,2001:db8::1',
      'cert-manager.io/uri-sans': 'spiffe://example.com/x',
      'cert-manager.io/email-sans': 'a@example.com',
    },
  ],
  [
    'every part of the subject',
    {
      organizations: ['Example, Inc.'],
      organizationalUnits: ['a', 'b'],
      countries: ['SE'],
      provinces: ['Uppland'],
      localities: ['Stockholm'],
      postalCodes: ['111 22'],
      streetAddresses: ['Gatan 1'],
      serialNumber: '1,2',
    },
    {
      ...empty,
      'cert-manager.io/subject-organizations': '"Example, Inc."',
      'cert-manager.io/subject-organizationalunits': 'a,b',
      'cert-manager.io/subject-countries': 'SE',
      'cert-manager.io/subject-provinces': 'Uppland',
      'cert-manager.io/subject-localities': 'Stockholm',
      'cert-manager.io/subject-postalcodes': '111 22',
      'cert-manager.io/subject-streetaddresses': 'Gatan 1',
      'cert-manager.io/subject-serialnumber': '1,2',
    },
  ],
  ['a common name with a comma is no list', { commonName: 'a,b' }, { ...empty, 'cert-manager.io/common-name': 'a,b' }],
  ['other names are not shown', { otherNames: [{ oid: '1.2.3', utf8Value: 'x' }] }, empty],
];

for (const [name, names, expected] of annotated) {
  test(name, () => {
    assert.deepEqual(leafAnnotations({ ...noNames, ...names }), expected);
  });
}
