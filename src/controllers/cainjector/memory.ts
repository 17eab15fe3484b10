// What this process remembers of targets: since when one has been in trouble, and how often its bundle was set. Nothing of it outlives the process.
import { freeWrites, heldBack } from './decide.ts';
import type { Past } from './seen.ts';

interface Memory {
  readonly trouble?: { readonly message: string; readonly since: Date };
  readonly writes: readonly Date[];
  readonly heldUntil?: Date | undefined;
}

/** Targets that are remembered; those not looked at for longest are forgotten first. */
const limit = 10_000;

export class InjectionMemory {
  readonly #byUid = new Map<string, Memory>();

  /** What is known of a target whose problem is now `message`; undefined: it has none. `isNews`: it did not have this one before. */
  look(uid: string, message: string | undefined, now: Date): { readonly past: Past; readonly isNews: boolean } {
    const { writes, trouble: former } = this.#byUid.get(uid) ?? { writes: [] };
    if (message === undefined) {
      if (writes.length > 0) this.#keep(uid, { writes });
      else this.#byUid.delete(uid);
      return { past: { writes }, isNews: false };
    }
    const isNews = former?.message !== message;
    const trouble = isNews ? { message, since: former?.since ?? now } : former;
    this.#keep(uid, { writes, trouble });
    return { past: { writes, troubledSince: trouble.since }, isNews };
  }

  /** It was told that something keeps changing its bundle back. */
  contested(uid: string, now: Date): void {
    const { writes } = this.#byUid.get(uid) ?? { writes: [] };
    this.#keep(uid, { writes, heldUntil: heldBack(writes, now) });
  }

  /** Until when a contested target need not be looked at. */
  heldUntil(uid: string, now: Date): Date | undefined {
    const until = this.#byUid.get(uid)?.heldUntil;
    return until !== undefined && until > now ? until : undefined;
  }

  /** Its bundle was set. */
  wrote(uid: string, now: Date): void {
    this.#keep(uid, { writes: [...(this.#byUid.get(uid)?.writes ?? []), now].slice(-freeWrites) });
  }

  #keep(uid: string, memory: Memory): void {
    this.#byUid.delete(uid);
    this.#byUid.set(uid, memory);
    const oldest = this.#byUid.keys().next();
    if (this.#byUid.size > limit && oldest.done !== true) this.#byUid.delete(oldest.value);
  }
}
