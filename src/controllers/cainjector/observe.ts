// Reads what a decision about a target needs: the target's annotations from the store, everything else from the API server at that moment. Knows
// which targets a changed Secret or Certificate concerns.
import { annotations } from '../../api/labels.ts';
import type { Key, KubeObject } from '../../api/meta.ts';
import { type Collection, type Indexes, keyOf } from '../../kube/collection.ts';
import type { InjectionIo } from './io.ts';
import type { InjectionRules, InjectionSeen, Source } from './seen.ts';
import { type Found, refusalOf, sourceOf } from './source.ts';
import type { TargetKind } from './targets.ts';
import { type Wish, wishAnnotations, wishIndexValue, wishIndexValues, wishOf } from './wish.ts';

type SourceRules = Pick<InjectionRules, 'certificates'>;
const bySource = 'source';

/** The index that a collection of targets must have: by the Secret or Certificate that each names. */
export function targetIndexes(rules: SourceRules): Indexes<KubeObject> {
  return { [bySource]: (target) => wishIndexValues(wishOf(target, rules)) };
}

/** Whether an object asks for a CA; the others need not be kept. */
export function asksForCA(raw: KubeObject, rules: SourceRules): boolean {
  return wishOf(raw, rules) !== undefined;
}

/** The namespace of the source that a target names, where it may be used. `kind`: only sources of this kind count. */
export function sourceNamespaceOf(target: KubeObject, rules: InjectionRules, kind?: 'certificate'): string | undefined {
  const wish = wishOf(target, rules);
  if (wish?.kind !== 'certificate' && (wish?.kind !== 'secret' || kind !== undefined)) return undefined;
  return refusalOf(wish, rules) === undefined ? wish.namespace : undefined;
}

/** What is kept of a target. */
export function bareTarget({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => wishAnnotations.includes(key));
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      creationTimestamp,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      annotations: Object.fromEntries(kept),
    },
  };
}

/** The targets that a change of a Secret concerns: those that name it, or the Certificate that it says it belongs to. */
export function targetsOfSecret({ metadata }: KubeObject, targets: Collection<KubeObject>): readonly Key[] {
  const { namespace = '', name } = metadata;
  const certificate = metadata.annotations?.[annotations.certificateName];
  const values = [
    wishIndexValue({ kind: 'secret', namespace, name }),
    ...(certificate === undefined ? [] : [wishIndexValue({ kind: 'certificate', namespace, name: certificate })]),
  ];
  return values.flatMap((value) => targets.by(bySource, value).map(keyOf));
}

/** The targets that a change of a Certificate concerns. */
export function targetsOfCertificate({ metadata }: KubeObject, targets: Collection<KubeObject>): readonly Key[] {
  const { namespace = '', name } = metadata;
  return targets.by(bySource, wishIndexValue({ kind: 'certificate', namespace, name })).map(keyOf);
}

/** Undefined where there is nothing to do for the target, or where the watch is about to say something else about it. */
export async function observe(
  target: KubeObject | undefined,
  deps: {
    readonly kind: TargetKind;
    readonly io: InjectionIo;
    readonly rules: InjectionRules;
    readonly now: () => Date;
  },
  signal: AbortSignal,
): Promise<(Omit<InjectionSeen, 'past' | 'leads'> & { readonly source: Source }) | undefined> {
  const { kind, io, rules, now } = deps;
  if (target === undefined || target.metadata.deletionTimestamp !== undefined) return undefined;
  const wish = wishOf(target, rules);
  if (wish === undefined) return undefined;
  const source = await sourceFor(wish, io, rules, now, signal);
  const lookAgain = wish.kind === 'apiserver';
  if (source.kind === 'problem') return { target, source, lookAgain };
  // Only now: a CustomResourceDefinition may be huge.
  const live = await io.target(kind.resource, target.metadata.name, signal);
  return live !== undefined && isStill(target, live) ? { target, source, live, lookAgain } : undefined;
}

async function sourceFor(
  wish: Wish,
  io: InjectionIo,
  rules: InjectionRules,
  now: () => Date,
  signal: AbortSignal,
): Promise<Source> {
  const found = refusalOf(wish, rules) === undefined ? await find(wish, io, signal) : {};
  return sourceOf(wish, found, now(), rules);
}

async function find(wish: Wish, io: InjectionIo, signal: AbortSignal): Promise<Found> {
  if (wish.kind === 'apiserver') return { apiServerCA: await io.apiServerCA() };
  if (wish.kind === 'secret') return { secret: await io.secret(wish.namespace, wish.name, signal) };
  if (wish.kind !== 'certificate') return {};
  const secretName = await io.secretNameOf(wish.namespace, wish.name, signal);
  return { secretName, secret: secretName ? await io.secret(wish.namespace, secretName, signal) : undefined };
}

/** Whether the object as it is now asks for the same as the one that was watched. */
function isStill(target: KubeObject, live: KubeObject): boolean {
  return (
    live.metadata.uid === target.metadata.uid &&
    live.metadata.deletionTimestamp === undefined &&
    wishAnnotations.every((key) => live.metadata.annotations?.[key] === target.metadata.annotations?.[key])
  );
}
