// Nonces that a server has given and that were not used yet (RFC 8555 section 6.5). Memory only; each is handed out once.

/** Servers forget old ones: the newest goes first, and there is no use in many. */
const mostNonces = 20;

export class NoncePool {
  #nonces: string[] = [];

  /** The newest; undefined where there is none. */
  take(): string | undefined {
    return this.#nonces.pop();
  }

  /** What is no nonce (section 6.5.1: base64url) is passed over. */
  put(nonce: string | undefined): void {
    if (nonce === undefined || !/^[A-Za-z0-9_-]{1,512}$/.test(nonce)) return;
    this.#nonces.push(nonce);
    if (this.#nonces.length > mostNonces) this.#nonces.shift();
  }

  clear(): void {
    this.#nonces = [];
  }
}
