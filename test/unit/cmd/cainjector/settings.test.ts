import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CainjectorSettings, readCommandLine } from '../../../../src/cmd/cainjector/settings.ts';
import type { CommandLine } from '../../../../src/cmd/settings/command-line.ts';

const head = 'apiVersion: cainjector.config.cert-manager.io/v1alpha1\nkind: CAInjectorConfiguration\n';
const read = (args: readonly string[], file = ''): Promise<CommandLine<CainjectorSettings>> =>
  readCommandLine(args, () => head + file);
const useFile = '--config=/etc/cm/config.yaml';

async function settingsOf(args: readonly string[], file?: string): Promise<CainjectorSettings> {
  const line = await read(args, file);
  if (line.kind !== 'start') assert.fail(JSON.stringify(line));
  return line.settings;
}

const all = [
  'validatingwebhookconfiguration',
  'mutatingwebhookconfiguration',
  'customresourcedefinition',
  'apiservice',
];

describe('the settings of cainjector', () => {
  it('inject everything from everywhere by default', async () => {
    const { kinds, rules, warnings, config } = await settingsOf([]);
    assert.deepEqual(
      kinds.map(({ controller }) => controller),
      all,
    );
    assert.deepEqual(rules, {
      merging: true,
      maximumBytes: 330_000,
      namespace: '',
      ignoredNamespaces: new Set(),
      certificates: true,
    });
    assert.deepEqual(warnings, []);
    assert.equal(config.leaderElectionConfig.namespace, 'kube-system');
  });

  it('come from the file, and from the flags over it', async () => {
    const file = `namespace: app
ignoreNamespaces: [noise]
enableDataSourceConfig: {certificates: false}
enableInjectableConfig: {apiServices: false, customResourceDefinitions: false}
featureGates: {CAInjectorMerging: false}
`;
    const { kinds, rules, warnings } = await settingsOf(
      [useFile, '--namespace=other', '--enable-apiservices-injectable'],
      file,
    );
    assert.deepEqual(
      kinds.map(({ controller }) => controller),
      [all[0], all[1], all[3]],
    );
    assert.deepEqual(rules, {
      merging: false,
      maximumBytes: 330_000,
      namespace: 'other',
      ignoredNamespaces: new Set(['noise']),
      certificates: false,
    });
    assert.match(warnings.join(), /CAInjectorMerging=false/);
  });

  it('accept what the chart passes', async () => {
    await settingsOf(['--v=2', '--leader-election-namespace=kube-system', '--metrics-listen-address=0']);
    await settingsOf(['--feature-gates=ServerSideApply=true,CAInjectorMerging=true']);
  });

  it('warn where nothing is left to do', async () => {
    const kinds = [
      'validatingwebhookconfigurations',
      'mutatingwebhookconfigurations',
      'customresourcedefinitions',
      'apiservices',
    ];
    const { warnings } = await settingsOf(kinds.map((kind) => `--enable-${kind}-injectable=false`));
    assert.deepEqual(warnings, ['every kind of target is switched off: no CA is injected into anything']);
  });
});

/** [what, arguments, file, problem]. */
const refused: readonly [string, string[], string, RegExp][] = [
  ['a gate of another component', ['--feature-gates=ACMEUseARI=true'], '', /unknown feature gate ACMEUseARI/],
  ['a namespace that is none', ['--namespace=a/b'], '', /^namespace: "a\/b" is no name of a namespace$/],
  [
    'an ignored namespace that is none',
    ['--ignore-namespaces=a,B'],
    '',
    /^ignoreNamespaces: "B" is no name of a namespace$/,
  ],
  [
    'the one namespace, ignored',
    ['--namespace=a', '--ignore-namespaces=a'],
    '',
    /^ignoreNamespaces: ignores a, the only/,
  ],
  [
    'an impossible election',
    ['--leader-election-lease-duration=10s'],
    '',
    /^leaderElectionConfig.leaseDuration: must be longer/,
  ],
  [
    'an unknown field',
    [useFile],
    'enableInjectableConfig: {crds: true}\n',
    /enableInjectableConfig\.crds: unknown field/,
  ],
  ['an unknown flag', ['--watch-certs=false'], '', /watch-certs/],
];

describe('refused for cainjector is', () => {
  for (const [what, args, file, problem] of refused) {
    it(what, async () => {
      const line = await read(args, file);
      assert.ok(line.kind === 'refused', JSON.stringify(line));
      assert.match(line.problems.join('\n'), problem);
    });
  }
});
