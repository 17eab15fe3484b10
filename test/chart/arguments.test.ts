// Whether the components understand the arguments and configuration files that the chart gives them, read with their own readers.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { splitGroups } from '../../src/cmd/all/groups.ts';
import { cainjectorFlags } from '../../src/cmd/cainjector/flags.ts';
import { readCommandLine as readCainjector } from '../../src/cmd/cainjector/settings.ts';
import { componentNamed } from '../../src/cmd/components.ts';
import { controllerFlags } from '../../src/cmd/controller/flags.ts';
import { readCommandLine as readController } from '../../src/cmd/controller/settings.ts';
import { readCommandLine as readCheck } from '../../src/cmd/startupapicheck/settings.ts';
import { webhookFlags } from '../../src/cmd/webhook/flags.ts';
import { readCommandLine as readWebhook } from '../../src/cmd/webhook/settings.ts';
import { type Rendered, render, type Values } from '../support/chart.ts';
import { everythingOn } from './everything-on.ts';

interface Line {
  readonly kind: string;
  readonly problems?: readonly string[];
  readonly settings?: object;
}
interface Settings {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly string[];
}
const settingsOf = (line: Line | undefined): Settings => line?.settings ?? {};
type Read = (args: readonly string[], readFile: (path: string) => string) => Promise<Line> | Line;

const readers: Readonly<Record<string, Read>> = {
  controller: readController,
  webhook: readWebhook,
  cainjector: readCainjector,
  startupapicheck: readCheck,
};
const together = new Map([
  ['controller', controllerFlags],
  ['webhook', webhookFlags],
  ['cainjector', cainjectorFlags],
]);

interface PodSpec {
  readonly containers: readonly [
    { readonly args: readonly string[]; readonly volumeMounts?: readonly { name: string; mountPath: string }[] },
  ];
  readonly volumes?: readonly { name: string; configMap?: { name: string } }[];
}

const podSpec = ({ spec }: Rendered) => (spec as { template: { spec: PodSpec } }).template.spec;

/** Reads files as the container of a rendered pod would find them. */
function filesOf({ containers: [container], volumes = [] }: PodSpec, objects: readonly Rendered[]) {
  return (path: string): string => {
    const mount = container.volumeMounts?.find(({ mountPath }) => mountPath === dirname(path));
    const map = volumes.find(({ name }) => name === mount?.name)?.configMap?.name;
    const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === map);
    assert.ok(found !== undefined, `nothing is mounted at ${path}`);
    return (found['data'] as Record<string, string>)['config.yaml'] ?? '';
  };
}

/** Component → what it reads from its command line, in every pod of the release. */
async function linesOf(values: Values): Promise<ReadonlyMap<string, Line>> {
  const objects = await render(values);
  const lines = new Map<string, Line>();
  for (const pod of objects.filter(({ kind }) => kind === 'Deployment' || kind === 'Job').map(podSpec)) {
    const readFile = filesOf(pod, objects);
    const args = pod.containers[0].args.map((arg) => arg.replaceAll('$(POD_NAMESPACE)', 'cert-manager'));
    const [first = '', ...rest] = args;
    assert.equal(componentNamed(first)?.name, first, `${first} is no component`);
    const groups = first === 'all' ? splitGroups(together, rest).groups : [{ name: first, args: rest }];
    for (const { name, args: own } of groups)
      lines.set(name, (await readers[name]?.(own, readFile)) ?? { kind: 'unread' });
  }
  return lines;
}

const { metricsTLSConfig: _, ...webhookConfig } = everythingOn.webhook.config;
const {
  replicaCount: _replicas,
  podDisruptionBudget: _budget,
  volumes: _volumes,
  volumeMounts: _mounts,
  serviceAccount: _account,
  networkPolicy: _policy,
  ...webhook
} = everythingOn.webhook;
const all = ['cainjector', 'controller', 'startupapicheck', 'webhook'];

/** [what, values, components that run]. */
const cases: readonly [string, Values, readonly string[]][] = [
  ['default', {}, all],
  ['everything on', everythingOn, all],
  ['combined', { combined: true }, all],
  [
    'combined, everything on',
    {
      ...everythingOn,
      combined: true,
      webhook: { ...webhook, config: { ...webhookConfig, healthzPort: 6081 } },
      cainjector: { config: { ignoreNamespaces: ['a'] } },
    },
    all,
  ],
  ['combined without metrics', { combined: true, prometheus: { enabled: false } }, all],
  ['without metrics', { prometheus: { enabled: false } }, all],
  ['combined without cainjector', { combined: true, cainjector: { enabled: false } }, all.slice(1)],
];

describe('every component starts with what the chart gives it, and warns of nothing', () => {
  for (const [what, values, expected] of cases) {
    test(what, async () => {
      const lines = await linesOf(values);
      assert.deepEqual([...lines.keys()].toSorted(), expected);
      for (const [name, line] of lines) {
        assert.equal(line.kind, 'start', `${name}: ${line.problems?.join('; ')}`);
        const deprecated = /ServerSideApply/;
        assert.deepEqual(
          (settingsOf(line).warnings ?? []).filter((warning) => !deprecated.test(warning)),
          [],
          name,
        );
      }
    });
  }
});

test('values reach the components that they are for', async () => {
  const lines = await linesOf({ ...everythingOn, combined: false });
  const config = (name: string) => settingsOf(lines.get(name)).config ?? {};
  const controller = config('controller');
  assert.equal(controller['kubernetesAPIQPS'], 9000);
  assert.equal(controller['clusterResourceNamespace'], 'cert-manager');
  assert.deepEqual((controller['acmeHTTP01Config'] as { solverExtraLabels: object }).solverExtraLabels, {
    team: 'platform',
  });
  assert.equal((controller['leaderElectionConfig'] as { leaseDuration: string }).leaseDuration, '90s');
  assert.equal(config('webhook')['securePort'], 10260);
  assert.equal(config('webhook')['clientCAPath'], '/etc/clients/ca.crt');
  assert.deepEqual(config('cainjector')['ignoreNamespaces'], ['kube-system']);
});
