// The rules of what a Certificate puts into its Secret: the Secret's name, labels and annotations, further files and keystores.
import { annotations } from '../../api/labels.ts';
import { certManagerGroup } from '../../api/references.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../findings.ts';
import { subdomainProblems } from './dns-subdomain.ts';
import { annotationErrors, labelErrors } from './label-syntax.ts';
import { type Members, membersOf, textOf } from './members.ts';

export function secretNameErrors(name: string): FieldError[] {
  const path = 'spec.secretName';
  if (name === '') return [required(path, 'must be specified')];
  return subdomainProblems(name).map((problem) => invalid(path, name, problem));
}

export function secretTemplateErrors(template: Members | undefined): FieldError[] {
  const path = 'spec.secretTemplate.annotations';
  const all = textsOf(template?.['annotations']);
  const own = Object.keys(all).filter(
    (key) => key.startsWith(`${certManagerGroup}/`) && key !== annotations.allowDirectInjection,
  );
  return [
    ...labelErrors(textsOf(template?.['labels']), 'spec.secretTemplate.labels'),
    ...own.map((key) => invalid(path, key, 'cert-manager.io/* annotations are not allowed')),
    ...annotationErrors(all, path),
  ];
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(membersOf(value) ?? {}).map(([key, text]) => [key, textOf(text)]));
}

/** The path has no index but the name of the member that must differ, as upstream's has. */
export function outputFormatErrors(formats: readonly unknown[]): FieldError[] {
  const seen = new Set<string>();
  return formats.flatMap((format) => {
    const type = textOf(membersOf(format)?.['type']);
    if (seen.has(type)) return [duplicate('spec.additionalOutputFormats[type]', type)];
    seen.add(type);
    return [];
  });
}

/** Asked of every keystore that there is, even where it is not to be created. */
export function keystoreErrors(keystores: Members | undefined): FieldError[] {
  return [
    ...passwordErrors(membersOf(keystores?.['jks']), 'spec.keystores.jks', 'JKS'),
    ...passwordErrors(membersOf(keystores?.['pkcs12']), 'spec.keystores.pkcs12', 'PKCS#12'),
  ];
}

function passwordErrors(keystore: Members | undefined, path: string, format: string): FieldError[] {
  if (keystore === undefined) return [];
  const { password, passwordSecretRef } = keystore;
  const isLiteral = typeof password === 'string';
  const isReferred = textOf(membersOf(passwordSecretRef)?.['name']) !== '';
  const both = `exactly one of passwordSecretRef and password must be provided for ${format} keystores; cannot set both`;
  const neither = `must set exactly one of passwordSecretRef and password must for ${format} keystores`;
  return [
    ...(isLiteral && isReferred ? [forbidden(path, both)] : []),
    ...(isLiteral || isReferred ? [] : [forbidden(path, neither)]),
    ...(password === ''
      ? [forbidden(`${path}.password`, `literal password cannot be empty if set on ${format} keystores`)]
      : []),
  ];
}
