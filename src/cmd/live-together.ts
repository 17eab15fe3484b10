// Several lives that share one fate: when one of them ends, or the process is asked to stop, all end, in order. Knows nothing of what they do.
import type { Log } from '../base/log.ts';
import type { Life } from './life.ts';
import { whenAborted } from './process-events.ts';

export interface Companion {
  readonly name: string;
  /** Asked to stop only when all others have ended: they may need it until then. */
  readonly isLast: boolean;
  readonly life: Pick<Life, 'live'>;
}

/** Whom to tell when to stop. */
export interface Ending {
  /** For all but those that go last. */
  readonly asked: AbortSignal;
  /** For those that go last. */
  readonly last: AbortSignal;
  begin(): void;
  finish(): void;
}

/** `stopping` aborts when the process is asked to stop. */
export function createEnding(stopping: AbortSignal): Ending {
  const [stop, last] = [new AbortController(), new AbortController()];
  return {
    asked: AbortSignal.any([stopping, stop.signal]),
    last: last.signal,
    begin: () => stop.abort(new Error('another part of the process has ended')),
    finish: () => last.abort(new Error('the process ends')),
  };
}

/**
 * Resolves once all lives have ended, with the first exit code that is not 0, else 0. `failed` ends them all too: it rejects with what went wrong
 * beside them, or never settles.
 */
export async function liveTogether(
  companions: readonly Companion[],
  ending: Ending,
  failed: Promise<never>,
  log: Log,
): Promise<number> {
  const codes: number[] = [];
  const ends = companions.map(async ({ name, isLast, life }) => {
    const code = await life.live().catch((error: unknown) => {
      // What is interrupted by the stop was not wrong.
      if ((isLast ? ending.last : ending.asked).aborted) return 0;
      log.error({ error }, `the ${name} cannot run`);
      return 1;
    });
    codes.push(code);
  });
  const beside = failed.catch((error: unknown) => {
    log.error({ error }, 'the process cannot go on');
    codes.push(1);
  });
  // Those that go last do not hear of a signal by themselves.
  await Promise.race([...ends, whenAborted(ending.asked), beside]);
  ending.begin();
  await Promise.all(ends.filter((_, index) => companions[index]?.isLast === false));
  ending.finish();
  await Promise.all(ends);
  return codes.find((code) => code !== 0) ?? 0;
}
