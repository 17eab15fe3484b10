// Waiting in tests: for a condition, never for a time. The deadline is generous, because machines are shared; it decides nothing but failure.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the first answer that is not undefined or false; throws after `deadlineMs`, saying what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 60_000,
  /** Longer where asking costs the API server something. */
  everyMs = 50,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs / 1000} s in vain until ${what}`);
    await sleep(everyMs);
  }
}
