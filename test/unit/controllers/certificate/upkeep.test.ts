import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate } from '../../../../src/api/certificate.ts';
import type { SecretFacts } from '../../../../src/controllers/certificate/seen.ts';
import { upkeepFinding, upkeepReason } from '../../../../src/controllers/certificate/upkeep.ts';
import {
  aCertificate,
  aLeaf,
  aSecret,
  someNames,
  someOwned,
  someSecretAnnotations,
  someTls,
} from '../../../support/certificate-builders.ts';

type Row = readonly [
  name: string,
  certificate: Certificate,
  secret: SecretFacts | undefined,
  expected: object | undefined,
  ownerRef?: boolean,
];

const plain = aCertificate();
const found = (reason: string, message: string) => ({ reason, message });
const managed = (message: string) => found('SecretManagedMetadataMismatch', message);
const template = (message: string) => found('SecretTemplateMismatch', message);
const formats = (message: string) => found('AdditionalOutputFormatsMismatch', message);
const owner = (message: string) => found('SecretOwnerRefMismatch', message);
const keystore = (message: string) => found('SecretMismatch', message);

const fao = 'controller.cert-manager.io/fao';
const annotated = (annotations: Record<string, string>) => ({
  annotations: { ...someSecretAnnotations, ...annotations },
});
const withKeys = (...keys: string[]) => someTls({ keys: ['tls.crt', 'tls.key', ...keys] });
const data = (...keys: string[]) => ({ ...someOwned, data: [...someOwned.data, ...keys] });

const reference = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  name: 'web',
  uid: 'uid-of-web',
  controller: true,
  blockOwnerDeletion: true,
};
const ownedReference = { ...someOwned, owners: ['uid-of-web'] };

const team = aCertificate({ secretTemplate: { labels: { team: 'a' }, annotations: { note: 'x' } } });
const teamOwned = {
  ...someOwned,
  labels: [...someOwned.labels, 'team'],
  annotations: [...someOwned.annotations, 'note'],
};
const teamMetadata = { labels: { [fao]: 'true', team: 'a' }, ...annotated({ note: 'x' }) };

const both = aCertificate({ additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }] });
const bothRight = someTls({ der: 'right', combined: 'right' });
const bothOwned = data('key.der', 'tls-combined.pem');

const stores = (jks: boolean | undefined, pkcs12: boolean | undefined) =>
  aCertificate({
    keystores: {
      ...(jks === undefined ? {} : { jks: { create: jks, password: 'p' } }),
      ...(pkcs12 === undefined ? {} : { pkcs12: { create: pkcs12, password: 'p' } }),
    },
  });

