import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import * as words from '../../../src/api/schema-words.ts';
import { structural } from '../../../src/schema/structural.ts';
import { type StructuralSchema, structuralViolations } from '../../../src/schema/structural-rules.ts';

const translated: readonly [string, z.ZodType, StructuralSchema][] = [
  ['text', words.text('d'), { type: 'string', description: 'd' }],
  ['flag', words.flag('d'), { type: 'boolean', description: 'd' }],
  ['integer', words.integer('d'), { type: 'integer', description: 'd' }],
  ['int32', words.int32('d'), { type: 'integer', description: 'd', format: 'int32' }],
  ['int64', words.int64('d'), { type: 'integer', description: 'd', format: 'int64' }],
  ['choice', words.choice(['a', 'b'], 'd'), { type: 'string', enum: ['a', 'b'], description: 'd' }],
  ['bytes', words.bytes('d'), { type: 'string', description: 'd', format: 'byte' }],
  ['dateTime', words.dateTime('d'), { type: 'string', description: 'd', format: 'date-time' }],
  ['textMap', words.textMap('d'), { type: 'object', additionalProperties: { type: 'string' }, description: 'd' }],
  [
    'textList',
    words.textList('d'),
    { type: 'array', items: { type: 'string' }, description: 'd', 'x-kubernetes-list-type': 'atomic' },
  ],
  ['untypedList', words.untypedList(z.string(), 'd'), { type: 'array', items: { type: 'string' }, description: 'd' }],
  ['anyJson', words.anyJson('d'), { description: 'd', 'x-kubernetes-preserve-unknown-fields': true }],
  [
    'object',
    words.object({ a: words.text('a'), b: words.text('b').optional() }, 'd'),
    {
      type: 'object',
      properties: { a: { type: 'string', description: 'a' }, b: { type: 'string', description: 'b' } },
      required: ['a'],
      description: 'd',
    },
  ],
  [
    'mapList by a key with a default',
    words.mapList(words.atomicObject({ k: z.string().meta({ default: '' }).optional() }, 'i'), ['k'], 'd'),
    {
      type: 'array',
      items: {
        type: 'object',
        properties: { k: { type: 'string', default: '' } },
        description: 'i',
        'x-kubernetes-map-type': 'atomic',
      },
      description: 'd',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    },
  ],
  [
    'ruledObject',
    words.ruledObject({ a: words.text('a').optional() }, [{ rule: 'has(self.a)', message: 'm' }], 'd'),
    {
      type: 'object',
      properties: { a: { type: 'string', description: 'a' } },
      description: 'd',
      'x-kubernetes-validations': [{ rule: 'has(self.a)', message: 'm' }],
    },
  ],
  ['bounds', z.int().min(1).max(5), { type: 'integer', minimum: 1, maximum: 5 }],
];

for (const [name, schema, expected] of translated) {
  test(`structural: ${name}`, () => assert.deepEqual(structural(schema, 'spec'), expected));
}

test('structural: a quantity is an integer or a string', () => {
  const { pattern, ...rest } = structural(words.quantity('d'), 'spec');
  assert.deepEqual(rest, {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    description: 'd',
    'x-kubernetes-int-or-string': true,
  });
  assert.match('1.5Gi', new RegExp(pattern ?? ''));
});

const within = (schema: z.ZodType) => words.object({ a: words.atomicList(words.object({ b: schema }, 'i'), 'l') }, 'd');

