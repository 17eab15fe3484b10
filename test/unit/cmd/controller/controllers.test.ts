import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ControllerSwitches,
  defaultControllers,
  selectControllers,
} from '../../../../src/cmd/controller/controllers.ts';
import { controllerGates } from '../../../../src/cmd/controller/feature-gates.ts';
import { resolveGates } from '../../../../src/cmd/feature-gates.ts';

const gates = (settings: Record<string, boolean> = {}) => resolveGates(controllerGates, settings).gates;
const switches: ControllerSwitches = {
  controllers: ['*'],
  namespace: '',
  gates: gates(),
  gatewayApi: false,
  listenerSet: false,
};
const without = (...names: string[]): string[] => defaultControllers.filter((name) => !names.includes(name));
const csr = ['acme', 'ca', 'selfsigned', 'venafi', 'vault'].map((type) => `certificatesigningrequests-issuer-${type}`);

const rows: [string, Partial<ControllerSwitches>, string[]][] = [
  ['the default set', {}, without()],
  ['one', { controllers: ['issuers'] }, ['issuers']],
  ['only negative names imply the default set', { controllers: ['-issuers', '-orders'] }, without('issuers', 'orders')],
  [
    'default set without one',
    { controllers: ['*', '-certificaterequests-approver'] },
    without('certificaterequests-approver'),
  ],
  ['a negative name wins wherever it stands', { controllers: ['-issuers', 'issuers', 'orders'] }, ['orders']],
  ['default set and one more', { controllers: ['*', 'gateway-shim'] }, [...without(), 'gateway-shim']],
  ['a namespace', { namespace: 'shop' }, without('clusterissuers')],
  [
    'signing requests by gate',
    { gates: gates({ ExperimentalCertificateSigningRequestControllers: true }), controllers: ['issuers'] },
    ['issuers', ...csr],
  ],
  [
    'signing requests need cluster scope',
    { gates: gates({ ExperimentalCertificateSigningRequestControllers: true }), namespace: 'shop' },
    without('clusterissuers'),
  ],
  ['Gateway API', { gatewayApi: true }, [...without(), 'gateway-shim']],
  ['Gateway API, gate off', { gatewayApi: true, gates: gates({ ExperimentalGatewayAPISupport: false }) }, without()],
  ['Gateway API, left out by name', { gatewayApi: true, controllers: ['-gateway-shim'] }, without()],
  [
    'ListenerSets need gate and both flags',
    { gatewayApi: true, listenerSet: true, gates: gates({ ListenerSets: true }) },
    [...without(), 'gateway-shim', 'listenerset'],
  ],
  ['ListenerSets without their gate', { gatewayApi: true, listenerSet: true }, [...without(), 'gateway-shim']],
];

for (const [name, given, expected] of rows) {
  test(`selectControllers: ${name}`, () => {
    const { enabled, problems } = selectControllers({ ...switches, ...given });
    assert.deepEqual([[...enabled], problems], [expected, []]);
  });
}

test('selectControllers says which enabled ones this build does not have', () => {
  assert.deepEqual(selectControllers({ ...switches, controllers: ['ingress-shim', 'issuers'] }).absent, [
    'ingress-shim',
  ]);
});

test('selectControllers names the known ones for an unknown one, negative ones included', () => {
  const { problems } = selectControllers({ ...switches, controllers: ['isuers', '-order', 'listenerset'] });
  assert.deepEqual(
    problems.map((problem) => problem.split(';')[0]),
    [
      'unknown controller "isuers" (did you mean issuers?)',
      'unknown controller "listenerset"',
      'unknown controller "order" (did you mean orders?)',
    ],
  );
  assert.match(problems[0] ?? '', /known: \*, issuers, clusterissuers, .*certificatesigningrequests-issuer-vault$/);
});
