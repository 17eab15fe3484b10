import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControllerCommandLine as CommandLine, readCommandLine } from '../../../../src/cmd/controller/settings.ts';
import { atPath } from '../../../../src/cmd/document.ts';

const head = 'apiVersion: controller.config.cert-manager.io/v1alpha1\nkind: ControllerConfiguration\n';

function read(args: string[], file = ''): Promise<CommandLine> {
  const files: Record<string, string> = { '/etc/cm/config.yaml': head + file };
  return readCommandLine(args, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error('no such file');
    return text;
  });
}

const useFile = '--config=/etc/cm/config.yaml';

const values: [string, string[], string, string, unknown][] = [
  ['the file sets', [useFile], 'numberOfConcurrentWorkers: 9', 'numberOfConcurrentWorkers', 9],
  [
    'flags win over the file',
    [useFile, '--concurrent-workers=3'],
    'numberOfConcurrentWorkers: 9',
    'numberOfConcurrentWorkers',
    3,
  ],
  [
    'a flag wins even with the default',
    [useFile, '--concurrent-workers=5'],
    'numberOfConcurrentWorkers: 9',
    'numberOfConcurrentWorkers',
    5,
  ],
  [
    'what the file leaves out has its default',
    [useFile],
    'leaderElectionConfig: {enabled: false}',
    'leaderElectionConfig.leaseDuration',
    '60s',
  ],
  [
    'false in the file counts',
    [useFile],
    'clusterIssuerAmbientCredentials: false',
    'clusterIssuerAmbientCredentials',
    false,
  ],
  [
    'empty text in the file is unset',
    [useFile],
    'clusterResourceNamespace: ""',
    'clusterResourceNamespace',
    'kube-system',
  ],
  ['an empty list in the file is unset', [useFile], 'controllers: []', 'controllers', ['*']],
  [
    'null in the file is unset',
    [useFile],
    'controllers:\npemSizeLimitsConfig:\n',
    'pemSizeLimitsConfig.maxChainLength',
    95000,
  ],
  [
    'a list in a flag replaces that of the file',
    [useFile, '--controllers=issuers'],
    'controllers: [orders]',
    'controllers',
    ['issuers'],
  ],
  [
    'gates in a flag replace those of the file',
    [useFile, '--feature-gates=ACMEUseARI=true'],
    'featureGates: {OtherNames: false}',
    'featureGates',
    { ACMEUseARI: true },
  ],
  ['old Gateway key', [useFile], 'enableGatewayAPI: true', 'gatewayAPI.enabled', true],
  [
    'new Gateway key wins over the old one',
    [useFile],
    'enableGatewayAPI: true\ngatewayAPI: {enabled: false}',
    'gatewayAPI.enabled',
    false,
  ],
  [
    'logging',
    [useFile],
    'logging: {verbosity: 4, format: json, vmodule: [{filePattern: a, verbosity: 1}], options: {json: {}}}',
    'logging.verbosity',
    4,
  ],
  ['file names are relative to the file', [useFile], 'kubeConfig: kube/config', 'kubeConfig', '/etc/cm/kube/config'],
  ['file names in flags stay', [useFile, '--kubeconfig=kube/config'], '', 'kubeConfig', 'kube/config'],
  [
    'extra labels',
    [useFile],
    'acmeHTTP01Config: {solverExtraLabels: {a.b/c: d}}',
    'acmeHTTP01Config.solverExtraLabels',
    { 'a.b/c': 'd' },
  ],
];
for (const [name, args, file, path, expected] of values) {
  test(`settings: ${name}`, async () => {
    const command = await read(args, file);
    if (command.kind !== 'start') assert.fail(JSON.stringify(command));
    assert.deepEqual(atPath(command.settings.config, path), expected);
  });
}

