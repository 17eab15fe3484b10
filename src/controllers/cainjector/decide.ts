// The decision about one target: which CA bundles are applied, and what users are told where none can be. Pure.
import { components } from '../../api/components.ts';
import type { KubeObject } from '../../api/meta.ts';
import { type Action, nothing, type Writes, write } from '../../kube/reconcile.ts';
import { bundleWith } from './bundle.ts';
import { asApplied, otherOwners } from './ownership.ts';
import type { InjectionRules, InjectionSeen, Problem } from './seen.ts';
import { manifestFor, type Slot, type TargetKind } from './targets.ts';

/** Things that come up together, such as a webhook and the Secret with its CA, find each other in this time, or it is a problem. */
const patienceMs = 60_000;
/** The certificates of the API server are looked at again so often. */
const rereadMs = 600_000;
const minuteMs = 60_000;
/** Whoever leads sets a missing bundle in less; one that stands by does so after it. */
export const leaderFirstMs = 1_000;
/** A bundle that something keeps changing back is set so often in this time. */
export const freeWrites = 10;
const windowMs = 5 * minuteMs;

export function decideInjection(seen: InjectionSeen, now: Date, kind: TargetKind, rules: InjectionRules): Writes {
  if (!seen.leads) return standingBy(seen, now, kind, rules);
  if (seen.source.kind === 'held') return write([], { at: seen.source.until });
  if (seen.source.kind === 'problem') return trouble(seen, seen.source.problem, now);
  const { live, past } = seen;
  if (live === undefined) return nothing;
  const { ca } = seen.source;
  const slots = kind.slots(live);
  const wanted = slots.map((slot): Slot => ({ ...slot, caBundle: bundleOf(slot, ca, now, rules) }));
  const again: Writes = seen.lookAgain ? write([], { at: new Date(now.getTime() + rereadMs) }) : nothing;
  if (wanted.every(({ caBundle }, index) => caBundle === slots[index]?.caBundle)) return again;
  const heldUntil = heldBack(past.writes, now);
  if (heldUntil !== undefined) return write([warning(seen.target, contested(live))], { at: heldUntil });
  const by = components.cainjector;
  const managedFields = asApplied(live, by);
  if (managedFields !== undefined) {
    return write([{ kind: 'ownership', by, resource: kind.resource, object: live, managedFields }], { at: now });
  }
  return write([{ kind: 'apply', by, resource: kind.resource, manifest: manifestFor(kind, live, wanted) }], again.wake);
}

/**
 * Without a bundle nothing works, and whoever leads may be gone without having given up the Lease: a missing one is filled in, once for each
 * target and in silence. All else, a quarrel above all, is left to the leader.
 */
function standingBy({ source, live, past }: InjectionSeen, now: Date, kind: TargetKind, rules: InjectionRules): Writes {
  if (source.kind !== 'ca' || live === undefined || !lacksBundle(kind, live) || past.writes.length > 0) return nothing;
  const due = new Date((past.troubledSince ?? now).getTime() + leaderFirstMs);
  if (due > now) return write([], { at: due });
  const filled = kind
    .slots(live)
    .map((slot) => (slot.caBundle === '' ? { ...slot, caBundle: bundleOf(slot, source.ca, now, rules) } : slot));
  const manifest = manifestFor(kind, live, filled);
  return write([{ kind: 'apply', by: components.cainjector, resource: kind.resource, manifest }]);
}

/** Whether a place for a bundle is empty. */
export function lacksBundle(kind: TargetKind, live: KubeObject): boolean {
  return kind.slots(live).some(({ caBundle }) => caBundle === '');
}

function bundleOf({ caBundle }: Slot, ca: Buffer, now: Date, rules: InjectionRules): string {
  const existing = Buffer.from(caBundle, 'base64');
  const bundle = bundleWith(existing, ca, now, rules);
  return bundle.equals(existing) ? caBundle : bundle.toString('base64');
}

/** Until when a bundle that was set that often is left alone. */
export function heldBack(writes: readonly Date[], now: Date): Date | undefined {
  const oldest = writes[writes.length - freeWrites];
  const until = oldest === undefined ? undefined : new Date(oldest.getTime() + windowMs);
  return until !== undefined && until > now ? until : undefined;
}

function trouble(seen: InjectionSeen, problem: Problem, now: Date): Writes {
  const since = seen.past.troubledSince ?? now;
  const toldAt = new Date(since.getTime() + (problem.mayPass ? patienceMs : 0));
  return toldAt > now ? write([], { at: toldAt }) : write([warning(seen.target, problem)]);
}

function contested(live: KubeObject): Omit<Problem, 'mayPass'> {
  const owners = otherOwners(live, components.cainjector);
  const who = owners.length === 0 ? 'Something' : owners.join(', ');
  const pace = `${freeWrites} times in ${windowMs / minuteMs} minutes`;
  const message = `${who} keeps changing the CA bundle, which is therefore set at most ${pace}; have it leave caBundle alone`;
  return { reason: 'InjectionContested', message };
}

/** The event about a target whose bundle the API server refused, with its reason. */
export function refusalEvent(target: KubeObject, answer: string): Action {
  const message = `The API server does not take the CA bundle: ${answer.slice(0, 500)}`;
  return warning(target, { reason: 'InjectionRefused', message });
}

function warning(about: KubeObject, { reason, message }: Omit<Problem, 'mayPass'>): Action {
  return { kind: 'event', by: components.cainjector, about, type: 'Warning', reason, message };
}
