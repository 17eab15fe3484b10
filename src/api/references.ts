// References from one object to another, as the wire knows them, and how an issuer reference reads once defaults are applied.
import { object, text, type Wire } from './schema-words.ts';

export const certManagerGroup = 'cert-manager.io';
export const acmeGroup = 'acme.cert-manager.io';

export const issuerReference = (description: string) =>
  object(
    {
      name: text('Name of the issuer.'),
      kind: text(
        'Kind of the issuer: `Issuer` or `ClusterIssuer`, or the kind of an external issuer. Read as `Issuer` when empty.',
      ).optional(),
      group: text(
        'API group of the issuer. Read as `cert-manager.io` when empty; any other group leaves signing to an external issuer.',
      ).optional(),
    },
    description,
  );

export const secretKeySelector = (description: string, keyDescription = 'Key within the data of the Secret.') =>
  object({ name: text('Name of the Secret.'), key: text(keyDescription).optional() }, description);

export const localObjectReference = (description: string, nameDescription = 'Name of the object.') =>
  object({ name: text(nameDescription) }, description);

export type IssuerReference = Wire<ReturnType<typeof issuerReference>>;
export type SecretKeySelector = Wire<ReturnType<typeof secretKeySelector>>;
export type LocalObjectReference = Wire<ReturnType<typeof localObjectReference>>;

/** An issuer reference with nothing left out. */
export interface FullIssuerReference {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
}

/** `ref` with the defaults that apply when it is read: kind `Issuer`, group `cert-manager.io`. They are never stored. */
export function issuerReferenceOf(ref: IssuerReference): FullIssuerReference {
  return { name: ref.name, kind: ref.kind || 'Issuer', group: ref.group || certManagerGroup };
}

/** Whether two references name the same issuer, defaults applied. */
export function sameIssuer(a: IssuerReference, b: IssuerReference): boolean {
  const [left, right] = [issuerReferenceOf(a), issuerReferenceOf(b)];
  return left.name === right.name && left.kind === right.kind && left.group === right.group;
}
