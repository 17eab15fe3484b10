// What the process remembers of Orders between two looks: how far it got with the server. Bounded; after a restart everything is looked at anew.
import { noProgress, type Progress } from './seen.ts';

const limit = 10_000;

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
