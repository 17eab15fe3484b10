// Our chart beside upstream's, rendered with the same values, key by key: the same objects, but for what is ours on purpose. Upstream's chart
// comes with its Go module, pinned by test/oracle/admission/go.mod; nothing of it is kept here.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { asks } from '../oracle/programs.ts';
import { findHelm } from '../support/binaries/helm.ts';
import { keysOf, type Values, valuesFor } from './upstream-values.ts';

type Json = Readonly<Record<string, unknown>>;

const root = join(import.meta.dirname, '..', '..');
const ourChart = join(root, 'charts', 'cert-manager');
const pin = join(root, 'test', 'oracle', 'admission');

/** Keys whose effect is not upstream's, and why. */
const notCompared: Readonly<Record<string, string>> = {
  creator: 'says nothing about what is rendered',
  enabled: 'is for charts that have this one as a part',
  installCRDs: 'renders CRDs, which are compared elsewhere',
  'global.podSecurityPolicy.enabled': 'is refused: there are no such policies any more',
  'global.podSecurityPolicy.useAppArmor': 'is refused: there are no such policies any more',
  'acmesolver.image.pullPolicy': 'is refused: nothing can be told how to pull the solver image',
  'acmesolver.runtimeClassName': 'is quoted within the argument by upstream, which no class is called like',
  'cainjector.serviceAccount.annotations': 'may hold templates here, as the controller’s',
  'webhook.serviceAccount.annotations': 'may hold templates here, as the controller’s',
  'webhook.url': 'may have a port, which is no part of the name in the certificate',
};

function upstreamChart(): string {
  const output = execFileSync('go', ['mod', 'download', '-json', 'github.com/cert-manager/cert-manager'], {
    cwd: pin,
    encoding: 'utf8',
  });
  const { Dir: folder } = JSON.parse(output) as { Dir: string };
  return join(folder, 'deploy', 'charts', 'cert-manager');
}

function render(helm: string, chart: string, values: Values): Map<string, Json> {
  const args = ['template', 'cert-manager', chart, '--namespace', 'cert-manager', '--values', '-'];
  const { status, stdout, stderr } = spawnSync(helm, args, {
    input: JSON.stringify(values),
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status !== 0) throw new Error(stderr);
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Json | null)
    .filter((object) => object !== null && object['kind'] !== 'CustomResourceDefinition') as Json[];
  return new Map(objects.map((object) => [nameOf(object), comparable(object) as Json]));
}

function nameOf({ kind, metadata }: Json): string {
  const { namespace = '', name } = metadata as { namespace?: string; name: string };
  return `${kind} ${namespace}/${name}`;
}

/** Every object of ours is labelled; upstream leaves the labels of network policies out. */
function withoutMoreLabels(ours: Json | undefined, theirs: Json): Json | undefined {
  const [own, other] = [ours, theirs].map((object) => (object?.['metadata'] ?? {}) as Json);
  if (ours === undefined || other?.['labels'] !== undefined) return ours;
  const { labels: _, ...metadata } = own ?? {};
  return { ...ours, metadata };
}

/** Labels that name the chart's version, images, and the annotation that restarts pods when their configuration changes, are our own. */
const ownLabels = ['helm.sh/chart', 'app.kubernetes.io/version', 'checksum/config'];
const componentNames = ['controller', 'webhook', 'cainjector', 'startupapicheck'];
const imageOf = (text: string) => text.replace(/^(--acme-http01-solver-image=).*/, '$1IMAGE');

function comparable(value: unknown, key = ''): unknown {
  if (key === 'rules' && isRbac(value)) return permissionsOf(value);
  if (Array.isArray(value)) {
    const items = value.map((each) => comparable(each));
    if (key !== 'args') return items;
    const [first, ...rest] = items.map((each) => imageOf(String(each)));
    return componentNames.includes(first ?? '') ? rest : [first, ...rest];
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, each]) => !ownLabels.includes(name) && each !== null && !isEmpty(each))
      .map(([name, each]) => [name, name === 'image' ? 'IMAGE' : comparable(each, name)]),
  );
}

type Rule = Readonly<Partial<Record<'apiGroups' | 'resources' | 'verbs' | 'resourceNames', readonly string[]>>>;

const isRbac = (value: unknown): value is readonly Rule[] =>
  Array.isArray(value) && value.every((each) => 'verbs' in each && 'resources' in each);

/** What rules allow, one line a permission, however they are grouped. */
function permissionsOf(rules: readonly Rule[]): readonly string[] {
  const lines = rules.flatMap(({ apiGroups = [], resources = [], verbs = [], resourceNames = ['*'] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => resourceNames.map((name) => `${verb} ${group}/${resource} ${name}`)),
      ),
    ),
  );
  return [...new Set(lines)].toSorted();
}

/** An empty map or list, where a template writes one, is the same as none to the API server. */
const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0 && !Array.isArray(value);

describe('the chart beside upstream’s', asks('go'), () => {
  let helm: string;
  let theirChart: string;
  before(async () => {
    helm = await findHelm((line) => console.error(line));
    theirChart = upstreamChart();
  });

  const compare = (values: Values) => {
    const ours = render(helm, ourChart, values);
    const theirs = render(helm, theirChart, values);
    assert.deepEqual([...ours.keys()].toSorted(), [...theirs.keys()].toSorted());
    for (const [name, object] of theirs) assert.deepEqual(withoutMoreLabels(ours.get(name), object), object, name);
  };

  test('with default values', () => compare({}));
  test('with CRDs, combined with everything that can be switched on', () =>
    compare({
      crds: { enabled: true },
      networkPolicy: { enabled: true },
      webhook: { networkPolicy: { enabled: true }, podDisruptionBudget: { enabled: true }, replicaCount: 3 },
      cainjector: { networkPolicy: { enabled: true }, podDisruptionBudget: { enabled: true } },
      podDisruptionBudget: { enabled: true },
      prometheus: { servicemonitor: { enabled: true } },
    }));

  const schema = join(root, 'charts', 'cert-manager', 'values.schema.json');
  test('has every key of upstream', () => {
    const theirKeys = keysOf(join(theirChart, 'values.schema.json'));
    assert.ok(theirKeys.length > 200);
    const unknown = theirKeys.filter((key) => !Object.hasOwn(notCompared, key) && valuesFor(key) === undefined);
    assert.deepEqual(unknown, [], `a value to compare with is missing; ${schema}`);
  });
  test('key by key', async (context) => {
    for (const key of keysOf(join(theirChart, 'values.schema.json'))) {
      if (Object.hasOwn(notCompared, key)) continue;
      const values = valuesFor(key);
      if (values !== undefined) await context.test(key, () => compare(values));
    }
  });
});