const refused: readonly [string, z.ZodType, RegExp][] = [
  ['a bare list', z.array(z.string()), /a list without a list type/],
  ['a strict object', z.strictObject({ a: z.string() }), /both properties and additionalProperties/],
  ['a loose object', z.looseObject({ a: z.string() }), /both properties and additionalProperties/],
  ['a bare unknown', z.unknown(), /no type/],
  ['a map of anything', z.record(z.string(), z.unknown()), /a map without a schema/],
  ['a union', z.union([z.string(), z.boolean()]), /a union is not structural/],
  ['a nullable', z.string().nullable(), /z\.nullable/],
  ['a literal', z.literal('x'), /use choice/],
  ['a default', z.string().default('x'), /a default is for the API server/],
  ['a transformation', z.string().transform((text) => text.length), /wire types stay wire types/],
  ['a refinement', z.string().refine((text) => text !== ''), /refine and overwrite do not reach the CRD/],
  ['a trimmed string', z.string().trim(), /refine and overwrite do not reach the CRD/],
  ['a date', z.date(), /z\.date/],
  ['an intersection', z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })), /merge the members/],
  ['an unknown format', z.string().meta({ format: 'hostname' }), /format «hostname»/],
  ['a format of another type', z.string().meta({ format: 'int32' }), /format «int32» does not go with type «string»/],
  ['a pattern beside a format', z.string().regex(/x/).meta({ format: 'date-time' }), /a pattern beside a format/],
  ['a look-ahead', z.string().regex(/^(?!x)/), /what RE2 does not know/],
  ['a back-reference', z.string().regex(/(a)\1/), /what RE2 does not know/],
  ['two patterns', z.string().regex(/a/).regex(/b/), /«allOf» has no place/],
  ['a foreign keyword', z.string().meta({ examples: ['x'] }), /«examples» has no place/],
  ['exclusive bounds', z.number().gt(1), /«exclusiveMinimum» has no place/],
  ['a default that does not fit', z.int().meta({ default: 'x' }), /a default that does not fit/],
  ['a default outside the enum', z.enum(['a']).meta({ default: 'b' }), /a default that does not fit/],
  [
    'a map list without the key',
    words.mapList(words.object({ a: words.text('a') }, 'i'), ['b'], 'd'),
    /«b» is not a member/,
  ],
  [
    'a map list by an optional key',
    words.mapList(words.object({ a: words.text('a').optional() }, 'i'), ['a'], 'd'),
    /neither required nor has it a default/,
  ],
  ['a map list of strings', words.mapList(z.string(), ['a'], 'd'), /a map of what is not an object/],
  ['an empty rule', words.ruledObject({}, [{ rule: ' ', message: 'm' }], 'd'), /an empty rule/],
  ['an atomic string', z.string().meta({ 'x-kubernetes-map-type': 'atomic' }), /a map type without an object/],
];

for (const [name, schema, reason] of refused) {
  test(`structural refuses ${name}, with its path`, () => {
    assert.throws(
      () => structural(within(schema), 'spec'),
      (error: Error) => {
        const line = error.message.split('\n').find((each) => reason.test(each));
        assert.match(line ?? error.message, /^spec\.a\[\]\.b(\[\]|\{\})?: /);
        return true;
      },
    );
  });
}

test('structural names every fault at once', () => {
  const schema = words.object({ a: z.array(z.string()), b: z.string().nullable() }, 'd');
  assert.throws(() => structural(schema, 'spec'), /spec\.a: [\s\S]*spec\.b: |spec\.b: [\s\S]*spec\.a: /);
});

const broken: readonly [string, StructuralSchema, string[]][] = [
  [
    'a required member that is none',
    { type: 'object', required: ['a'] },
    ['s: requires «a», which is not among its members'],
  ],
  ['an unknown type', { type: 'text' }, ['s: unknown type «text»']],
  ['members of a string', { type: 'string', properties: {} }, ['s: members in something that is not an object']],
  [
    'a list without items',
    { type: 'array', 'x-kubernetes-list-type': 'atomic' },
    ['s: a list without a schema for its items'],
  ],
  ['a list type on a string', { type: 'string', 'x-kubernetes-list-type': 'set' }, ['s: a list type without a list']],
  [
    'a set of objects',
    { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'set' },
    ['s: a set of what is not a scalar'],
  ],
  ['an empty enum', { type: 'string', enum: [] }, ['s: an empty enum']],
  ['a value twice', { type: 'string', enum: ['a', 'a'] }, ['s: a value twice in enum']],
  [
    'an int-or-string with a type',
    { type: 'string', 'x-kubernetes-int-or-string': true },
    ['s: an int-or-string has no type, and anyOf integer and string'],
  ],
];

for (const [name, schema, expected] of broken) {
  test(`violations: ${name}`, () => assert.deepEqual(structuralViolations(schema, 's'), expected));
}
