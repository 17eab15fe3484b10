// The CRDs that we generate against those of cert-manager v1.21.1, field by field, every keyword but the descriptions.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kinds } from '../../../src/api/kinds.ts';
import { customResourceDefinition } from '../../../src/schema/crd.ts';
import type { StructuralSchema } from '../../../src/schema/structural-rules.ts';

type Facts = Readonly<Record<string, unknown>>;

interface Upstream {
  readonly same: readonly (readonly [string, string, string, string])[];
  readonly objects: Readonly<Record<string, unknown>>;
  readonly schemas: Readonly<Record<string, Record<string, Facts>>>;
}

/** Where we differ on purpose: kind and path (a prefix), and why. Any other difference fails. */
const deliberate: readonly (readonly [string, string])[] = [
  ...['certificates', 'certificaterequests', 'issuers', 'clusterissuers', 'orders', 'challenges'].map(
    (plural) => [`${plural}: metadata.labels`, 'the labels that the released manifests put on the CRDs'] as const,
  ),
  // docs/adr/0011-what-acme-says-in-status.md
  ...['issuers', 'clusterissuers'].map(
    (plural) => [`${plural}: schema status.acme.pausedUntil`, 'the pause of a rate-limited account'] as const,
  ),
  ...['failedAttempts', 'nextAttemptAt'].map(
    (name) => [`orders: schema status.${name}`, 'when a failed order is placed again'] as const,
  ),
  ...['visibleSince', 'acceptedAt', 'failedAttempts', 'nextAttemptAt', 'checks'].map(
    (name) => [`challenges: schema status.${name}`, 'what was seen, and when it is tried again'] as const,
  ),
  // docs/adr/0008-rules-in-the-crds.md
  ...kinds.flatMap(({ plural, rules }) =>
    [...new Set(rules.map(({ path }) => path))].map(
      (path) =>
        [
          `${plural}: schema ${path}.x-kubernetes-validations is`,
          'what the webhook refuses, where none answers',
        ] as const,
    ),
  ),
];

const upstream = expanded(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/upstream-crds.json'), 'utf8')) as Upstream,
);

function expanded(golden: Upstream): Upstream {
  for (const [toKind, toPath, fromKind, fromPath] of [...golden.same].reverse()) {
    const [to, from] = [golden.schemas[toKind], golden.schemas[fromKind]];
    assert.ok(to !== undefined && from !== undefined);
    for (const [path, facts] of Object.entries(from)) {
      if (path.startsWith(fromPath) && /^[.[{]/.test(path.slice(fromPath.length))) {
        to[toPath + path.slice(fromPath.length)] = facts;
      }
    }
  }
  return golden;
}

function flattened(schema: StructuralSchema, path: string, required: boolean, facts: Record<string, Facts>): void {
  const { description, properties, items, additionalProperties, required: names = [], ...own } = schema;
  facts[path] = required ? { ...own, required } : own;
  for (const [name, member] of Object.entries(properties ?? {})) {
    flattened(member, path === '' ? name : `${path}.${name}`, names.includes(name), facts);
  }
  if (items !== undefined) flattened(items, `${path}[]`, false, facts);
  if (additionalProperties !== undefined) flattened(additionalProperties, `${path}{}`, false, facts);
}

function differences(ours: unknown, theirs: unknown, path: string): string[] {
  if (isRecord(ours) && isRecord(theirs)) {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    return names.flatMap((name) => differences(ours[name], theirs[name], path === '' ? name : `${path}.${name}`));
  }
  const [left, right] = [JSON.stringify(ours), JSON.stringify(theirs)];
  return left === right ? [] : [`${path} is ${left}, upstream ${right}`];
}

/** An object or a list of objects: what is compared member by member. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (Array.isArray(value)) return value.length > 0 && value.every(isRecord);
  return typeof value === 'object' && value !== null;
}

function differencesOf(plural: string): string[] {
  const kind = kinds.find((each) => each.plural === plural);
  assert.ok(kind !== undefined, `no kind ${plural}`);
  const { spec, ...rest } = customResourceDefinition(kind);
  const versions = spec.versions.map(({ schema, ...version }) => ({ version, schema }));
  const object = { ...rest, spec: { ...spec, versions: versions.map(({ version }) => version) } };
  const facts: Record<string, Facts> = {};
  for (const { schema } of versions) flattened(schema.openAPIV3Schema, '', false, facts);
  const theirs = upstream.schemas[plural] ?? {};
  const fields = [...new Set([...Object.keys(facts), ...Object.keys(theirs)])].flatMap((path) => {
    if (facts[path] === undefined) return [`schema ${path} is missing`];
    if (theirs[path] === undefined) return [`schema ${path} is unknown upstream`];
    return differences(facts[path], theirs[path], `schema ${path}`);
  });
  return [...differences(object, upstream.objects[plural], ''), ...fields].map((each) => `${plural}: ${each}`);
}

test('the same kinds', () => {
  assert.deepEqual(
    kinds.map((kind) => kind.plural),
    Object.keys(upstream.schemas),
  );
});

for (const plural of Object.keys(upstream.schemas)) {
  test(`the CRD of ${plural} is upstream's, but for what is listed`, () => {
    const found = differencesOf(plural);
    assert.deepEqual(
      found.filter((each) => !deliberate.some(([path]) => each.startsWith(path))),
      [],
    );
    for (const [path] of deliberate.filter(([each]) => each.startsWith(`${plural}:`))) {
      assert.ok(
        found.some((each) => each.startsWith(path)),
        `${path} is listed as a difference, but there is none`,
      );
    }
  });
}

test('every field is described, by a sentence', () => {
  const bad: string[] = [];
  const look = (schema: StructuralSchema, path: string): void => {
    if (!/^[`A-Z][\s\S]*\.$/.test(schema.description ?? '')) bad.push(path);
    for (const [name, member] of Object.entries(schema.properties ?? {})) look(member, `${path}.${name}`);
    const inner = schema.items?.properties ?? schema.additionalProperties?.properties ?? {};
    for (const [name, member] of Object.entries(inner)) look(member, `${path}[].${name}`);
  };
  for (const kind of kinds) {
    const properties = customResourceDefinition(kind).spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
    for (const [name, member] of Object.entries(properties)) {
      if (name !== 'metadata') look(member, `${kind.kind}.${name}`);
    }
  }
  assert.deepEqual(bad, []);
});

test('each CRD can be applied by a client that keeps the whole object in an annotation', () => {
  for (const kind of kinds) {
    const size = JSON.stringify(customResourceDefinition(kind)).length;
    assert.ok(size < 262_144, `${kind.kind}: ${size} bytes`);
  }
});
