// The list of issuer types that can sign. Adding one: a slice in src/api, a folder here, one line below, one call of the conformance suite.
import type { PemLimits } from '../pki/limits.ts';
import { type AcmeBackendOptions, createAcmeBackend } from './acme/backend.ts';
import type { AnyBackend } from './backend.ts';
import { createCaBackend } from './ca/backend.ts';
import { createSelfSignedBackend } from './selfsigned/backend.ts';

/** One backend of each type, for the life of the process. */
export function issuerBackends(settings: {
  readonly limits: PemLimits;
  readonly acme: Omit<AcmeBackendOptions, 'limits'>;
}): readonly AnyBackend[] {
  const { limits, acme } = settings;
  return [createAcmeBackend({ ...acme, limits }), createCaBackend(settings), createSelfSignedBackend(settings)];
}
