// Values that contradict each other or could have no effect: what a user is told.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tryRender, type Values } from '../support/chart.ts';

/** [what, values, lines of the message]. */
const refused: readonly [string, Values, readonly string[]][] = [
  [
    'several at once',
    { installCRDs: true, crds: { enabled: true }, webhook: { loadBalancerIP: '192.0.2.1' } },
    [
      'installCRDs and crds.enabled mean the same: set crds.enabled alone',
      'webhook.loadBalancerIP has no effect unless webhook.serviceType is LoadBalancer',
    ],
  ],
  [
    'CRDs that would go, by the old name',
    { installCRDs: true, crds: { keep: false } },
    ['installCRDs does not know crds.keep: set crds.enabled in its place'],
  ],
  [
    'a Service for a solver that is not there',
    { acmesolver: { serviceType: 'NodePort' } },
    [
      "acmesolver.serviceType has no effect unless acmesolver.mode is shared: a Service beside a pod has the serviceType of its issuer's solver",
    ],
  ],
  [
    'a mode of the solver that an argument overrides',
    { acmesolver: { mode: 'shared' }, config: { acmeHTTP01Config: { solverMode: 'pods' } } },
    ['config.acmeHTTP01Config.solverMode has no effect: an argument says shared; set acmesolver.mode'],
  ],
  [
    'both monitors',
    { prometheus: { servicemonitor: { enabled: true }, podmonitor: { enabled: true } } },
    ['prometheus.servicemonitor.enabled and prometheus.podmonitor.enabled would both scrape every pod: choose one'],
  ],
  [
    'a monitor without metrics',
    { prometheus: { enabled: false, podmonitor: { enabled: true } } },
    ['prometheus.podmonitor.enabled has no effect with prometheus.enabled: false'],
  ],
  [
    'the chart’s own switch',
    { enabled: false },
    [
      'enabled: false has no effect here: it is for `condition: cert-manager.enabled` in the dependencies of a parent chart',
    ],
  ],
  [
    'annotations of an account made elsewhere',
    { serviceAccount: { create: false, annotations: { a: 'b' } } },
    ['serviceAccount.annotations has no effect with create: false: set them where the ServiceAccount is made'],
  ],
  [
    'two limits of a budget',
    { webhook: { podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } } },
    ['webhook.podDisruptionBudget can have minAvailable or maxUnavailable, not both'],
  ],
  [
    'an image named twice',
    { cainjector: { image: { repository: 'a/b', name: 'c' } } },
    ['cainjector.image.name has no effect beside image.repository'],
  ],
  [
    'an image of cert-manager',
    { image: { repository: 'quay.io/jetstack/cert-manager-controller', tag: 'v1.21.1' } },
    [
      "image: quay.io/jetstack/cert-manager-controller:v1.21.1 is an image of cert-manager, which does not know certwright's arguments. Leave images out of the values; where they come from --reuse-values, use --reset-then-reuse-values",
    ],
  ],
  [
    'a field that an argument overrides',
    { config: { leaderElectionConfig: { namespace: 'a' }, logging: { verbosity: 4 } } },
    [
      'config.logging.verbosity has no effect: an argument says 2; set global.logLevel',
      'config.leaderElectionConfig.namespace has no effect: an argument says kube-system; set global.leaderElection.namespace',
    ],
  ],
  [
    'another component’s configuration',
    { webhook: { config: { kind: 'ControllerConfiguration' } } },
    ['webhook.config must be a WebhookConfiguration of webhook.config.cert-manager.io/v1alpha1'],
  ],
  [
    'clients that are not verified',
    { webhook: { clientCAFile: '/ca.crt' } },
    ['webhook.clientCAFile has no effect without webhook.enableClientVerification'],
  ],
  [
    'no CA to verify clients with',
    { webhook: { enableClientVerification: true } },
    ['webhook.enableClientVerification needs webhook.clientCAFile'],
  ],
  [
    'a pod of its own, where all share one',
    {
      combined: true,
      webhook: { replicaCount: 2, resources: { limits: { cpu: '1' } } },
      cainjector: { tolerations: [{}] },
    },
    [
      'cainjector.tolerations has no effect with combined: true, where there is no pod of its own; set tolerations',
      'webhook.replicaCount has no effect with combined: true, where there is no pod of its own; set replicaCount',
      'webhook.resources has no effect with combined: true, where there is no pod of its own; set resources',
    ],
  ],
  [
    'servers of its own, where one process serves for all',
    { combined: true, webhook: { config: { metricsListenAddress: '0' } } },
    [
      'webhook.config.metricsListenAddress has no effect with combined: true, where one process serves for all; set config.metricsListenAddress',
    ],
  ],
];

describe('refused', () => {
  for (const [what, values, expected] of refused) {
    test(what, async () => {
      const rendering = await tryRender(values);
      assert.equal(rendering.kind, 'refused');
      const message = rendering.kind === 'refused' ? rendering.message : '';
      const lines = message.split('\n').filter((line) => line.startsWith('- '));
      assert.deepEqual(
        lines.map((line) => line.slice(2)),
        expected,
      );
    });
  }
});

/** [what, values]: they work with upstream's chart, and here. */
const taken: readonly [string, Values][] = [
  ['the switch that security contexts had', { securityContext: { enabled: true, fsGroup: 1001 } }],
  [
    'fields of config that say what the arguments say',
    { config: { logging: { verbosity: 2 }, leaderElectionConfig: { namespace: 'kube-system' } } },
  ],
  [
    'settings below a switch that is off',
    { startupapicheck: { enabled: false, timeout: '5m' }, podDisruptionBudget: { minAvailable: 2 } },
  ],
  ['globals of other charts', { global: { imageRegistry: 'registry.example.com' } }],
  ['an image of upstream’s name in a mirror', { image: { repository: 'mirror.example.com/cert-manager-controller' } }],
  [
    'combined with what still counts',
    {
      combined: true,
      webhook: { timeoutSeconds: 10, hostNetwork: true, url: { host: 'a' } },
      cainjector: { enabled: false },
    },
  ],
];

describe('taken', () => {
  for (const [what, values] of taken) {
    test(what, async () => {
      const rendering = await tryRender(values);
      assert.equal(rendering.kind, 'rendered', JSON.stringify(rendering).slice(0, 500));
    });
  }
});
