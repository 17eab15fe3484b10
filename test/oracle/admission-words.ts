// The words that objects for the comparison of two webhooks are put together from: fields mostly right or mostly absent, so that one mistake
// does not hide another.
import fc from 'fast-check';

export type Json = unknown;

/** A field that is mostly absent, so that one mistake does not hide another. */
export const maybe = (...values: readonly Json[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: fc.constantFrom(...values) });
export const mostly = (right: Json, ...wrong: readonly Json[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(right) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong, undefined) },
  );
export const record = (fields: Record<string, fc.Arbitrary<Json>>) => fc.record(fields).map(withoutUndefined);
export const some = (arbitrary: fc.Arbitrary<Json>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary });
export const list = (arbitrary: fc.Arbitrary<Json>, maxLength = 3) => some(fc.array(arbitrary, { maxLength }));

export function withoutUndefined(value: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

export const issuerRef = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Json>({ name: 'ca' }) },
  {
    weight: 3,
    arbitrary: record({
      name: fc.constantFrom<Json>('ca', ''),
      kind: maybe('', 'Issuer', 'ClusterIssuer', 'issuer', 'Foo'),
      group: maybe('', 'cert-manager.io', 'example.com'),
    }),
  },
);
export const durations = ['1h', '59m59s', '2160h', '5m', '4m59.5s', '0s', '-1h', '1h30m', '720h', '87600h'];
