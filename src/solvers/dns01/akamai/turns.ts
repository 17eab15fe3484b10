// Takes turns: one at a time for each key, in the order in which they came. Keeps nothing once nobody waits.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** How many keys somebody is at, or waits for. */
  get size(): number {
    return this.#last.size;
  }

  /** What `action` comes to. Whoever gives up while waiting does not hold up the others. */
  async take<T>(key: string, action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last.get(key);
    const turn = this.#after(before, action, signal);
    const settled = turn.then(
      () => {},
      () => {},
    );
    // Not before those before have ended, although this one may give up sooner.
    const mine = Promise.all([before, settled]);
    this.#last.set(key, mine);
    void mine.then(() => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    });
    return turn;
  }

  async #after<T>(before: Promise<unknown> | undefined, action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (before !== undefined) await orAborted(before, signal);
    return action();
  }
}

function orAborted(before: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  void before.then(resolve);
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}
