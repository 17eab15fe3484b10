import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { differences, generatedFiles } from '../../../scripts/gen.ts';
import { kinds } from '../../../src/api/kinds.ts';
import { customResourceDefinition } from '../../../src/schema/crd.ts';
import { structural } from '../../../src/schema/structural.ts';
import type { StructuralSchema } from '../../../src/schema/structural-rules.ts';

test('generated files are up to date: run `npm run gen`', () => {
  assert.deepEqual([...differences(generatedFiles())], []);
});

test('the YAML of each CRD says what the object says', () => {
  const files = generatedFiles();
  for (const kind of kinds) {
    assert.deepEqual(parse(files.get(`crds/${kind.group}_${kind.plural}.yaml`) ?? ''), customResourceDefinition(kind));
  }
});

test('every link in the API reference leads to a heading', () => {
  const page = generatedFiles().get('docs/reference/api.md') ?? '';
  const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  assert.deepEqual(anchors, [...new Set(anchors)]);
  const missing = [...page.matchAll(/\]\(#([^)]*)\)/g)]
    .map(([, anchor]) => anchor)
    .filter((anchor) => !anchors.includes(anchor ?? ''));
  assert.deepEqual(missing, []);
});

function names(schema: StructuralSchema): string[] {
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, each]) => [name, ...names(each)]);
  const inner = [schema.items, schema.additionalProperties].filter((each) => each !== undefined);
  return [...members, ...inner.flatMap(names)];
}

test('every field of every kind stands in the API reference', () => {
  const page = generatedFiles().get('docs/reference/api.md') ?? '';
  const missing = kinds
    .flatMap((kind) => [...names(structural(kind.spec, 'spec')), ...names(structural(kind.status, 'status'))])
    .filter(
      (name) => !page.includes(`.${name}\``) && !page.includes(`| \`${name}\``) && !page.includes(`**\`${name}\`**`),
    );
  assert.deepEqual(missing, []);
});
