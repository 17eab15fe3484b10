// The `vault` member of an issuer's spec.
import { type FieldError, forbidden, invalid, required } from '../findings.ts';
import { bundleErrors, isBundleSet } from './ca-bundle.ts';
import { type Members, membersOf, textOf } from './members.ts';
import { missingTextErrors } from './secret-references.ts';

/** Stands in messages for what is not to be shown. */
const hidden = '<snip>';

export function vaultErrors(vault: Members, path: string): FieldError[] {
  return [
    ...missingTextErrors(vault, ['server', 'path'], path),
    ...upwardPathErrors(vault.path, `${path}.path`),
    ...trustErrors(vault, path),
    ...clientPairErrors(vault, path),
    ...authErrors(membersOf(vault.auth) ?? {}, `${path}.auth`),
  ];
}

/** A path in the API of Vault must not leave where it starts. */
function upwardPathErrors(value: unknown, path: string): FieldError[] {
  if (!textOf(value).split('/').includes('..')) return [];
  return [invalid(path, value, "must not contain '..' path segments")];
}

function trustErrors({ caBundle, caBundleSecretRef }: Members, path: string): FieldError[] {
  const errors = bundleErrors(caBundle, `${path}.caBundle`, hidden);
  const reference = membersOf(caBundleSecretRef);
  if (!isBundleSet(caBundle) || reference === undefined) return errors;
  const [bundle, secret] = ['caBundle', 'caBundleSecretRef'];
  return [
    ...errors,
    invalid(`${path}.${bundle}`, hidden, `specified ${bundle} and ${secret} cannot be used together`),
    invalid(`${path}.${secret}`, textOf(reference.name), `specified ${secret} and ${bundle} cannot be used together`),
  ];
}

function clientPairErrors(vault: Members, path: string): FieldError[] {
  const names = ['clientCertSecretRef', 'clientKeySecretRef'] as const;
  const missing = names.find((name) => membersOf(vault[name]) === undefined);
  const given = names.find((name) => membersOf(vault[name]) !== undefined);
  if (missing === undefined || given === undefined) return [];
  return [invalid(`${path}.${missing}`, hidden, `${missing} must be provided when defining the ${given}`)];
}

/** Several methods may stand side by side: the first one in the order of precedence signs in. */
function authErrors(auth: Members, path: string): FieldError[] {
  const method = (name: string) => membersOf(auth[name]);
  const [appRole, certificate, kubernetes, aws] = [
    method('appRole'),
    method('clientCertificate'),
    method('kubernetes'),
    method('aws'),
  ];
  const none = [method('tokenSecretRef'), appRole, certificate, kubernetes, aws].every((each) => each === undefined);
  return [
    ...(appRole === undefined ? [] : appRoleErrors(appRole, `${path}.appRole`)),
    ...upwardPathErrors(certificate?.mountPath, `${path}.clientCertificate.path`),
    ...(kubernetes === undefined ? [] : kubernetesErrors(kubernetes, `${path}.kubernetes`)),
    ...(aws === undefined ? [] : awsErrors(aws, `${path}.aws`)),
    ...(none
      ? [required(path, 'please supply one of: appRole, kubernetes, tokenSecretRef, clientCertificate, aws')]
      : []),
  ];
}

function appRoleErrors(appRole: Members, path: string): FieldError[] {
  return [
    ...missingTextErrors(appRole, ['roleId'], path),
    ...missingTextErrors(membersOf(appRole.secretRef) ?? {}, ['name'], `${path}.secretRef`),
    ...upwardPathErrors(appRole.path, `${path}.path`),
  ];
}

function kubernetesErrors(kubernetes: Members, path: string): FieldError[] {
  const account = membersOf(kubernetes.serviceAccountRef);
  const hasSecret = textOf(membersOf(kubernetes.secretRef)?.name) !== '';
  const oneOf = 'please supply one of: secretRef, serviceAccountRef';
  return [
    ...missingTextErrors(kubernetes, ['role'], path),
    ...upwardPathErrors(kubernetes.mountPath, `${path}.path`),
    ...(account === undefined ? [] : missingTextErrors(account, ['name'], `${path}.serviceAccountRef`)),
    ...(!hasSecret && account === undefined ? [required(path, oneOf)] : []),
    ...(hasSecret && account !== undefined ? [forbidden(path, oneOf)] : []),
  ];
}

function awsErrors(aws: Members, path: string): FieldError[] {
  const account = membersOf(aws.serviceAccountRef);
  const lacksRole = account !== undefined && textOf(aws.iamRoleArn) === '';
  return [
    ...missingTextErrors(aws, ['role'], path),
    ...upwardPathErrors(aws.mountPath, `${path}.mountPath`),
    ...(account === undefined ? [] : missingTextErrors(account, ['name'], `${path}.serviceAccountRef`)),
    ...(lacksRole
      ? [required(`${path}.iamRoleArn`, 'iamRoleArn is required when using serviceAccountRef for IRSA')]
      : []),
  ];
}
