// What the process remembers of Orders between two looks: how far it got with the server. Bounded; after a restart everything is looked at anew.
import type { OrderStatus } from '../../api/order.ts';
import { parseTime } from '../../base/rfc3339.ts';
import type { Action } from '../../kube/reconcile.ts';
import { disowning, noProgress, type Progress } from './seen.ts';

const limit = 10_000;

/** With what a decision does: that a stranger was told that it is one, and until when the Order waits. */
export function rememberedAfter(progress: Progress, actions: readonly Action[]): Progress {
  let after = progress;
  for (const action of actions) {
    if (action.kind === 'event' && action.reason === disowning) after = { ...after, isDisowned: true };
    const { nextAttemptAt } = action.kind === 'status' ? (action.status as OrderStatus) : {};
    const notBefore = nextAttemptAt === undefined ? undefined : parseTime(nextAttemptAt);
    if (notBefore !== undefined) after = { ...after, notBefore };
  }
  return after;
}

export class OrderMemory {
  readonly #byUid = new Map<string, Progress>();

  of(uid: string): Progress {
    return this.#byUid.get(uid) ?? noProgress;
  }

  /** The oldest goes first where there are too many. */
  note(uid: string, progress: Progress): void {
    this.#byUid.delete(uid);
    if (progress === noProgress) return;
    this.#byUid.set(uid, progress);
    const oldest = this.#byUid.keys().next();
    if (this.#byUid.size > limit && oldest.done !== true) this.#byUid.delete(oldest.value);
  }

  get size(): number {
    return this.#byUid.size;
  }
}
