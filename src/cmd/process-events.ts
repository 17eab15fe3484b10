// What the operating system and the runtime tell the process: stop, stop at once, something broke that nobody caught.
import type { Log } from '../base/log.ts';

export interface ProcessEvents {
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly stopping: AbortSignal;
}

/**
 * Follows the process until it ends. The first signal asks for an orderly stop, the second ends the process. An error that nobody caught
 * is logged and ends it too: going on would be guessing.
 */
export function followProcess(
  log: Log,
  source: Pick<NodeJS.EventEmitter, 'on'> = process,
  exit: (code: number) => void = (code) => process.exit(code),
): ProcessEvents {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    source.on(name, () => {
      if (stop.signal.aborted) {
        log.warn({ signal: name }, 'second signal, stopping at once');
        exit(1);
        return;
      }
      log.info({ signal: name }, 'stopping');
      stop.abort(new Error(`stopped by ${name}`));
    });
  }
  const broken = (what: string) => (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    log.error({ error, stack }, what);
    exit(1);
  };
  source.on('uncaughtException', broken('uncaught exception, ending the process'));
  source.on('unhandledRejection', broken('unhandled rejection, ending the process'));
  return { stopping: stop.signal };
}

/** Resolves when the signal aborts. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
