// References to a key of a Secret that must be complete. What stands in the Secret is not looked at.
import { type FieldError, required } from '../findings.ts';
import { membersOf, textOf } from './members.ts';

/** `{ name, key }` with both set; an absent reference lacks both. */
export function completeReferenceErrors(reference: unknown, path: string): FieldError[] {
  const { name, key } = membersOf(reference) ?? {};
  const errors: FieldError[] = [];
  if (textOf(name) === '') errors.push(required(`${path}.name`, 'secret name is required'));
  if (textOf(key) === '') errors.push(required(`${path}.key`, 'secret key is required'));
  return errors;
}

/** As `completeReferenceErrors`, where the reference may be left out. */
export function optionalReferenceErrors(reference: unknown, path: string): FieldError[] {
  return membersOf(reference) === undefined ? [] : completeReferenceErrors(reference, path);
}

/** Each member of `names` that is empty, as required without further words. */
export function missingTextErrors(members: Readonly<Record<string, unknown>>, names: readonly string[], path: string) {
  return names.filter((name) => textOf(members[name]) === '').map((name) => required(`${path}.${name}`, ''));
}