const path = '/etc/cm/config.yaml';
const refused: [string, string[], string, RegExp][] = [
  [
    'unknown field',
    [useFile],
    'controlers: []\nnamespce: x',
    /^\/etc\/cm\/config\.yaml: namespce: unknown field \(did you mean namespace\?\); known here: apiServerHost, /,
  ],
  [
    'unknown inner field',
    [useFile],
    'leaderElectionConfig: {leaseDuraton: 1m}',
    /: leaderElectionConfig\.leaseDuraton: unknown field \(did you mean leaseDuration\?\); known here: enabled, namespace, leaseDuration, renewDeadline, retryPeriod, healthzTimeout$/,
  ],
  ['wrong type', [useFile], 'numberOfConcurrentWorkers: many', /: numberOfConcurrentWorkers: .*expected int|number/],
  [
    'a number is no duration',
    [useFile],
    'certificateRequestMinimumBackoffDuration: 60',
    /: certificateRequestMinimumBackoffDuration: /,
  ],
  [
    'not a duration',
    [useFile],
    'certificateRequestMinimumBackoffDuration: 1 hour',
    /: certificateRequestMinimumBackoffDuration: is not a duration/,
  ],
  ['duplicate key', [useFile], 'namespace: a\nnamespace: b', /keys must be unique/],
  ['no such file', ['--config=/nowhere'], '', /^--config \/nowhere: no such file$/],
  ['unknown gate', ['--feature-gates=Nope=true'], '', /^unknown feature gate Nope; known: ACME/],
  ['unknown gate in the file', [useFile], 'featureGates: {Nope: true}', /^unknown feature gate Nope/],
  ['unknown controller in the file', [useFile], 'controllers: [nope]', /^unknown controller "nope"/],
  [
    'burst below rate',
    ['--kube-api-qps=51'],
    '',
    /^kubernetesAPIBurst: must be at least kubernetesAPIQPS \(51\), not 50$/,
  ],
  ['rate below -1', ['--kube-api-qps=-2'], '', /^kubernetesAPIQPS: must be at least -1/],
  [
    'lease not longer than renewal',
    ['--leader-election-lease-duration=40s'],
    '',
    /^leaderElectionConfig\.leaseDuration: must be longer than renewDeadline/,
  ],
  [
    'renewal not longer than retry',
    ['--leader-election-retry-period=40s'],
    '',
    /^leaderElectionConfig\.renewDeadline: must be longer than retryPeriod/,
  ],
  ['no workers', ['--concurrent-workers=0'], '', /^numberOfConcurrentWorkers: must be greater than 0, not 0$/],
  [
    'backoff upside down',
    ['--certificate-request-minimum-backoff-duration=33h'],
    '',
    /^certificateRequestMaximumBackoffDuration: must be at least/,
  ],
  ['address', ['--metrics-listen-address=9402'], '', /^metricsListenAddress: must be host:port/],
  ['half a TLS pair', ['--metrics-tls-cert-file=a'], '', /^metricsTLSConfig\.filesystem\.keyFile: must not be empty$/],
  [
    'dynamic serving without a namespace',
    ['--metrics-dynamic-serving-ca-secret-name=a', '--metrics-dynamic-serving-dns-names=a.example'],
    '',
    /^metricsTLSConfig\.dynamic\.secretNamespace: must not be empty$/,
  ],
  [
    'dynamic serving without names',
    ['--metrics-dynamic-serving-ca-secret-name=a', '--metrics-dynamic-serving-ca-secret-namespace=a'],
    '',
    /^metricsTLSConfig\.dynamic\.dnsNames: must have at least one name$/,
  ],
  [
    'two sources of a certificate',
    ['--metrics-dynamic-serving-ca-secret-name=a', '--metrics-tls-cert-file=a'],
    '',
    /^metricsTLSConfig: filesystem and dynamic exclude each other$/,
  ],
  [
    'TLS version',
    ['--metrics-tls-min-version=TLS12'],
    '',
    /^metricsTLSConfig\.minTLSVersion: "TLS12" is not known; known: VersionTLS10/,
  ],
  [
    'cipher suite',
    ['--metrics-tls-cipher-suites=RC4'],
    '',
    /^metricsTLSConfig\.cipherSuites: unknown cipher suite RC4; known: /,
  ],
  ['log format', ['--logging-format=xml'], '', /^logging\.format: "xml" is not known; known: text, json$/],
  [
    'name server',
    ['--acme-http01-solver-nameservers=https://dns.example'],
    '',
    /^acmeHTTP01Config\.solverNameservers: "https:\/\/dns\.example" is not host:port$/,
  ],
  [
    'solver mode',
    ['--acme-http01-solver-mode=none'],
    '',
    /^acmeHTTP01Config\.solverMode: "none" is not known; known: pods, shared$/,
  ],
  [
    'shared solver without a Service',
    ['--acme-http01-solver-mode=shared'],
    '',
    /^acmeHTTP01Config\.solverService: must be namespace\/name in the mode shared, not ""$/,
  ],
  [
    'shared solver with half a Service',
    ['--acme-http01-solver-mode=shared', '--acme-http01-solver-service=solver'],
    '',
    /^acmeHTTP01Config\.solverService: must be namespace\/name/,
  ],
  [
    'shared solver out of sight',
    ['--acme-http01-solver-mode=shared', '--acme-http01-solver-service=a/solver', '--namespace=b'],
    '',
    /^acmeHTTP01Config\.solverService: must be in the namespace b, which is the only one that is watched$/,
  ],
  [
    'shared solver that cannot listen',
    [
      '--acme-http01-solver-mode=shared',
      '--acme-http01-solver-service=a/b',
      '--acme-http01-solver-listen-address=8089',
    ],
    '',
    /^acmeHTTP01Config\.solverListenAddress: must be host:port/,
  ],
];
for (const [name, args, file, expected] of refused) {
  test(`settings refuse: ${name}`, async () => {
    const command = await read(args, file);
    assert.equal(command.kind, 'refused');
    assert.ok(
      command.problems.some((problem) => expected.test(problem)),
      command.problems.join('\n'),
    );
  });
}

