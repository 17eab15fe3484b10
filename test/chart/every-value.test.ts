// Every value of upstream's chart, and each of ours: set to something else, it changes what is rendered, or is refused with a message.
// None is silently ignored.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Leaf, leaves } from '../../src/schema/values/value.ts';
import { chartValues, ownPodValues } from '../../src/schema/values.ts';
import { type Rendering, tryRender, type Values } from '../support/chart.ts';
import { valuesFor } from './upstream-values.ts';

const golden = join(import.meta.dirname, '..', 'golden', 'chart', 'upstream-values.json');
const upstream = Object.keys(JSON.parse(readFileSync(golden, 'utf8')) as object);

/** Values that the samples say nothing about. */
const more: Readonly<Record<string, Values>> = {
  'acmesolver.serviceType': { acmesolver: { mode: 'shared', serviceType: 'NodePort' } },
  combined: { combined: true },
  creator: { creator: 'static' },
  enabled: { enabled: false },
  installCRDs: { installCRDs: true },
  'global.podSecurityPolicy.enabled': { global: { podSecurityPolicy: { enabled: true } } },
  'global.podSecurityPolicy.useAppArmor': { global: { podSecurityPolicy: { useAppArmor: false } } },
};

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `values` without what is at `path`, and without objects that are empty then. */
function without(values: Values, path: string): Values {
  const [first = '', ...rest] = path.split('.');
  const { [first]: inner, ...others } = values;
  if (rest.length === 0 || !isTree(inner)) return others;
  const left = without(inner, rest.join('.'));
  return Object.keys(left).length === 0 ? others : { ...others, [first]: left };
}

function withValue(values: Values, path: string, value: unknown): Values {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...values, [first]: value };
  const inner = values[first];
  return { ...values, [first]: withValue(isTree(inner) ? inner : {}, rest.join('.'), value) };
}

const known = new Map<string, Promise<Rendering>>();
/** Many values are compared with the same rendering. */
function renderOnce(values: Values): Promise<Rendering> {
  const key = JSON.stringify(values);
  const found = known.get(key) ?? tryRender(values);
  known.set(key, found);
  return found;
}

/** Not ours but Helm's or the shell's words in front: the message names what is wrong. */
async function assertCounts(path: string, values: Values): Promise<void> {
  const [before, after] = await Promise.all([renderOnce(without(values, path)), tryRender(values)]);
  if (after.kind === 'refused') {
    const last = path.split('.').at(-1) ?? '';
    assert.match(after.message, /values don't meet the specifications|The values cannot be used/, path);
    assert.ok(after.message.includes(last), `${path}: the message does not name it: ${after.message}`);
    return;
  }
  assert.notDeepEqual(after.objects, before.kind === 'rendered' ? before.objects : [], `${path} changes nothing`);
}

/** At a time; Helm is a process of its own. */
const concurrency = 3;

describe('every value of upstream', { concurrency }, () => {
  for (const path of upstream) {
    test(path, async () => {
      const values = more[path] ?? valuesFor(path);
      assert.ok(values !== undefined, `test/chart/upstream-values.ts has no sample for ${path}`);
      await assertCounts(path, values);
    });
  }
});

describe('every value of ours, and each part of what upstream takes as one object', { concurrency }, () => {
  const isUpstreams = (path: string) => upstream.includes(path);
  for (const [path, leaf] of leaves(chartValues)) {
    if (isUpstreams(path)) continue;
    const values = more[path] ?? withValue({}, path, otherThan(leaf));
    test(path, () => assertCounts(path, values));
  }
});

test('values of a pod of its own are refused where all share one', async () => {
  const refused = Object.keys(ownPodValues(chartValues));
  const values = [...leaves(chartValues)]
    .filter(([path]) => refused.includes(path))
    .reduce<Values>((all, [path, leaf]) => withValue(all, path, otherThan(leaf)), { combined: true });
  const rendering = await tryRender(values);
  const message = rendering.kind === 'refused' ? rendering.message : '';
  const silent = refused.filter((path) => !message.includes(`- ${path} has no effect with combined: true`));
  assert.deepEqual(silent, []);
});

/** Something that the schema of a value takes, and that is not its default. */
function otherThan({ schema, default: fallback, example }: Leaf): unknown {
  if (example !== undefined) return example;
  const { type, enum: choices, items } = schema as { type: string; enum?: readonly string[]; items?: { type: string } };
  if (choices !== undefined) return choices.find((each) => each !== fallback);
  if (type === 'boolean') return fallback !== true;
  if (type === 'integer') return Number(fallback ?? 0) + 1;
  if (type === 'array') return items?.type === 'string' ? ['other'] : [{ name: 'other' }];
  if (type === 'object') return { other: 'value' };
  return 'other';
}
