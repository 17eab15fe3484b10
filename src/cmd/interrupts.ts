// Signals for commands that run to an end: the first one aborts what is under way, and decides the exit code as a shell would.

export interface Interrupts {
  readonly signal: AbortSignal;
  /** 130 after SIGINT, 143 after SIGTERM; undefined where nobody interrupted. */
  exitCode(): number | undefined;
  /** Leaves signals to others again. */
  end(): void;
}

const numbers = { SIGINT: 2, SIGTERM: 15 } as const;

export function followInterrupts(source: Pick<NodeJS.EventEmitter, 'once' | 'off'> = process): Interrupts {
  const stop = new AbortController();
  let code: number | undefined;
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = (): void => {
      code ??= 128 + numbers[name];
      stop.abort(new Error(`stopped by ${name}`));
    };
    source.once(name, listener);
    return () => source.off(name, listener);
  });
  return {
    signal: stop.signal,
    exitCode: () => code,
    end: () => {
      for (const off of listeners) off();
    },
  };
}
