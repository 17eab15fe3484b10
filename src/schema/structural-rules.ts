// What kube-apiserver asks of the schema of a custom resource, as far as our schemas could break it. Checked when generating, so that
// a mistake is found with its path before any cluster sees it. Source: the apiextensions documentation on structural schemas.

/** An OpenAPI v3 schema as it stands in a CustomResourceDefinition. */
export interface StructuralSchema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
  readonly anyOf?: readonly StructuralSchema[];
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
}

const keywords: ReadonlySet<string> = new Set([
  'type',
  'description',
  'format',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'anyOf',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
]);

const formats: Readonly<Record<string, readonly string[]>> = {
  string: ['byte', 'date-time'],
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

const types: ReadonlySet<string> = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);
const scalars: ReadonlySet<string | undefined> = new Set(['string', 'integer', 'number', 'boolean']);

/** Every reason why the API server would refuse `schema`, each as `path: reason`. Empty for a structural schema. */
export function structuralViolations(schema: StructuralSchema, path: string): string[] {
  const own = [
    ...keywordViolations(schema),
    ...typeViolations(schema),
    ...stringViolations(schema),
    ...objectViolations(schema),
    ...listViolations(schema),
    ...extensionViolations(schema),
  ].map((reason) => `${path}: ${reason}`);
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, each]) =>
    structuralViolations(each, `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : structuralViolations(schema.items, `${path}[]`);
  const values = schema.additionalProperties;
  const mapped = isSchema(values) ? structuralViolations(values, `${path}{}`) : [];
  return [...own, ...inner, ...items, ...mapped];
}

function isSchema(value: unknown): value is StructuralSchema {
  return typeof value === 'object' && value !== null;
}

function keywordViolations(schema: StructuralSchema): string[] {
  return Object.keys(schema)
    .filter((keyword) => !keywords.has(keyword))
    .map((keyword) => `«${keyword}» has no place in a structural schema`);
}

function typeViolations(schema: StructuralSchema): string[] {
  if (schema['x-kubernetes-int-or-string'] === true) {
    const alternatives = JSON.stringify(schema.anyOf);
    const expected = JSON.stringify([{ type: 'integer' }, { type: 'string' }]);
    const wrong = schema.type !== undefined || alternatives !== expected;
    return wrong ? ['an int-or-string has no type, and anyOf integer and string'] : [];
  }
  if (schema.anyOf !== undefined)
    return ['a union is not structural: make its alternatives optional members of an object'];
  if (schema.type === undefined) {
    return schema['x-kubernetes-preserve-unknown-fields'] === true ? [] : ['no type'];
  }
  if (!types.has(schema.type)) return [`unknown type «${schema.type}»`];
  if (schema.format !== undefined && !formats[schema.type]?.includes(schema.format)) {
    return [`format «${schema.format}» does not go with type «${schema.type}»`];
  }
  return [];
}

function stringViolations(schema: StructuralSchema): string[] {
  const found: string[] = [];
  if (schema.pattern !== undefined) {
    // Go's RE2 knows neither look-around nor back-references.
    if (/\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</.test(schema.pattern)) found.push('the pattern uses what RE2 does not know');
    if (schema.format !== undefined) found.push('a pattern beside a format');
  }
  if (schema.enum !== undefined && schema.enum.length === 0) found.push('an empty enum');
  if (schema.enum !== undefined && new Set(schema.enum).size !== schema.enum.length)
    found.push('a value twice in enum');
  return found;
}

function objectViolations(schema: StructuralSchema): string[] {
  const found: string[] = [];
  const isObject = schema.type === 'object';
  if ((schema.properties !== undefined || schema.additionalProperties !== undefined) && !isObject) {
    found.push('members in something that is not an object');
  }
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) {
    found.push('both properties and additionalProperties: objects are neither strict nor open');
  }
  if (schema.additionalProperties !== undefined && Object.keys(schema.additionalProperties).length === 0) {
    found.push('a map without a schema for its values: use anyJson or mapOf');
  }
  for (const name of schema.required ?? []) {
    if (schema.properties?.[name] === undefined) found.push(`requires «${name}», which is not among its members`);
  }
  return found;
}

function listViolations(schema: StructuralSchema): string[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema.type !== 'array')
    return listType === undefined && keys === undefined ? [] : ['a list type without a list'];
  if (schema.items === undefined) return ['a list without a schema for its items'];
  if (listType === 'set' && !scalars.has(schema.items.type)) return ['a set of what is not a scalar'];
  if (listType !== 'map') return keys === undefined ? [] : ['keys of a list that is not a map'];
  if (schema.items.type !== 'object') return ['a map of what is not an object'];
  return mapKeyViolations(schema.items, keys ?? []);
}

function mapKeyViolations(item: StructuralSchema, keys: readonly string[]): string[] {
  if (keys.length === 0) return ['a list map without keys'];
  return keys.flatMap((key) => {
    const member = item.properties?.[key];
    if (member === undefined) return [`the key «${key}» is not a member of the items`];
    if (!scalars.has(member.type)) return [`the key «${key}» is not a scalar`];
    if (!item.required?.includes(key) && member.default === undefined) {
      return [`the key «${key}» is neither required nor has it a default`];
    }
    return [];
  });
}

function extensionViolations(schema: StructuralSchema): string[] {
  const found: string[] = [];
  if (schema['x-kubernetes-map-type'] !== undefined && schema.type !== 'object')
    found.push('a map type without an object');
  if ((schema['x-kubernetes-validations'] ?? []).some((rule) => rule.rule.trim() === '')) found.push('an empty rule');
  if (schema.default !== undefined && !fits(schema.default, schema))
    found.push('a default that does not fit the schema');
  return found;
}

function fits(value: unknown, schema: StructuralSchema): boolean {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false;
  if (schema.type === 'integer') return Number.isInteger(value);
  if (schema.type === 'array') return Array.isArray(value);
  const type: string = typeof value;
  return type === schema.type;
}
