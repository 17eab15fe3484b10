// The `venafi` member of an issuer's spec.
import { type FieldError, forbidden, required } from '../findings.ts';
import { isBundleSet } from './ca-bundle.ts';
import { type Members, membersOf } from './members.ts';
import { missingTextErrors } from './secret-references.ts';

const oneOf = 'please supply one of: tpp, cloud, ngts';

export function venafiErrors(venafi: Members, path: string): FieldError[] {
  const [tpp, cloud, ngts] = [membersOf(venafi.tpp), membersOf(venafi.cloud), membersOf(venafi.ngts)];
  const services = [tpp, cloud, ngts].filter((service) => service !== undefined).length;
  return [
    ...missingTextErrors(venafi, ['zone'], path),
    ...(tpp === undefined ? [] : tppErrors(tpp, `${path}.tpp`)),
    ...(ngts === undefined ? [] : ngtsErrors(ngts, `${path}.ngts`)),
    ...(services === 0 ? [required(path, oneOf)] : []),
    ...(services > 1 ? [forbidden(path, oneOf)] : []),
  ];
}

function tppErrors(tpp: Members, path: string): FieldError[] {
  const errors = missingTextErrors(tpp, ['url'], path);
  if (isBundleSet(tpp.caBundle) && membersOf(tpp.caBundleSecretRef) !== undefined) {
    errors.push(forbidden(path, 'may not specify more than one of caBundle/caBundleSecretRef as TPP CA Bundle'));
  }
  return errors;
}

function ngtsErrors(ngts: Members, path: string): FieldError[] {
  const credentials = membersOf(ngts.credentialsRef) ?? {};
  return [
    ...missingTextErrors(ngts, ['tsgID'], path),
    ...missingTextErrors(credentials, ['name'], `${path}.credentialsRef`),
  ];
}
