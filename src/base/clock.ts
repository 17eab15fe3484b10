// Time as something that can be handed over: what waits or asks for the time takes a Clock, so that tests can hold it.

export interface Clock {
  now(): Date;
  /** Milliseconds since any moment, that do not jump when the clock is set; absent where `now` never jumps. Suspended machines may not count. */
  steadyMs?(): number;
  /** Calls `run` once after `ms` milliseconds, at once for zero and less but never before returning; the result cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** setTimeout counts in 32 bits: a longer wait would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  steadyMs: () => performance.now(),
  after: (ms, run) => {
    const deadline = performance.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = deadline - performance.now();
      timer = left > longestTimerMs ? setTimeout(arm, longestTimerMs) : setTimeout(run, Math.max(0, Math.ceil(left)));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the signal's reason as soon as `signal` aborts. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
