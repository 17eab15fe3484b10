import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { cainjectorConfigurationSchema } from '../../../../src/cmd/cainjector/configuration.ts';
import { cainjectorFlags } from '../../../../src/cmd/cainjector/flags.ts';
import { cainjectorHelp } from '../../../../src/cmd/cainjector/help.ts';
import { defaultDocument } from '../../../../src/cmd/document.ts';
import { matchesGolden } from '../../../support/golden.ts';

test("defaults are upstream's", () => {
  matchesGolden('cainjector-defaults.json', `${JSON.stringify(defaultDocument(cainjectorFlags), null, 2)}\n`);
});

test('help', () => matchesGolden('cainjector-help.txt', cainjectorHelp()));

test('flag names are unique', () => {
  const names = cainjectorFlags.flatMap(({ name, short }) =>
    short === undefined || short === name ? [name] : [name, short],
  );
  assert.deepEqual(names, [...new Set(names)]);
});

test('every field of the configuration has a flag', () => {
  const leaves = (schema: z.ZodObject, path = ''): string[] =>
    Object.entries(schema.shape).flatMap(([key, field]) =>
      field instanceof z.ZodObject ? leaves(field, `${path}${key}.`) : [`${path}${key}`],
    );
  const paths = cainjectorFlags.flatMap(({ path }) => path ?? []);
  assert.deepEqual(leaves(cainjectorConfigurationSchema).sort(), paths.sort());
});
