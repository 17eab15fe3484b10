import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import {
  keystoreErrors,
  outputFormatErrors,
  secretTemplateErrors,
} from '../../../../src/webhook/rules/certificate-secret.ts';

const path = 'spec.secretTemplate.annotations';
const notAllowed = 'cert-manager.io/* annotations are not allowed';
const size = 256 * 1024;

const templates: readonly (readonly [string, Record<string, unknown> | undefined, readonly string[]])[] = [
  ['none', undefined, []],
  ['nothing in it', { labels: {}, annotations: {} }, []],
  [
    'labels and annotations',
    { labels: { app: 'web' }, annotations: { 'example.com/Owner': 'any text <&> at all' } },
    [],
  ],
  ['the annotation that is allowed', { annotations: { 'cert-manager.io/allow-direct-injection': 'true' } }, []],
  [
    'annotations of other groups of ours',
    { annotations: { 'acme.cert-manager.io/a': '', 'controller.cert-manager.io/b': '', 'cert-manager.iox/c': '' } },
    [],
  ],
  [
    'annotations of our own',
    { annotations: { 'cert-manager.io/issuer-name': 'a', 'cert-manager.io/': 'b' } },
    [
      `${path}: Invalid value: "cert-manager.io/issuer-name": ${notAllowed}`,
      `${path}: Invalid value: "cert-manager.io/": ${notAllowed}`,
      `${path}: Invalid value: "cert-manager.io/": name part must be non-empty`,
      `${path}: Invalid value: "cert-manager.io/": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  ['annotations as large as can be', { annotations: { key: 'x'.repeat(size - 3) } }, []],
  [
    'annotations that are too large',
    { annotations: { key: 'x'.repeat(size - 2) } },
    [`${path}: Too long: may not be more than 262144 bytes`],
  ],
];

for (const [name, template, expected] of templates) {
  test(`secret template: ${name}`, () => {
    assert.deepEqual(secretTemplateErrors(template).map(formatFieldError), expected);
  });
}

const again = 'spec.additionalOutputFormats[type]: Duplicate value:';
const formats: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['none', [], []],
  ['each once', ['DER', 'CombinedPEM'], []],
  ['one three times', ['DER', 'CombinedPEM', 'DER', 'DER'], [`${again} "DER"`, `${again} "DER"`]],
];

for (const [name, types, expected] of formats) {
  test(`further files: ${name}`, () => {
    assert.deepEqual(outputFormatErrors(types.map((type) => ({ type }))).map(formatFieldError), expected);
  });
}

const both = 'exactly one of passwordSecretRef and password must be provided for';
const neither = 'must set exactly one of passwordSecretRef and password must for';
const ref = { name: 'password', key: 'jks' };

const keystores: readonly (readonly [string, Record<string, unknown> | undefined, readonly string[]])[] = [
  ['none', undefined, []],
  ['nothing in it', {}, []],
  ['a password', { jks: { create: true, password: 'a' }, pkcs12: { create: true, password: 'a' } }, []],
  ['a reference', { jks: { create: true, passwordSecretRef: ref }, pkcs12: { passwordSecretRef: ref } }, []],
  ['a reference without a key', { jks: { create: true, passwordSecretRef: { name: 'a' } } }, []],
  [
    'both',
    { jks: { create: true, password: 'a', passwordSecretRef: ref }, pkcs12: { password: 'a', passwordSecretRef: ref } },
    [
      `spec.keystores.jks: Forbidden: ${both} JKS keystores; cannot set both`,
      `spec.keystores.pkcs12: Forbidden: ${both} PKCS#12 keystores; cannot set both`,
    ],
  ],
  [
    'neither, although none is to be created',
    { jks: { create: false }, pkcs12: { create: false, passwordSecretRef: { name: '' } } },
    [
      `spec.keystores.jks: Forbidden: ${neither} JKS keystores`,
      `spec.keystores.pkcs12: Forbidden: ${neither} PKCS#12 keystores`,
    ],
  ],
  [
    'an empty password',
    { jks: { password: '' }, pkcs12: { password: '', passwordSecretRef: ref } },
    [
      'spec.keystores.jks.password: Forbidden: literal password cannot be empty if set on JKS keystores',
      `spec.keystores.pkcs12: Forbidden: ${both} PKCS#12 keystores; cannot set both`,
      'spec.keystores.pkcs12.password: Forbidden: literal password cannot be empty if set on PKCS#12 keystores',
    ],
  ],
];

for (const [name, spec, expected] of keystores) {
  test(`keystores: ${name}`, () => {
    assert.deepEqual(keystoreErrors(spec).map(formatFieldError), expected);
  });
}
