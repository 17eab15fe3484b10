// The words that wire schemas are written in. Each word states what an OpenAPI schema of Kubernetes must know and zod alone cannot say:
// the merge behaviour of a list, the width of an integer, the encoding of a string. The last argument is always the description that
// `kubectl explain` and the reference show. src/schema/structural.ts refuses lists and free-form values that were not made here.
import * as z from 'zod';

/** The inferred type of a schema as the rest of the code reads it: deeply read-only, an optional member is absent, never undefined. */
export type Wire<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

export type DeepReadonly<T> = unknown extends T
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<Exclude<T[Key], undefined>> }
      : T;

/** A rule in the Common Expression Language that the API server checks. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

export const text = (description: string): z.ZodString => z.string().meta({ description });

export const flag = (description: string): z.ZodBoolean => z.boolean().meta({ description });

/** An integer without a stated width (Go's int). */
export const integer = (description: string): z.ZodInt => z.int().meta({ description });

export const int32 = (description: string): z.ZodInt => z.int().meta({ description, format: 'int32' });

export const int64 = (description: string): z.ZodInt => z.int().meta({ description, format: 'int64' });

/** One of the given strings. */
export const choice = <const Values extends readonly [string, ...string[]]>(values: Values, description: string) =>
  z.enum(values).meta({ description });

/** Bytes: base64 text on the wire. The text stays text; nothing is decoded here. */
export const bytes = (description: string): z.ZodString => z.string().meta({ description, format: 'byte' });

/** A point in time: RFC 3339 text on the wire. */
export const dateTime = (description: string): z.ZodString => z.string().meta({ description, format: 'date-time' });

/** A length of time in Go's notation, e.g. `2160h` or `1h30m`. The text stays text: `90m` and `1h30m` must both survive a round trip. */
export const duration = (description: string): z.ZodString => z.string().meta({ description });

export const object = <Shape extends z.ZodRawShape>(shape: Shape, description: string) =>
  z.object(shape).meta({ description });

/** An object that server-side apply merges as one value. */
export const atomicObject = <Shape extends z.ZodRawShape>(shape: Shape, description: string) =>
  z.object(shape).meta({ description, 'x-kubernetes-map-type': 'atomic' });

/** An object with rules that the API server checks. */
export const ruledObject = <Shape extends z.ZodRawShape>(
  shape: Shape,
  rules: readonly CelRule[],
  description: string,
) => z.object(shape).meta({ description, 'x-kubernetes-validations': rules });

/** A map from any key to values of one schema. */
export const mapOf = <Value extends z.ZodType>(value: Value, description: string) =>
  z.record(z.string(), value).meta({ description });

export const textMap = (description: string) => mapOf(z.string(), description);

/** A list that server-side apply replaces as a whole. */
export const atomicList = <Item extends z.ZodType>(item: Item, description: string) =>
  z.array(item).meta({ description, 'x-kubernetes-list-type': 'atomic' });

export const textList = (description: string) => atomicList(z.string(), description);

/** A list whose entries server-side apply tells apart by the named members. */
export const mapList = <Item extends z.ZodType>(
  item: Item,
  keys: readonly [string, ...string[]],
  description: string,
) => z.array(item).meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });

/** A list that states no merge behaviour, as a few lists upstream; the API server then treats it as atomic. */
export const untypedList = <Item extends z.ZodType>(item: Item, description: string) =>
  z.array(item).meta({ description, 'x-kubernetes-list-type': undefined, untypedList: true });

/** Any JSON value, kept as it is. */
export const anyJson = (description: string) =>
  z.unknown().meta({ description, 'x-kubernetes-preserve-unknown-fields': true });

/** A quantity such as `100m` or `2`: a number or a string on the wire. */
export const quantity = (description: string) =>
  z.union([z.number(), z.string()]).meta({
    description,
    'x-kubernetes-int-or-string': true,
    pattern:
      '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
  });
