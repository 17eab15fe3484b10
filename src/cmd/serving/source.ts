// Where the certificate that a listener serves comes from, as its listener sees it. Who listens swaps certificates without a restart.

export interface CertificateAndKey {
  /** PEM; a chain begins with the leaf. */
  readonly cert: string;
  readonly key: string;
}

export interface ServingSource {
  /** Undefined until there is one. */
  current(): CertificateAndKey | undefined;
  /** `use` is called with each new pair, before it is the current one; not with the one that is current now. Where it throws, the pair is not used. */
  onChange(use: (pair: CertificateAndKey) => void): void;
  /** Why there is no usable certificate; undefined while there is one. */
  problem(): string | undefined;
  /** Rejects once there will be none, ever. */
  readonly failed: Promise<never>;
}

/** A source's side of it: keeps the pair and tells the listeners. */
export class CurrentPair implements ServingSource {
  readonly failed: Promise<never>;
  readonly #fail: (error: Error) => void;
  readonly #users: ((pair: CertificateAndKey) => void)[] = [];
  #pair: CertificateAndKey | undefined;
  #problem: string | undefined = 'there is no serving certificate yet';

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
    // Nobody may be waiting when it fails.
    promise.catch(() => undefined);
  }

  current(): CertificateAndKey | undefined {
    return this.#pair;
  }

  onChange(use: (pair: CertificateAndKey) => void): void {
    this.#users.push(use);
  }

  problem(): string | undefined {
    return this.#problem;
  }

  set(pair: CertificateAndKey): void {
    // Throws where it cannot be used; then the one before is still the current one.
    for (const use of this.#users) use(pair);
    this.#pair = pair;
    this.#problem = undefined;
  }

  /** The pair of now is no longer worth serving, or there is none. */
  lack(problem: string): void {
    this.#problem = problem;
  }

  fail(error: Error): void {
    this.#fail(error);
  }
}
