// Puts the rules of a kind where they belong in its schema. Adds nothing else.
import type { PlacedRule } from '../api/placed-rules.ts';
import type { StructuralSchema } from './structural-rules.ts';

/** `schema` with each rule at its path, behind those that stand there. Throws where a path leads nowhere. */
export function withRules(schema: StructuralSchema, rules: readonly PlacedRule[]): StructuralSchema {
  return rules.reduce(
    (result, { path, rule, message }) => placed(result, path.split(/\.|(?=\[\])/), { rule, message }, path),
    schema,
  );
}

function placed(
  schema: StructuralSchema,
  [step, ...rest]: readonly string[],
  rule: { readonly rule: string; readonly message: string },
  path: string,
): StructuralSchema {
  if (step === undefined) {
    return { ...schema, 'x-kubernetes-validations': [...(schema['x-kubernetes-validations'] ?? []), rule] };
  }
  const inner = step === '[]' ? schema.items : schema.properties?.[step];
  if (inner === undefined) throw new Error(`a rule stands at ${path}, but there is no «${step}»`);
  const changed = placed(inner, rest, rule, path);
  return step === '[]'
    ? { ...schema, items: changed }
    : { ...schema, properties: { ...schema.properties, [step]: changed } };
}
