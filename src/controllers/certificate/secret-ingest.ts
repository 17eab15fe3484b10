// What the store keeps of a Secret: facts from its bytes and from its managed fields. Bytes and managed fields themselves are dropped, so
// that no private key stays in memory.
import { components } from '../../api/components.ts';
import type { ManagedFieldsEntry, ObjectMeta } from '../../api/meta.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { tlsFactsOf } from '../../pki/secret-facts.ts';
import { dataKeys } from './secret.ts';
import type { ForeignWriter, OwnedFields, SecretFacts, SecretMetadata } from './seen.ts';

/** A Secret as the API server sends it, data in base64. */
export interface RawSecret {
  readonly metadata: ObjectMeta;
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** `kubectl apply` keeps the whole former object there, private key included. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The facts of a Secret that was read in full. Never throws for what is in it: broken data is a fact as well. */
export function secretFactsOf(raw: RawSecret, limits: PemLimits): SecretFacts {
  const { managedFields = [] } = raw.metadata;
  const data = Object.entries(raw.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    known: true,
    metadata: keptMetadata(raw.metadata),
    type: raw.type ?? 'Opaque',
    hasData: data.length > 0,
    tls: tlsFactsOf(Object.fromEntries(data), limits),
    owned: ownedBy(components.issuing, managedFields),
    foreignWriters: foreignWritersOf(managedFields),
  };
}

/**
 * What is known of a Secret that is watched as metadata only. Clusters have very many of them, with annotations of up to 256 KiB: only labels
 * and annotations of cert-manager's own are kept.
 */
export function secretMetadataFacts(partial: { readonly metadata: ObjectMeta }): SecretMetadata {
  const { managedFields: _dropped, labels, annotations, ...kept } = partial.metadata;
  const metadata = { ...kept, ...ownEntries('labels', labels), ...ownEntries('annotations', annotations) };
  return { apiVersion: 'v1', kind: 'Secret', known: false, metadata };
}

function ownEntries(name: 'labels' | 'annotations', entries: Readonly<Record<string, string>> = {}) {
  const own = Object.entries(entries).filter(([key]) => /^([^/]+\.)?cert-manager\.io\//.test(key));
  return own.length === 0 ? {} : { [name]: Object.fromEntries(own) };
}

function keptMetadata(metadata: ObjectMeta): ObjectMeta {
  const { managedFields: _dropped, ...kept } = metadata;
  if (kept.annotations?.[lastApplied] === undefined) return kept;
  const { [lastApplied]: _secret, ...annotations } = kept.annotations;
  return { ...kept, annotations };
}

/**
 * The labels, annotations, data keys and owners that `manager` owns, over all its entries. Undefined where it has none, `bad` where one
 * cannot be read.
 */
export function ownedBy(manager: string, entries: readonly ManagedFieldsEntry[]): OwnedFields | 'bad' | undefined {
  const own = entries.filter((entry) => entry.manager === manager && entry.fieldsV1 !== undefined);
  if (own.length === 0) return undefined;
  const sets = own.map((entry) => {
    const metadata = fieldsAt(entry.fieldsV1, 'f:metadata');
    const owners = Object.keys(fieldsAt(metadata, 'f:ownerReferences')).flatMap(ownerUid);
    return {
      labels: namesAt(metadata, 'f:labels'),
      annotations: namesAt(metadata, 'f:annotations'),
      data: namesAt(entry.fieldsV1, 'f:data'),
      owners,
      bad: owners.includes(undefined) || !hasForm(entry.fieldsV1),
    };
  });
  if (sets.some((set) => set.bad)) return 'bad';
  const all = (pick: (set: (typeof sets)[number]) => readonly (string | undefined)[]) =>
    [...new Set(sets.flatMap(pick))].filter((name) => name !== undefined);
  return {
    labels: all((set) => set.labels),
    annotations: all((set) => set.annotations),
    data: all((set) => set.data),
    owners: all((set) => set.owners),
  };
}

function foreignWritersOf(entries: readonly ManagedFieldsEntry[]): readonly ForeignWriter[] {
  return entries.flatMap((entry) => {
    if (entry.manager === undefined || entry.manager === components.issuing) return [];
    const written = namesAt(entry.fieldsV1, 'f:data');
    const foreign = written.includes(dataKeys.certificate) || written.includes(dataKeys.privateKey);
    return foreign ? [{ manager: entry.manager, time: entry.time }] : [];
  });
}

/** Every member of a field set is `.`, or a path element with its own prefix, and holds a field set. */
function hasForm(fields: unknown): boolean {
  if (!isFields(fields)) return false;
  return Object.entries(fields).every(([name, inner]) => /^(\.$|[fkvi]:)/.test(name) && hasForm(inner));
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsAt(fields: unknown, name: string): Readonly<Record<string, unknown>> {
  const inner = isFields(fields) ? fields[name] : undefined;
  return isFields(inner) ? inner : {};
}

function namesAt(fields: unknown, name: string): string[] {
  return Object.keys(fieldsAt(fields, name)).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []));
}

/** Of `k:{"uid":"…"}`; nothing for `.`, undefined for what is no such key. */
function ownerUid(element: string): (string | undefined)[] {
  if (!element.startsWith('k:')) return [];
  try {
    const { uid } = JSON.parse(element.slice(2)) as { uid?: unknown };
    return [typeof uid === 'string' ? uid : undefined];
  } catch {
    return [undefined];
  }
}
