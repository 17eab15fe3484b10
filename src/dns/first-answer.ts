// Several servers, any of which will do: each is asked as soon as the one before it has failed, or has not answered for a while.

export interface Failed<Source> {
  readonly source: Source;
  readonly error: unknown;
}

export type Asked<Source, Answer> =
  | { readonly kind: 'answer'; readonly source: Source; readonly answer: Answer }
  /** In the order of the sources. */
  | { readonly kind: 'none'; readonly failed: readonly Failed<Source>[] };

/** A server that is down costs no more than this. */
const patienceMs = 2_000;

/** The first answer to arrive; who is still being asked is given up. Rejects with the signal's reason only. */
export async function firstAnswer<Source, Answer>(
  sources: readonly Source[],
  ask: (source: Source, signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Asked<Source, Answer>> {
  signal.throwIfAborted();
  const rest = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const found = new Promise<Asked<Source, Answer>>((resolve, reject) => {
    const failed: (Failed<Source> | undefined)[] = sources.map(() => undefined);
    let started = 0;
    const startNext = () => {
      clearTimeout(timer);
      const index = started;
      const source = sources[index];
      if (source === undefined) return;
      started += 1;
      timer = setTimeout(startNext, patienceMs);
      ask(source, AbortSignal.any([signal, rest.signal])).then(
        (answer) => resolve({ kind: 'answer', source, answer }),
        (error: unknown) => {
          failed[index] = { source, error };
          if (signal.aborted) reject(signal.reason);
          else if (failed.every((each) => each !== undefined)) resolve({ kind: 'none', failed });
          else if (index === started - 1) startNext();
        },
      );
    };
    if (sources.length === 0) resolve({ kind: 'none', failed: [] });
    else startNext();
  });
  return found.finally(() => {
    clearTimeout(timer);
    rest.abort();
  });
}
