// What this process remembers of Challenges, by their place; another object in the same place starts anew. Lost in a restart, on purpose.
import type { Challenge } from '../../api/challenge.ts';
import type { Key } from '../../api/meta.ts';
import { keyOf, keyText } from '../../kube/collection.ts';
import { progressOf } from './progress.ts';
import type { Progress } from './seen.ts';

export class ChallengeMemory {
  readonly #byKey = new Map<string, { readonly uid: string; progress: Progress }>();

  of(challenge: Challenge): Progress {
    const entry = this.#byKey.get(keyText(keyOf(challenge)));
    return entry?.uid === challenge.metadata.uid ? entry.progress : progressOf(challenge);
  }

  note(challenge: Challenge, progress: Progress): void {
    this.#byKey.set(keyText(keyOf(challenge)), { uid: challenge.metadata.uid, progress });
  }

  /** The uid of what was there. */
  forget(key: Key): string | undefined {
    const text = keyText(key);
    const uid = this.#byKey.get(text)?.uid;
    this.#byKey.delete(text);
    return uid;
  }
}
