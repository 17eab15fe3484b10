// What a chart value is, and the words that the table of values is written in. Knows no particular value and no output format.

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One setting. */
export interface Leaf {
  readonly description: string;
  readonly schema: JsonSchema;
  /** Undefined: the value is unset unless somebody sets it. */
  readonly default?: unknown;
  /** What one might set, for values that are unset or empty. */
  readonly example?: unknown;
  /** Not in the chart of cert-manager. */
  readonly ours?: true;
}

/** Settings that belong together. No other member is allowed, unless `open`. */
export interface Group {
  readonly description: string;
  readonly members: Readonly<Record<string, Value>>;
  /** Others may add members: Helm shares `global` between charts. */
  readonly open?: true;
}

export type Value = Leaf | Group;

export const isGroup = (value: Value): value is Group => 'members' in value;

type More = Partial<Pick<Leaf, 'default' | 'example' | 'ours'>> & { readonly schema?: JsonSchema };

const leaf =
  (schema: JsonSchema) =>
  (description: string, { schema: narrower, ...more }: More = {}): Leaf => ({
    description,
    schema: { ...schema, ...narrower },
    ...more,
  });

export const text = leaf({ type: 'string' });
export const bool = leaf({ type: 'boolean' });
/** Not negative. */
export const whole = leaf({ type: 'integer', minimum: 0 });
/** A number, or a percentage as text. */
export const wholeOrText = leaf({ type: ['integer', 'string'] });
/** Whatever Kubernetes takes there; its API server checks it. */
export const object = leaf({ type: 'object' });
export const texts = leaf({ type: 'array', items: { type: 'string' } });
export const objects = leaf({ type: 'array', items: { type: 'object' } });
/** Labels or annotations. */
export const stringMap = leaf({ type: 'object', additionalProperties: { type: 'string' } });

export const group = (description: string, members: Group['members'], more: { open?: true } = {}): Group => ({
  description,
  members,
  ...more,
});

/** The text `default` or one of `others`. */
export const oneOf = (description: string, fallback: string, ...others: readonly string[]): Leaf =>
  text(description, { default: fallback, schema: { enum: [fallback, ...others] } });

/** Every setting with its dotted path, in the order of the table. */
export function* leaves(value: Value, path = ''): Generator<readonly [string, Leaf]> {
  if (!isGroup(value)) {
    yield [path, value];
    return;
  }
  for (const [name, member] of Object.entries(value.members))
    yield* leaves(member, path === '' ? name : `${path}.${name}`);
}

/** The values as Helm has them when nobody sets any: unset ones are left out. */
export function defaultsOf(value: Group): Readonly<Record<string, unknown>> {
  const entries = Object.entries(value.members).flatMap(([name, member]) => {
    if (!isGroup(member)) return member.default === undefined ? [] : [[name, member.default] as const];
    return [[name, defaultsOf(member)] as const];
  });
  return Object.fromEntries(entries);
}
