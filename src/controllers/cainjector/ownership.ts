// Who owns the CA bundles of a target, as its managedFields say. Pure.
import type { KubeObject, ManagedFieldsEntry } from '../../api/meta.ts';

/**
 * The managedFields in which what `manager` wrote by updates is applied by it: releases before server-side apply left such entries, and a field
 * that an update owns is never given up by an apply. Undefined where there is nothing to move.
 */
export function asApplied(live: KubeObject, manager: string): readonly ManagedFieldsEntry[] | undefined {
  const entries = live.metadata.managedFields ?? [];
  const isOld = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === manager && entry.operation === 'Update' && !entry.subresource && ownsBundle(entry.fieldsV1);
  const old = entries.find(isOld);
  if (old === undefined) return undefined;
  const hasApplied = entries.some(
    (entry) => entry.manager === manager && entry.operation === 'Apply' && !entry.subresource,
  );
  const rest = entries.filter((entry) => !isOld(entry));
  // The apply that follows states all bundles, so that the old entry's fields need not be added to those of a newer one.
  return hasApplied ? rest : [...rest, { ...old, operation: 'Apply' }];
}

/** The other managers that own a bundle of the target, sorted. */
export function otherOwners(live: KubeObject, manager: string): readonly string[] {
  const others = (live.metadata.managedFields ?? [])
    .filter((entry) => entry.manager !== manager && ownsBundle(entry.fieldsV1))
    .map((entry) => entry.manager ?? 'unknown');
  return [...new Set(others)].toSorted();
}

function ownsBundle(fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null) return false;
  return Object.entries(fields).some(([key, inner]) => key === 'f:caBundle' || ownsBundle(inner));
}
