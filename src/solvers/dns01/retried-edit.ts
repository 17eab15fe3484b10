// Read, change, write: again from the start where somebody else has written in between, a bounded number of times.
import { setTimeout as wait } from 'node:timers/promises';

/** Each time that one of several loses, another has won: as many as this may write to one name at once. */
const mostAttempts = 12;
const longestPauseMs = 100;

/**
 * `attempt` reads and writes, and answers false where the write came too late. Rejects with what `givenUp` makes once that was so too often,
 * and with the signal's reason.
 */
export async function editUntilKept(
  attempt: () => Promise<boolean>,
  givenUp: () => Error,
  signal: AbortSignal,
): Promise<void> {
  for (let number = 1; number <= mostAttempts; number += 1) {
    if (await attempt()) return;
    // Those who collided must not collide again.
    await wait(Math.random() * Math.min(10 * 2 ** number, longestPauseMs), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
  throw givenUp();
}
