// The rule of `spec.issuerRef`, the same wherever it stands. Whether the issuer exists is not asked.
import { certManagerGroup } from '../../api/references.ts';
import { type FieldError, invalid, required } from '../findings.ts';
import { membersOf, textOf } from './members.ts';

/** A name always; of our own group only kinds that there are. Kinds of other groups are for their makers. */
export function issuerReferenceErrors(value: unknown, path: string): FieldError[] {
  const reference = membersOf(value) ?? {};
  const [name, kind, group] = [textOf(reference['name']), textOf(reference['kind']), textOf(reference['group'])];
  const errors = name === '' ? [required(`${path}.name`, 'must be specified')] : [];
  const isOurs = group === '' || group === certManagerGroup;
  if (!isOurs || kind === '' || kind === 'Issuer' || kind === 'ClusterIssuer') return errors;
  // The usual mistake: the kind of an external issuer without its group. The path is what upstream says.
  const hint = group === '' ? ` (did you forget to set ${path}.kind.group?)` : '';
  return [...errors, invalid(`${path}.kind`, kind, `must be one of Issuer or ClusterIssuer${hint}`)];
}
