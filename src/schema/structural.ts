// From zod to the structural OpenAPI schema of a custom resource. Refuses, with the path, what the API server would refuse and what zod
// would drop without a word. It adds nothing that is not in the zod schema.
import * as z from 'zod';
import { type StructuralSchema, structuralViolations } from './structural-rules.ts';

/** Words of zod that have a structural counterpart and leave a parsed value as it was. */
const plain: ReadonlySet<string> = new Set([
  'object',
  'array',
  'record',
  'string',
  'number',
  'boolean',
  'enum',
  'optional',
  'unknown',
  'union',
]);

/** Why the word itself cannot be used; the rest has no counterpart. */
const advice: Readonly<Record<string, string>> = {
  default: 'a default is for the API server to apply: state it by .meta({ default })',
  prefault: 'a default is for the API server to apply: state it by .meta({ default })',
  pipe: 'wire types stay wire types: convert where the value is used',
  transform: 'wire types stay wire types: convert where the value is used',
  intersection: 'merge the members into one object',
  literal: 'use choice with one value',
};

/**
 * The structural schema of a zod schema. `path` names it in errors.
 * Throws an Error that lists every violation, one a line, each with its path.
 */
export function structural(schema: z.ZodType, path: string): StructuralSchema {
  const refused = new Set<string>();
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override: (context) => {
      for (const reason of zodViolations(context.zodSchema)) refused.add(`${pathText(path, context.path)}: ${reason}`);
    },
  });
  const result = repaired(json as RawSchema, path, refused);
  for (const violation of structuralViolations(result, path)) refused.add(violation);
  if (refused.size > 0) throw new Error(`not a structural schema:\n${[...refused].join('\n')}`);
  return result;
}

function zodViolations(schema: z.core.$ZodTypes): string[] {
  const { type } = schema._zod.def;
  if (!plain.has(type)) return [advice[type] ?? `z.${type} has no structural counterpart`];
  const checks = schema._zod.def.checks ?? [];
  const custom = checks.some((check) => check._zod.def.check === 'custom' || check._zod.def.check === 'overwrite');
  return custom ? ['refine and overwrite do not reach the CRD: make it a named check or a CEL rule'] : [];
}

/** `properties.spec.properties.ca.items` → `.spec.ca[]`. */
function pathText(root: string, path: readonly (string | number)[]): string {
  let text = root;
  for (let at = 0; at < path.length; at++) {
    const step = path[at];
    if (step === 'properties') {
      at += 1;
      text += `.${path[at]}`;
    } else if (step === 'items') text += '[]';
    else if (step === 'additionalProperties') text += '{}';
  }
  return text;
}

type RawSchema = { readonly [keyword: string]: unknown };

function repaired(raw: RawSchema, path: string, refused: Set<string>): StructuralSchema {
  const { untypedList, ...schema } = raw;
  const result: Record<string, unknown> = { ...schema };
  if (result['x-kubernetes-int-or-string'] === true) result.anyOf = [{ type: 'integer' }, { type: 'string' }];
  // zod bounds every integer by what a double holds exactly; the API server knows the format instead.
  if (result.maximum === Number.MAX_SAFE_INTEGER) delete result.maximum;
  if (result.minimum === Number.MIN_SAFE_INTEGER) delete result.minimum;
  if (result.type === 'array' && result['x-kubernetes-list-type'] === undefined && untypedList !== true) {
    refused.add(`${path}: a list without a list type: use atomicList, mapList or untypedList`);
  }
  if (result.properties !== undefined) {
    const members = Object.entries(result.properties as Record<string, RawSchema>);
    result.properties = Object.fromEntries(
      members.map(([name, each]) => [name, repaired(each, `${path}.${name}`, refused)]),
    );
  }
  if (result.items !== undefined) result.items = repaired(result.items as RawSchema, `${path}[]`, refused);
  const values = result.additionalProperties;
  if (typeof values === 'object' && values !== null) {
    result.additionalProperties = repaired(values as RawSchema, `${path}{}`, refused);
  }
  return result as StructuralSchema;
}
