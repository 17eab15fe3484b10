// What a user gets of the chart, whole, and what is written into its files.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { kinds } from '../../src/api/kinds.ts';
import { customResourceDefinition } from '../../src/schema/crd.ts';
import { asText, chartFolder, helmProgram, nameOf, type Rendered, render, type Values } from '../support/chart.ts';
import { matchesGolden } from '../support/golden.ts';
import { everythingOn } from './everything-on.ts';

const { prometheus: _, ...more } = everythingOn;

/** [golden file, values]. */
const goldens: readonly [string, Values][] = [
  ['default', {}],
  [
    'combined',
    { combined: true, replicaCount: 2, podDisruptionBudget: { enabled: true }, networkPolicy: { enabled: true } },
  ],
  ['everything-on', everythingOn],
];

describe('the chart as it is installed', () => {
  for (const [name, values] of goldens)
    test(name, async () => matchesGolden(`chart/${name}.yaml`, asText(await render(values))));
});

test('helm lint finds nothing', async () => {
  const { stdout } = await promisify(execFile)(await helmProgram(), ['lint', '--strict', '--quiet', chartFolder]);
  assert.equal(stdout.replace(/^\[INFO\].*\n/gm, '').trim(), '');
});

test('no two objects have one name, and none is without the labels of the release', async () => {
  for (const values of [{}, more, { combined: true }]) {
    const objects = await render(values);
    const names = objects.map(nameOf);
    assert.deepEqual(names, [...new Set(names)]);
    for (const object of objects.filter(({ metadata }) => !metadata.name.endsWith('-note')))
      assert.equal(object.metadata.labels?.['app.kubernetes.io/instance'], 'cert-manager', nameOf(object));
  }
});

const crds = async (values: Values) => (await render(values)).filter(({ kind }) => kind === 'CustomResourceDefinition');

describe('CRDs', () => {
  test('are left out by default', async () => assert.deepEqual(await crds({}), []));
  for (const values of [{ crds: { enabled: true } }, { installCRDs: true }]) {
    test(`are those of the source, kept when the release goes, with ${JSON.stringify(values)}`, async () => {
      const found = new Map((await crds(values)).map((crd) => [crd.metadata.name, crd]));
      assert.equal(found.size, kinds.length);
      for (const kind of kinds) {
        const ours = customResourceDefinition(kind);
        const rendered = found.get(ours.metadata.name);
        assert.deepEqual(rendered?.['spec'], JSON.parse(JSON.stringify(ours.spec)));
        assert.equal(rendered?.metadata.annotations?.['helm.sh/resource-policy'], 'keep');
        assert.equal(rendered?.metadata.labels?.['app.kubernetes.io/component'], 'crds');
      }
    });
  }
  test('go with the release where that is wanted', async () => {
    for (const { metadata } of await crds({ crds: { enabled: true, keep: false } }))
      assert.equal(metadata.annotations?.['helm.sh/resource-policy'], undefined);
  });
});

/** What must stay as it is in releases of upstream's chart: Deployments with another selector cannot be upgraded. */
const selectors: Readonly<Record<string, object>> = Object.fromEntries(
  [
    ['cert-manager', 'cert-manager', 'controller'],
    ['cert-manager-webhook', 'webhook', 'webhook'],
    ['cert-manager-cainjector', 'cainjector', 'cainjector'],
  ].map(([name = '', app, component]) => [
    name,
    {
      matchLabels: {
        'app.kubernetes.io/name': app,
        'app.kubernetes.io/instance': 'cert-manager',
        'app.kubernetes.io/component': component,
      },
    },
  ]),
);

const deployments = (objects: readonly Rendered[]) => objects.filter(({ kind }) => kind === 'Deployment');
const selectorOf = ({ spec }: Rendered) => (spec as { selector: object }).selector;

describe('Deployments find their pods as they always did', () => {
  test('three of them', async () => {
    const found = deployments(await render({})).map((each) => [each.metadata.name, selectorOf(each)]);
    assert.deepEqual(Object.fromEntries(found), selectors);
  });
  test('one of them, which the webhook Service finds too', async () => {
    const objects = await render({ combined: true });
    const [only, ...others] = deployments(objects);
    assert.deepEqual(others, []);
    assert.deepEqual(only && selectorOf(only), selectors['cert-manager']);
    const service = objects.find(
      ({ kind, metadata }) => kind === 'Service' && metadata.name === 'cert-manager-webhook',
    );
    assert.deepEqual({ matchLabels: service && selectorOf(service) }, selectors['cert-manager']);
  });
});

/** [what, release, values, names of Deployments]. */
const names: readonly [string, string, Values, readonly string[]][] = [
  ['a release that says what it is', 'my-cert-manager', {}, ['my-cert-manager', 'my-cert-manager-cainjector']],
  ['a release that does not', 'tls', {}, ['tls-cert-manager', 'tls-cert-manager-cainjector']],
  ['a name for all', 'tls', { fullnameOverride: 'certs' }, ['certs', 'certs-cainjector']],
  ['a name in place of the chart', 'tls', { nameOverride: 'x' }, ['tls-x', 'tls-x-cainjector']],
  ['a long name', 'tls', { fullnameOverride: 'x'.repeat(80) }, ['x'.repeat(63), `${'x'.repeat(52)}-cainjector`]],
];

describe('names', () => {
  for (const [what, release, values, expected] of names)
    test(what, async () => {
      const found = deployments(await render(values, { release })).map(({ metadata }) => metadata.name);
      assert.deepEqual(found.filter((name) => !name.endsWith('-webhook')).toSorted(), expected.toSorted());
    });
});
