// Every label, annotation and finalizer key that certwright writes or reads, as constants. Their meanings stand in the tables that they
// are made of; scripts/gen.ts makes docs/reference/conditions.md of the same tables.
import { certificateAnnotations, otherAnnotations, secretAnnotations } from './annotation-table.ts';
import { entry, ingressLike, type KeyEntry } from './key-entry.ts';
import { acmeAnnotations, shimAnnotations } from './routing-annotation-table.ts';

type Keys<Table extends Readonly<Record<string, KeyEntry>>> = { readonly [Name in keyof Table]: Table[Name]['key'] };

function keysOf<Table extends Readonly<Record<string, KeyEntry>>>(table: Table): Keys<Table> {
  return Object.fromEntries(Object.entries(table).map(([name, each]) => [name, each.key])) as Keys<Table>;
}

export const labelTable = {
  fao: entry(
    'controller.cert-manager.io/fao',
    'target Secret, next private key Secret',
    'issuing, key manager, user',
    'With the value `true` the Secret is watched in full; other Secrets are known by their metadata only.',
  ),
  nextPrivateKey: entry(
    'cert-manager.io/next-private-key',
    'next private key Secret',
    'key manager',
    'With the value `true` the Secret keeps the private key of an issuance under way.',
  ),
  http01Domain: entry(
    'acme.cert-manager.io/http-domain',
    'solver Pod, Service, Ingress, HTTPRoute',
    'challenges',
    'Adler-32 sum of the domain, in decimal: finds the objects of a challenge.',
  ),
  http01Token: entry(
    'acme.cert-manager.io/http-token',
    'solver Pod, Service, Ingress, HTTPRoute',
    'challenges',
    'Adler-32 sum of the token, in decimal: finds the objects of a challenge.',
  ),
  http01Solver: entry(
    'acme.cert-manager.io/http01-solver',
    'solver Pod, Service, Ingress, HTTPRoute',
    'challenges',
    'With the value `true` the object answers an HTTP01 challenge.',
  ),
  http01ChallengeUid: entry(
    'acme.cert-manager.io/challenge-uid',
    'solver Ingress beside the shared solver',
    'challenges',
    'Only certwright: the uid of the Challenge, which is in another namespace and so cannot be the owner.',
  ),
  disableValidation: entry(
    'cert-manager.io/disable-validation',
    'Namespace',
    'user',
    'With the value `true` the webhook does not check the objects of the namespace.',
  ),
  managedBy: entry(
    'app.kubernetes.io/managed-by',
    'CA Secret of the webhook, ACME account Secret, Lease',
    'controller, webhook, cainjector',
    'Which component made the object.',
  ),
  applySetPartOf: entry(
    'applyset.kubernetes.io/part-of',
    ingressLike,
    'user',
    'The one label that is not copied to the Certificate.',
  ),
} as const;

export const annotationTable = {
  ...certificateAnnotations,
  ...secretAnnotations,
  ...shimAnnotations,
  ...acmeAnnotations,
  ...otherAnnotations,
} as const;

export const finalizerTable = {
  challenge: entry(
    'acme.cert-manager.io/finalizer',
    'Challenge',
    'challenges',
    'Holds a Challenge until what was presented is cleaned up.',
  ),
  legacyChallenge: entry(
    'finalizer.acme.cert-manager.io',
    'Challenge',
    'older versions',
    'The same, under its former name; removed in the same way.',
  ),
} as const;

/** Label keys by name: `labels.fao`. */
export const labels = keysOf(labelTable);

/** Annotation keys by name: `annotations.certificateName`. */
export const annotations = keysOf(annotationTable);

/** Finalizers by name. */
export const finalizers = keysOf(finalizerTable);
