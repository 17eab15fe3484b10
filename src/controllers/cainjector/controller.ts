// The injection into the targets of one kind: observe and decide wired together, with what this process remembers between two looks.
import type { Key, KubeObject } from '../../api/meta.ts';
import { ApiError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type Collection, keyOf } from '../../kube/collection.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Action, Controller } from '../../kube/reconcile.ts';
import { decideInjection, lacksBundle, refusalEvent } from './decide.ts';
import type { InjectionIo } from './io.ts';
import { InjectionMemory } from './memory.ts';
import { observe, targetsOfCertificate, targetsOfSecret } from './observe.ts';
import type { InjectionRules, InjectionSeen } from './seen.ts';
import type { TargetKind } from './targets.ts';

export interface InjectorOptions {
  readonly kind: TargetKind;
  /** Those that ask for a CA, with the index of `targetIndexes`. */
  readonly targets: Collection<KubeObject>;
  readonly io: InjectionIo;
  readonly rules: InjectionRules;
  readonly log: Log;
  readonly now: () => Date;
  /** Whether we hold the Lease; once true it stays so, and everything has to be looked at again. */
  readonly leads: () => boolean;
  /** Told what became of a bundle that differed. */
  readonly onOutcome?: (controller: string, outcome: InjectionOutcome) => void;
}

/** `contested`: not set, because something keeps changing it back. */
export type InjectionOutcome = 'set' | 'refused' | 'contested';

export interface Injector extends Controller<InjectionSeen> {
  readonly kind: TargetKind;
  /** The `execute` that the controller is started with must go through it, so that what was written and refused is remembered. */
  guard(execute: Execute): Execute;
  /** The targets that a change of a Secret or of a Certificate concerns. */
  ofSecret(secret: KubeObject): readonly Key[];
  ofCertificate(certificate: KubeObject): readonly Key[];
}

export function createInjector(options: InjectorOptions): Injector {
  const { kind, targets, rules, log, now } = options;
  const memories = { leading: new InjectionMemory(), standingBy: new InjectionMemory() };
  return {
    name: kind.controller,
    kind,
    observe: async (key, signal) => {
      const watched = targets.get(key);
      const leads = options.leads();
      const memory = leads ? memories.leading : memories.standingBy;
      const until = watched === undefined ? undefined : memory.heldUntil(watched.metadata.uid, now());
      if (watched !== undefined && until !== undefined) {
        return { target: watched, source: { kind: 'held', until }, past: { writes: [] }, lookAgain: false, leads };
      }
      const seen = await observe(watched, options, signal);
      if (seen === undefined) return undefined;
      const { target } = seen;
      const message = leads ? problemOf(seen) : gapOf(seen, kind);
      const { past, isNews } = memory.look(target.metadata.uid, message, now());
      if (isNews && leads) log.warn(fieldsOf(target), message ?? '');
      return { ...seen, past, leads };
    },
    decide: (seen, at) => decideInjection(seen, at, kind, rules),
    guard: (execute) => async (actions, signal) => {
      const leads = options.leads();
      await noting(execute, actions, signal, options, { leads, ...memories });
    },
    ofSecret: (secret) => targetsOfSecret(secret, targets),
    ofCertificate: (certificate) => targetsOfCertificate(certificate, targets),
  };
}

interface Memories {
  readonly leading: InjectionMemory;
  /** What is done meanwhile does not count in a quarrel. */
  readonly standingBy: InjectionMemory;
}

type Looked = Pick<InjectionSeen, 'source' | 'live'>;

function problemOf({ source }: Looked): string | undefined {
  return source.kind === 'problem' ? source.problem.message : undefined;
}

/** The one thing that one who stands by looks for. */
function gapOf({ live }: Looked, kind: TargetKind): string | undefined {
  return live !== undefined && lacksBundle(kind, live) ? 'the bundle is missing' : undefined;
}

/** Carries out what was decided, and takes note of what becomes of it. */
async function noting(
  execute: Execute,
  actions: readonly Action[],
  signal: AbortSignal | undefined,
  { kind, targets, log, now, onOutcome }: InjectorOptions,
  { leads, leading, standingBy }: Memories & { readonly leads: boolean },
): Promise<void> {
  const memory = leads ? leading : standingBy;
  for (const action of actions) {
    if (action.kind !== 'event' || action.reason !== 'InjectionContested') continue;
    onOutcome?.(kind.controller, 'contested');
    memory.contested(action.about.metadata.uid, now());
    log.warn(fieldsOf(action.about), action.message);
  }
  const applied = actions.find((action) => action.kind === 'apply');
  const { name, uid } = (applied?.manifest.metadata ?? {}) as { readonly name?: string; readonly uid?: string };
  try {
    await execute(actions, signal);
  } catch (error) {
    const target = name === undefined ? undefined : targets.get({ name });
    if (target !== undefined && error instanceof ApiError && refusing.has(error.status)) {
      // The leader is refused as well: it says so, and tries again.
      if (!leads) return;
      onOutcome?.(kind.controller, 'refused');
      await execute([refusalEvent(target, error.message)], signal);
    }
    throw error;
  }
  if (name === undefined || uid === undefined) return;
  memory.wrote(uid, now());
  onOutcome?.(kind.controller, 'set');
  log.info({ kind: kind.resource.kind, name }, 'set the CA bundle');
}

/** Bad request, forbidden, too large, invalid: the same again until somebody changes something. */
const refusing: ReadonlySet<number> = new Set([400, 403, 413, 422]);

function fieldsOf(target: KubeObject): object {
  return { kind: target.kind, ...keyOf(target) };
}
