// The `acme` member of an issuer's spec, but for its solvers.
import { type FieldError, invalid, required } from '../findings.ts';
import { bundleErrors, isBundleSet } from './ca-bundle.ts';
import { errorsIn, itemsOf, type Members, membersOf, textOf } from './members.ts';
import { completeReferenceErrors } from './secret-references.ts';
import { solverErrors } from './solver.ts';

export function acmeIssuerErrors(acme: Members, path: string): FieldError[] {
  return [
    ...trustErrors(acme, path),
    ...(textOf(membersOf(acme.privateKeySecretRef)?.name) === ''
      ? [required(`${path}.privateKeySecretRef.name`, 'private key secret name is a required field')]
      : []),
    ...(textOf(acme.server) === '' ? [required(`${path}.server`, 'acme server URL is a required field')] : []),
    ...accountBindingErrors(membersOf(acme.externalAccountBinding), `${path}.externalAccountBinding`),
    ...errorsIn(itemsOf(acme.solvers), (solver, index) =>
      solverErrors(membersOf(solver) ?? {}, `${path}.solvers[${index}]`),
    ),
  ];
}

export function acmeIssuerWarnings(acme: Members): string[] {
  if (textOf(membersOf(acme.externalAccountBinding)?.keyAlgorithm) === '') return [];
  return [
    "ACME issuer spec field 'externalAccount.keyAlgorithm' is deprecated. The value of this field will be ignored.",
  ];
}

function trustErrors({ caBundle, skipTLSVerify }: Members, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (isBundleSet(caBundle) && skipTLSVerify === true) {
    const detail = 'caBundle and skipTLSVerify are mutually exclusive and cannot both be set';
    errors.push(invalid(`${path}.caBundle`, '', detail), invalid(`${path}.skipTLSVerify`, true, detail));
  }
  return [...errors, ...bundleErrors(caBundle, `${path}.caBundle`, '')];
}

function accountBindingErrors(binding: Members | undefined, path: string): FieldError[] {
  if (binding === undefined) return [];
  const hasId = textOf(binding.keyID) !== '';
  return [
    ...(hasId ? [] : [required(`${path}.keyID`, 'the keyID field is required when using externalAccountBinding')]),
    ...completeReferenceErrors(binding.keySecretRef, `${path}.keySecretRef`),
  ];
}
