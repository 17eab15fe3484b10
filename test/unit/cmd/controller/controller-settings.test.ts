import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  certificateSettingsOf,
  pemLimitsOf,
  requestSettingsOf,
} from '../../../../src/cmd/controller/controller-settings.ts';
import { type ControllerSettings, readCommandLine } from '../../../../src/cmd/controller/settings.ts';
import { issuerBackends } from '../../../../src/issuers/index.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { noAcme } from '../../../support/signing-builders.ts';

async function settings(...args: string[]): Promise<ControllerSettings> {
  const command = await readCommandLine(args, () => '');
  if (command.kind !== 'start') assert.fail(JSON.stringify(command));
  return command.settings;
}

const backends = issuerBackends({ limits: defaultPemLimits, acme: noAcme });

test('the defaults of the flags are the defaults of the code', async () => {
  assert.deepEqual(pemLimitsOf((await settings()).config), defaultPemLimits);
});

test('certificateSettingsOf: units and switches', async () => {
  const { gates, ...rest } = certificateSettingsOf(
    await settings(
      '--controllers=*,-certificates-issuing',
      '--enable-certificate-owner-ref',
      '--feature-gates=OtherNames=false',
    ),
  );
  assert.deepEqual(rest, {
    stages: new Set(['trigger', 'key-manager', 'request-manager', 'readiness', 'revision-manager']),
    enableOwnerRef: true,
    minimumBackoffMs: 3_600_000,
    maximumBackoffMs: 32 * 3_600_000,
    copiedAnnotationPrefixes: ['*', '-kubectl.kubernetes.io/', '-fluxcd.io/', '-argocd.argoproj.io/'],
    pemLimits: defaultPemLimits,
  });
  assert.equal(gates.OtherNames, false);
  assert.equal(gates.NameConstraints, true);
});

const rows: [string, string[], object][] = [
  [
    'the defaults',
    [],
    { approver: true, enabledBackends: new Set(['acme', 'ca', 'selfSigned']), clusterResourceNamespace: 'kube-system' },
  ],
  [
    'no approver',
    ['--controllers=-certificaterequests-approver'],
    {
      approver: false,
      enabledBackends: new Set(['acme', 'ca', 'selfSigned']),
      clusterResourceNamespace: 'kube-system',
    },
  ],
  [
    'one type',
    ['--controllers=certificaterequests-issuer-ca'],
    { approver: false, enabledBackends: new Set(['ca']), clusterResourceNamespace: 'kube-system' },
  ],
  [
    'one namespace',
    ['--namespace=a', '--cluster-resource-namespace=b'],
    {
      approver: true,
      enabledBackends: new Set(['acme', 'ca', 'selfSigned']),
      clusterResourceNamespace: 'b',
      namespace: 'a',
    },
  ],
];
for (const [name, args, expected] of rows) {
  test(`requestSettingsOf: ${name}`, async () => {
    const { limits: _, ...rest } = requestSettingsOf(await settings(...args), backends);
    assert.deepEqual(rest, expected);
  });
}
