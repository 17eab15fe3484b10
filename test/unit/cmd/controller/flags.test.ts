import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { controllerConfigurationSchema } from '../../../../src/cmd/controller/configuration.ts';
import { controllerFlags } from '../../../../src/cmd/controller/flags.ts';
import { controllerHelp } from '../../../../src/cmd/controller/help.ts';
import { readCommandLine } from '../../../../src/cmd/controller/settings.ts';
import { atPath, defaultDocument, type Tree } from '../../../../src/cmd/document.ts';
import { type Flag, showValue } from '../../../../src/cmd/flags/flag.ts';
import { matchesGolden } from '../../../support/golden.ts';

const noFiles = (path: string): string => {
  throw new Error(`no file ${path}`);
};

async function configWith(...args: string[]): Promise<Tree> {
  const command = await readCommandLine(args, noFiles);
  if (command.kind !== 'start') assert.fail(JSON.stringify(command));
  return command.settings.config;
}

test("defaults are upstream's, and of our own flags ours", () => {
  matchesGolden('controller-defaults.json', `${JSON.stringify(defaultDocument(controllerFlags), null, 2)}\n`);
});

test('without flags the configuration is the defaults', async () => {
  assert.deepEqual(await configWith(), defaultDocument(controllerFlags));
});

test('help', () => matchesGolden('controller-help.txt', controllerHelp()));

test('flag names are unique', () => {
  const names = controllerFlags.flatMap(({ name, short }) =>
    short === undefined || short === name ? [name] : [name, short],
  );
  assert.deepEqual(names, [...new Set(names)]);
});

test('every field of the configuration has a flag', () => {
  const leaves = (schema: z.ZodObject, path = ''): string[] =>
    Object.entries(schema.shape).flatMap(([key, field]) =>
      field instanceof z.ZodObject ? leaves(field, `${path}${key}.`) : [`${path}${key}`],
    );
  const paths = controllerFlags.flatMap(({ path }) => path ?? []);
  assert.deepEqual(leaves(controllerConfigurationSchema).sort(), paths.sort());
});

/** A value that differs from the default and passes every check on its own. */
const samples: Record<string, string> = {
  'leader-election-lease-duration': '2m',
  'leader-election-renew-deadline': '50s',
  'leader-election-retry-period': '5s',
  'certificate-request-minimum-backoff-duration': '2h',
  'certificate-request-maximum-backoff-duration': '48h',
  'kube-api-qps': '10.5',
  'metrics-listen-address': '127.0.0.1:0',
  'internal-healthz-listen-address': '[::1]:9403',
  'profiler-address': ':6061',
  'metrics-tls-min-version': 'VersionTLS13',
  'metrics-tls-cipher-suites': 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'dns01-recursive-nameservers': 'https://dns.example/dns-query,1.1.1.1:53',
  'acme-http01-solver-nameservers': '1.1.1.1:53',
  'logging-format': 'json',
  'acme-http01-solver-mode': 'shared',
  controllers: 'issuers,-orders',
  vmodule: 'certificates=5',
  'feature-gates': 'ACMEUseARI=true',
  'kube-api-burst': '60',
};
const perType: Record<Flag['type'], string> = {
  string: 'some-text',
  bool: 'true',
  int: '7',
  float: '7.5',
  duration: '7m',
  list: 'a,b',
  map: 'a=1',
  gates: 'ACMEUseARI=true',
  vmodule: 'a=1',
};
/** Only make sense with others, which the checks insist on. */
const companions: Record<string, string[]> = {
  'acme-http01-solver-mode': ['--acme-http01-solver-service=a/b'],
  'metrics-tls-cert-file': ['--metrics-tls-private-key-file=key'],
  'metrics-tls-private-key-file': ['--metrics-tls-cert-file=cert'],
};
const refusedYet = /^metrics-dynamic-serving-(ca-|dns-names)/;

for (const flag of controllerFlags.filter(({ path, name }) => path !== undefined && !refusedYet.test(name))) {
  test(`--${flag.name} sets ${flag.path}`, async () => {
    const text = samples[flag.name] ?? (flag.default === true ? 'false' : perType[flag.type]);
    const config = await configWith(`--${flag.name}=${text}`, ...(companions[flag.name] ?? []));
    const value = atPath(config, flag.path ?? '');
    assert.notDeepEqual(value, flag.default);
    assert.equal(showValue(value), text);
  });
}

for (const flag of controllerFlags.filter(({ ignored }) => ignored !== undefined)) {
  test(`--${flag.name} is accepted and has no effect`, async () => {
    const command = await readCommandLine([`--${flag.name}=${flag.type === 'string' ? 'x' : flag.default}`], noFiles);
    assert.ok(command.kind === 'start');
    assert.deepEqual(command.settings.config, defaultDocument(controllerFlags));
    assert.match(command.settings.warnings.join(), new RegExp(`flag --${flag.name} has no effect`));
  });
}
