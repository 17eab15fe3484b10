// The metadata that all objects of an HTTP-01 challenge have. Pure.
import { createHash } from 'node:crypto';
import type { Challenge } from '../../api/challenge.ts';
import { controllerReference } from '../../api/meta.ts';
import type { Manifest } from '../../kube/reconcile.ts';

/** Without vowels and what looks alike, as in the names that the API server generates. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 10;

/** One name for all its objects, which are of different kinds: a crash after a creation does not make a second one. */
export function objectName({ metadata }: Pick<Challenge, 'metadata'>): string {
  const digest = createHash('sha256').update(metadata.uid).digest();
  const suffix = Array.from({ length: suffixLength }, (_, index) => alphabet[(digest[index] ?? 0) % alphabet.length]);
  return `cm-acme-http-solver-${suffix.join('')}`;
}

export function ownedMetadata(
  challenge: Challenge,
  labels: Readonly<Record<string, string>>,
  annotations?: Readonly<Record<string, string>>,
): Manifest['metadata'] {
  const { namespace } = challenge.metadata;
  return {
    name: objectName(challenge),
    ...(namespace === undefined ? {} : { namespace }),
    labels,
    ...(annotations === undefined ? {} : { annotations }),
    ownerReferences: [controllerReference(challenge)],
  };
}
