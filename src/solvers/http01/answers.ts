// What the shared solver answers, from the Challenges that are being worked on: by token and host. In memory; who watches and who serves is cmd's business.
import type { Challenge } from '../../api/challenge.ts';

/** A key authorization (RFC 8555 section 8.1): the token, and a SHA-256 thumbprint. Nothing else is ever served. */
const thumbprint = /^[A-Za-z0-9_-]{43}$/;

interface Entry {
  readonly dnsName: string;
  readonly key: string;
}

/** Whether `challenge` may be answered now: it is for HTTP-01, we work on it, and its key is the answer to its token. */
export function isAnswerable({ spec, status }: Challenge): boolean {
  const { type, token, key } = spec;
  return (
    type === 'HTTP-01' &&
    status?.processing === true &&
    token !== '' &&
    key.startsWith(`${token}.`) &&
    thumbprint.test(key.slice(token.length + 1))
  );
}

export class Answers {
  /** Token → uid of the Challenge → its answer: several names of one account may have one token. */
  readonly #entries = new Map<string, Map<string, Entry>>();

  get size(): number {
    return this.#entries.size;
  }

  /** To be told of each change of each Challenge; `undefined` for one that was not there, or is gone. */
  change(now: Challenge | undefined, before: Challenge | undefined): void {
    if (before !== undefined) this.#remove(before);
    if (now === undefined || !isAnswerable(now)) return;
    const { token, dnsName, key } = now.spec;
    const entries = this.#entries.get(token) ?? new Map<string, Entry>();
    entries.set(now.metadata.uid, { dnsName, key });
    this.#entries.set(token, entries);
  }

  /** The names that have an answer to this token, with it. */
  of(token: string): readonly Entry[] {
    return [...(this.#entries.get(token)?.values() ?? [])];
  }

  #remove({ metadata, spec }: Challenge): void {
    const entries = this.#entries.get(spec.token);
    entries?.delete(metadata.uid);
    if (entries?.size === 0) this.#entries.delete(spec.token);
  }
}
