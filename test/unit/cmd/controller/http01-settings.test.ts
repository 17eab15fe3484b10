import assert from 'node:assert/strict';
import { test } from 'node:test';
import { http01SettingsOf } from '../../../../src/cmd/controller/http01-settings.ts';
import { readCommandLine } from '../../../../src/cmd/controller/settings.ts';

async function settingsWith(...args: readonly string[]) {
  const line = await readCommandLine(args, () => '');
  assert.ok(line.kind === 'start');
  return http01SettingsOf(line.settings.config, line.settings.gates);
}

const plain = {
  solverImage: 'quay.io/jetstack/cert-manager-acmesolver:v1.21.1',
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
  runAsNonRoot: true,
  runtimeClassName: '',
  extraLabels: {},
  exactPaths: true,
};

const table: readonly (readonly [string, readonly string[], object])[] = [
  ['the defaults', [], plain],
  [
    'every flag',
    [
      '--acme-http01-solver-image=a',
      '--acme-http01-solver-resource-request-cpu=1m',
      '--acme-http01-solver-resource-request-memory=2Mi',
      '--acme-http01-solver-resource-limits-cpu=3m',
      '--acme-http01-solver-resource-limits-memory=4Mi',
      '--acme-http01-solver-run-as-non-root=false',
      '--acme-http01-solver-runtime-class-name=b',
      '--acme-http01-solver-extra-labels=c=d',
      '--feature-gates=ACMEHTTP01IngressPathTypeExact=false',
      '--acme-http01-solver-mode=shared',
      '--acme-http01-solver-service=e/f',
    ],
    {
      solverImage: 'a',
      resources: { requests: { cpu: '1m', memory: '2Mi' }, limits: { cpu: '3m', memory: '4Mi' } },
      runAsNonRoot: false,
      runtimeClassName: 'b',
      extraLabels: { c: 'd' },
      exactPaths: false,
      shared: { namespace: 'e', name: 'f' },
    },
  ],
  ['a Service that nobody asked for', ['--acme-http01-solver-service=e/f'], plain],
];
for (const [what, args, expected] of table)
  test(`settings of HTTP-01: ${what}`, async () => assert.deepEqual(await settingsWith(...args), expected));