const rows: readonly Row[] = [
  ['as issued', plain, aSecret(), undefined],
  ['no Secret', plain, undefined, undefined],
  ['no private key', plain, aSecret({ tls: someTls({ keys: ['tls.crt'] }), owned: undefined }), undefined],
  ['no certificate', plain, aSecret({ tls: someTls({ keys: ['tls.key'] }), owned: undefined }), undefined],

  [
    '1: another value of the base label',
    plain,
    aSecret({}, { labels: { [fao]: 'false' } }),
    managed(`label ${fao} is "false" instead of "true"`),
  ],
  ['1: a base label that is gone is told by ownership only', plain, aSecret({}, { labels: {} }), undefined],

  [
    '2: a detail that differs',
    plain,
    aSecret({}, annotated({ 'cert-manager.io/alt-names': 'other' })),
    template('annotation cert-manager.io/alt-names differs from the certificate'),
  ],
  [
    '2: the first of two in the alphabet',
    plain,
    aSecret({}, annotated({ 'cert-manager.io/uri-sans': 'x', 'cert-manager.io/common-name': 'x' })),
    template('annotation cert-manager.io/common-name differs from the certificate'),
  ],
  ['2: a detail that is gone is told by ownership only', plain, aSecret({}, { annotations: {} }), undefined],

  ['3: never applied', plain, aSecret({ owned: undefined }), managed(`labels that are not applied: [${fao}]`)],
  [
    '3: the label belongs to somebody else',
    plain,
    aSecret({ owned: { ...someOwned, labels: [] } }),
    managed(`labels that are not applied: [${fao}]`),
  ],
  [
    '3: one label too many',
    plain,
    aSecret({ owned: { ...someOwned, labels: [fao, 'cert-manager.io/x'] } }),
    managed('labels that should not be applied: [cert-manager.io/x]'),
  ],
  [
    '3: annotations belong to somebody else',
    plain,
    aSecret({ owned: { ...someOwned, annotations: ['cert-manager.io/alt-names', 'cert-manager.io/ip-sans'] } }),
    managed('annotations that are not applied: [cert-manager.io/common-name cert-manager.io/uri-sans]'),
  ],
  [
    '3: one annotation too many',
    plain,
    aSecret({ owned: { ...someOwned, annotations: [...someOwned.annotations, 'cert-manager.io/email-sans'] } }),
    managed('annotations that should not be applied: [cert-manager.io/email-sans]'),
  ],
  [
    '3: a detail that the certificate has and nobody applied',
    plain,
    aSecret({
      tls: someTls({ leaf: { kind: 'ok', value: aLeaf({ names: someNames({ emailAddresses: ['a@b'] }) }) } }),
    }),
    managed('annotations that are not applied: [cert-manager.io/email-sans]'),
  ],
  [
    '3: the origin is not restored',
    plain,
    aSecret({
      owned: {
        ...someOwned,
        annotations: [
          'cert-manager.io/alt-names',
          'cert-manager.io/common-name',
          'cert-manager.io/ip-sans',
          'cert-manager.io/uri-sans',
        ],
      },
    }),
    undefined,
  ],

  ['4: the template as applied', team, aSecret({ owned: teamOwned }, teamMetadata), undefined],
  [
    '4: another value of an annotation',
    team,
    aSecret({ owned: teamOwned }, { ...teamMetadata, ...annotated({ note: 'y' }) }),
    template('annotation note differs from the secretTemplate'),
  ],
  [
    '4: another value of a label',
    team,
    aSecret({ owned: teamOwned }, { ...teamMetadata, labels: { [fao]: 'true', team: 'b' } }),
    template('label team differs from the secretTemplate'),
  ],

  ['5: the template is new', team, aSecret(), template('labels that are not applied: [team]')],
  [
    '5: only its annotation is',
    team,
    aSecret({ owned: { ...teamOwned, annotations: someOwned.annotations } }, teamMetadata),
    template('annotations that are not applied: [note]'),
  ],
  [
    '5: the template is gone',
    plain,
    aSecret({ owned: teamOwned }, teamMetadata),
    template('labels that should not be applied: [team]'),
  ],
  [
    '5: its annotation is',
    plain,
    aSecret({ owned: { ...teamOwned, labels: [fao] } }, teamMetadata),
    template('annotations that should not be applied: [note]'),
  ],
  [
    '5: what others put there is theirs',
    plain,
    aSecret({}, { labels: { [fao]: 'true', foreign: 'x' }, ...annotated({ foreign: 'x' }) }),
    undefined,
  ],

  ['6: formats as applied', both, aSecret({ tls: bothRight, owned: bothOwned }), undefined],
  [
    '6: key.der is missing',
    both,
    aSecret({ tls: someTls({ combined: 'right' }), owned: bothOwned }),
    formats('additional output format DER is missing or wrong'),
  ],
  [
    '6: tls-combined.pem is wrong',
    both,
    aSecret({ tls: someTls({ der: 'right', combined: 'wrong' }), owned: bothOwned }),
    formats('additional output format CombinedPEM is missing or wrong'),
  ],
  [
    '7: key.der belongs to somebody else',
    both,
    aSecret({ tls: bothRight, owned: data('tls-combined.pem') }),
    formats('ownership of key.der does not fit the additional output formats'),
  ],
  [
    '7: tls-combined.pem does',
    both,
    aSecret({ tls: bothRight, owned: data('key.der') }),
    formats('ownership of tls-combined.pem does not fit the additional output formats'),
  ],
  [
    '7: no longer wanted',
    plain,
    aSecret({ tls: bothRight, owned: bothOwned }),
    formats('ownership of key.der does not fit the additional output formats'),
  ],
  ["7: somebody else's key.der is theirs", plain, aSecret({ tls: someTls({ der: 'wrong' }) }), undefined],

  [
    '8: an owner that is not wanted',
    plain,
    aSecret({ owned: ownedReference }, { ownerReferences: [reference] }),
    owner('ownership of the owner reference does not fit --enable-certificate-owner-ref=false'),
  ],
  [
    '8: a wanted owner that is missing',
    plain,
    aSecret(),
    owner('ownership of the owner reference does not fit --enable-certificate-owner-ref=true'),
    true,
  ],
  ['8: an owner of another uid is not ours', plain, aSecret({ owned: { ...someOwned, owners: ['x'] } }), undefined],
  ['9: the wanted owner', plain, aSecret({ owned: ownedReference }, { ownerReferences: [reference] }), undefined, true],
  [
    '9: a wrong one',
    plain,
    aSecret({ owned: ownedReference }, { ownerReferences: [{ ...reference, controller: false }] }),
    owner('owner reference is missing or wrong for --enable-certificate-owner-ref=true'),
    true,
  ],
  [
    '9: another value of a reference that is not ours',
    plain,
    aSecret({}, { ownerReferences: [{ ...reference, name: 'x' }] }),
    undefined,
  ],

  [
    '10: no keystores, but files',
    plain,
    aSecret({ tls: withKeys('keystore.jks') }),
    keystore('JKS keystore is not wanted'),
  ],
  [
    '10: a truststore alone',
    plain,
    aSecret({ tls: withKeys('truststore.p12') }),
    keystore('PKCS12 keystore is not wanted'),
  ],
  [
    '10: JKS as built',
    stores(true, undefined),
    aSecret({ tls: withKeys('ca.crt', 'keystore.jks', 'truststore.jks') }),
    undefined,
  ],
  [
    '10: JKS without CA needs no truststore',
    stores(true, undefined),
    aSecret({ tls: withKeys('keystore.jks') }),
    undefined,
  ],
  [
    '10: with CA it does',
    stores(true, undefined),
    aSecret({ tls: withKeys('ca.crt', 'keystore.jks') }),
    keystore('JKS keystore is missing'),
  ],
  [
    '10: JKS is missing',
    stores(true, undefined),
    aSecret({ tls: withKeys('truststore.jks') }),
    keystore('JKS keystore is missing'),
  ],
  [
    '10: JKS is switched off',
    stores(false, undefined),
    aSecret({ tls: withKeys('truststore.jks') }),
    keystore('JKS keystore is not wanted'),
  ],
  [
    '10: PKCS12 as built',
    stores(undefined, true),
    aSecret({ tls: withKeys('ca.crt', 'keystore.p12', 'truststore.p12') }),
    undefined,
  ],
  [
    '10: PKCS12 is missing',
    stores(undefined, true),
    aSecret({ tls: withKeys() }),
    keystore('PKCS12 keystore is missing'),
  ],
  [
    '10: its truststore is',
    stores(undefined, true),
    aSecret({ tls: withKeys('ca.crt', 'keystore.p12') }),
    keystore('PKCS12 keystore is missing'),
  ],
  [
    '10: PKCS12 is switched off',
    stores(undefined, false),
    aSecret({ tls: withKeys('keystore.p12') }),
    keystore('PKCS12 keystore is not wanted'),
  ],
  [
    '10: only the other keystore is wanted',
    stores(true, undefined),
    aSecret({ tls: withKeys('keystore.jks', 'keystore.p12') }),
    keystore('PKCS12 keystore is not wanted'),
  ],
];

for (const [name, certificate, secret, expected, enableOwnerRef = false] of rows) {
  test(name, () => {
    assert.deepEqual(upkeepReason({ certificate, secret }, { enableOwnerRef }), expected);
  });
}

const hopeless: readonly (readonly [string, SecretFacts, object])[] = [
  [
    'a certificate that cannot be read',
    aSecret({ tls: someTls({ leaf: { kind: 'bad', error: 'no PEM' } }) }),
    found('InvalidCertificate', 'no PEM'),
  ],
  [
    'managed fields that cannot be read',
    aSecret({ owned: 'bad' }),
    found('ManagedFieldsParseError', 'managed fields cannot be read'),
  ],
];

for (const [name, secret, expected] of hopeless) {
  test(`applying again does not mend ${name}`, () => {
    const given = { certificate: plain, secret };
    const settings = { enableOwnerRef: false };
    assert.deepEqual([upkeepFinding(given, settings), upkeepReason(given, settings)], [expected, undefined]);
  });
}
