import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { atPath, defaultDocument } from '../../../../src/cmd/document.ts';
import { webhookConfigurationSchema } from '../../../../src/cmd/webhook/configuration.ts';
import { webhookFlags } from '../../../../src/cmd/webhook/flags.ts';
import { webhookHelp } from '../../../../src/cmd/webhook/help.ts';
import { readCommandLine, type WebhookCommandLine } from '../../../../src/cmd/webhook/settings.ts';
import { matchesGolden } from '../../../support/golden.ts';

const head = 'apiVersion: webhook.config.cert-manager.io/v1alpha1\nkind: WebhookConfiguration\n';
const useFile = '--config=/etc/cm/config.yaml';
/** As the chart has them. */
const dynamic = [
  '--dynamic-serving-ca-secret-namespace=cert-manager',
  '--dynamic-serving-ca-secret-name=cert-manager-webhook-ca',
  '--dynamic-serving-dns-names=cert-manager-webhook',
  '--dynamic-serving-dns-names=cert-manager-webhook.cert-manager',
  '--dynamic-serving-dns-names=cert-manager-webhook.cert-manager.svc',
];

function read(args: string[], file = ''): Promise<WebhookCommandLine> {
  const files: Record<string, string> = { '/etc/cm/config.yaml': head + file };
  return readCommandLine(args, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error('no such file');
    return text;
  });
}

test("webhook: defaults are upstream's", () => {
  matchesGolden('webhook-defaults.json', `${JSON.stringify(defaultDocument(webhookFlags), null, 2)}\n`);
});

test('webhook: help', () => matchesGolden('webhook-help.txt', webhookHelp()));

test('webhook: flag names are unique', () => {
  const names = webhookFlags.flatMap(({ name, short }) =>
    short === undefined || short === name ? [name] : [name, short],
  );
  assert.deepEqual(names, [...new Set(names)]);
});

test('webhook: every field of the configuration has a flag', () => {
  const leaves = (schema: z.ZodObject, path = ''): string[] =>
    Object.entries(schema.shape).flatMap(([key, field]) =>
      field instanceof z.ZodObject ? leaves(field, `${path}${key}.`) : [`${path}${key}`],
    );
  assert.deepEqual(leaves(webhookConfigurationSchema).sort(), webhookFlags.flatMap(({ path }) => path ?? []).sort());
});

const values: [string, string[], string, string, unknown][] = [
  [
    'names of several flags add up',
    dynamic,
    '',
    'tlsConfig.dynamic.dnsNames',
    ['cert-manager-webhook', 'cert-manager-webhook.cert-manager', 'cert-manager-webhook.cert-manager.svc'],
  ],
  ['the chart sets the port', [...dynamic, '--secure-port=10250'], '', 'securePort', 10250],
  ['the file sets the port', [useFile, ...dynamic], 'securePort: 10250', 'securePort', 10250],
  ['flags win over the file', [useFile, ...dynamic, '--secure-port=1'], 'securePort: 10250', 'securePort', 1],
  [
    'the file alone asks for a generated certificate',
    [useFile],
    'tlsConfig: {dynamic: {secretNamespace: a, secretName: b, dnsNames: [c]}}',
    'tlsConfig.dynamic',
    { secretNamespace: 'a', secretName: 'b', dnsNames: ['c'], leafDuration: '168h' },
  ],
  [
    'files are relative to the configuration file',
    [useFile],
    'tlsConfig: {filesystem: {certFile: tls.crt, keyFile: tls.key}}',
    'tlsConfig.filesystem',
    { certFile: '/etc/cm/tls.crt', keyFile: '/etc/cm/tls.key' },
  ],
  ['client CA, too', [useFile, ...dynamic], 'clientCAPath: ca.crt', 'clientCAPath', '/etc/cm/ca.crt'],
  ['port 0 takes a free one', [...dynamic, '--healthz-port=0'], '', 'healthzPort', 0],
  [
    'logging options of the Kubernetes API have no effect',
    [useFile, ...dynamic],
    'logging: {options: {json: {}}, verbosity: 4}',
    'logging.verbosity',
    4,
  ],
];
for (const [name, args, file, path, expected] of values) {
  test(`webhook settings: ${name}`, async () => {
    const line = await read(args, file);
    if (line.kind !== 'start') assert.fail(JSON.stringify(line));
    assert.deepEqual(atPath(line.settings.config, path), expected);
  });
}

const refused: [string, string[], string, RegExp][] = [
  ['no certificate', [], '', /^tlsConfig: no CertificateSource specified: set tlsConfig\.dynamic/],
  ['half of one', ['--tls-cert-file=a'], '', /^tlsConfig\.filesystem\.keyFile: must not be empty$/],
  ['two sources', [...dynamic, '--tls-cert-file=a'], '', /^tlsConfig: filesystem and dynamic exclude each other$/],
  ['no name', dynamic.slice(0, 2), '', /^tlsConfig\.dynamic\.dnsNames: must have at least one name$/],
  ['no namespace', dynamic.slice(1), '', /^tlsConfig\.dynamic\.secretNamespace: must not be empty$/],
  [
    'a life of nothing',
    [...dynamic, '--dynamic-serving-leaf-duration=0s'],
    '',
    /^tlsConfig\.dynamic\.leafDuration: must be longer than 0, not 0s$/,
  ],
  ['a port', [...dynamic, '--secure-port=65536'], '', /^securePort: must be a port from 0 to 65535, not 65536$/],
  ['verification without a CA', [...dynamic, '--enable-client-verification'], '', /^clientCAPath: must not be empty$/],
  ['a TLS version', [...dynamic, '--tls-min-version=1.2'], '', /^tlsConfig\.minTLSVersion: "1\.2" is not known/],
  ['a cipher suite', [...dynamic, '--tls-cipher-suites=RC4'], '', /^tlsConfig\.cipherSuites: unknown cipher suite RC4/],
  ['a gate', [...dynamic, '--feature-gates=ServerSideApply=true'], '', /^unknown feature gate ServerSideApply/],
  ['a field', [useFile, ...dynamic], 'securPort: 1', /securPort: unknown field \(did you mean securePort\?\)/],
  ["a controller's flag", [...dynamic, '--controllers=*'], '', /^unknown flag --controllers/],
];
for (const [name, args, file, expected] of refused) {
  test(`webhook settings refuse: ${name}`, async () => {
    const line = await read(args, file);
    assert.equal(line.kind, 'refused');
    assert.ok(
      line.problems.some((problem) => expected.test(problem)),
      line.problems.join('\n'),
    );
  });
}

test('webhook settings refuse the file of a controller', async () => {
  const line = await readCommandLine(
    [useFile, ...dynamic],
    () => 'apiVersion: controller.config.cert-manager.io/v1alpha1\nkind: ControllerConfiguration\n',
  );
  assert.equal(line.kind, 'refused');
});

test('webhook gates: defaults, and what is set', async () => {
  const line = await read([...dynamic, '--feature-gates=NameConstraints=false']);
  assert.ok(line.kind === 'start');
  assert.deepEqual(line.settings.gates, {
    AdditionalCertificateOutputFormats: true,
    DisallowInsecureCSRUsageDefinition: true,
    LiteralCertificateSubject: true,
    NameConstraints: false,
    OtherNames: true,
  });
});
