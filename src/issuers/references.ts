// Which issuers hang on a Secret: the index that lets a change of a Secret wake just those.
import type { Issuer } from '../api/issuer.ts';
import type { AnyBackend, Reference } from './backend.ts';
import { issuerTypeOf, resourceNamespaceOf } from './issuer-type.ts';

/** The backend of an issuer's type; undefined where it has no type, or one without a backend. */
export function backendOf(issuer: Issuer, backends: readonly AnyBackend[]): AnyBackend | undefined {
  const type = issuerTypeOf(issuer);
  return backends.find((backend) => backend.type === type);
}

/** The Secrets that an issuer refers to, as `namespace/name`. */
export function secretReferencesOf(
  issuer: Issuer,
  backends: readonly AnyBackend[],
  clusterResourceNamespace: string,
): readonly string[] {
  const backend = backendOf(issuer, backends);
  const config = backend?.config(issuer);
  if (backend === undefined || config === undefined) return [];
  return referenceKeys(resourceNamespaceOf(issuer, clusterResourceNamespace), backend.references(config));
}

/** References as `namespace/name`, each once; those without a name name nothing. */
export function referenceKeys(namespace: string, references: readonly Reference[]): readonly string[] {
  const names = references.map((reference) => reference.name).filter((name) => name !== '');
  return [...new Set(names)].map((name) => `${namespace}/${name}`);
}