test('settings refuse a file of another kind', async () => {
  const command = await readCommandLine([useFile], () => 'apiVersion: v1\nkind: ConfigMap\n');
  assert.deepEqual(command, {
    kind: 'refused',
    problems: [
      `${path}: apiVersion must be controller.config.cert-manager.io/v1alpha1 and kind ControllerConfiguration, not v1 and ConfigMap`,
    ],
  });
});

test('settings refuse what is not YAML, and YAML bombs', async () => {
  assert.equal((await readCommandLine([useFile], () => '{')).kind, 'refused');
  assert.equal((await readCommandLine([useFile], () => '')).kind, 'refused');
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((key, i) => `${key}: &${key} [${Array(10).fill(`*${'abcdefg'[i]}`)}]`)
    .join('\n')}\n`;
  assert.equal((await readCommandLine([useFile], () => head + bomb)).kind, 'refused');
});

test('settings: help and version win over everything that is well-formed', async () => {
  assert.deepEqual(await read(['--help', '--config=/nowhere']), { kind: 'help' });
  assert.deepEqual(await read(['--version']), { kind: 'version' });
  assert.equal((await read(['-h'])).kind, 'help');
});

test('settings: a wished rate is told from the default', async () => {
  const explicit = async (args: string[], file = ''): Promise<boolean> => {
    const command = await read(args, file);
    return command.kind === 'start' && command.settings.explicitRate;
  };
  assert.deepEqual(
    [
      await explicit([]),
      await explicit(['--kube-api-qps=20']),
      await explicit(['--kube-api-burst=50']),
      await explicit([useFile], 'kubernetesAPIQPS: 20'),
    ],
    [false, true, true, true],
  );
});

test('settings: stray arguments are reported, not refused', async () => {
  const command = await read(['--leader-elect', 'false']);
  assert.ok(command.kind === 'start');
  assert.equal(command.settings.config.leaderElectionConfig.enabled, true);
  assert.match(command.settings.warnings.join(), /argument "false" belongs to no flag/);
});
