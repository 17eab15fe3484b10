// Who may put an answer in place now: so many Challenges at a time, shared fairly between issuers and then between namespaces. Memory only: after
// a restart it is filled again from what stands there presented. Knows no store and no clock.
import type { Key } from '../../api/meta.ts';

export interface Claim {
  readonly key: Key;
  readonly uid: string;
  readonly issuer: string;
  /** Two Challenges of one namespace with the same answer place follow each other, unless they are of the same Order (apex and wildcard). */
  readonly place: string;
  readonly order: string;
  /** Milliseconds. */
  readonly createdAt: number;
}

/** `none`: nothing to do that needs a slot. */
export interface Grant {
  readonly kind: 'held' | 'waiting' | 'none';
}

interface Holder extends Claim {
  /** From then on it does not count: one whose answer stands there and is not asked for must not keep all others from working. */
  readonly until: number;
}

/** Longer than any look and any validation should take. */
const holdMs = 15 * 60_000;

export class Slots {
  readonly #size: number;
  readonly #onGrant: (key: Key) => void;
  readonly #holders = new Map<string, Holder>();
  readonly #waiting = new Map<string, Claim>();
  /** Issuer and namespace → the turn at which it was last served. */
  readonly #served = new Map<string, number>();
  #turn = 0;

  /** `onGrant` is told of each Challenge that waited and has a slot now. */
  constructor(size: number, onGrant: (key: Key) => void) {
    this.#size = Math.max(1, size);
    this.#onGrant = onGrant;
  }

  /** How many work now, and how many wait. */
  get load(): { readonly held: number; readonly waiting: number } {
    return { held: this.#holders.size, waiting: this.#waiting.size };
  }

  /** Asks for a slot; one that waits is told when it has one. */
  claim(claim: Claim, now: Date): Grant {
    if (!this.#holders.has(claim.uid)) {
      this.#waiting.set(claim.uid, claim);
      this.#grant(now, claim.uid);
    }
    return { kind: this.#holders.has(claim.uid) ? 'held' : 'waiting' };
  }

  /** For a Challenge whose answer stands there since `since`: it has a slot, whether there is room or not. */
  hold(claim: Claim, since: Date): void {
    this.#waiting.delete(claim.uid);
    const until = since.getTime() + holdMs;
    if (this.#holders.get(claim.uid)?.until !== until) this.#holders.set(claim.uid, { ...claim, until });
  }

  release(uid: string, now: Date): void {
    const waited = this.#waiting.delete(uid);
    if (this.#holders.delete(uid) || waited) this.#grant(now);
  }

  /** Gives away what is free. `asking` is looked at right now, and needs not be told. */
  #grant(now: Date, asking?: string): void {
    const holders = [...this.#holders.values()].filter(({ until }) => until > now.getTime());
    while (holders.length < this.#size && this.#waiting.size > 0) {
      const next = this.#next(holders);
      if (next === undefined) return;
      const holder = { ...next, until: now.getTime() + holdMs };
      holders.push(holder);
      this.#waiting.delete(next.uid);
      this.#holders.set(next.uid, holder);
      this.#note(next);
      if (next.uid !== asking) this.#onGrant(next.key);
    }
  }

  /** The issuer with the fewest slots, of these the one served longest ago; the same among its namespaces; then the oldest. */
  #next(holders: readonly Claim[]): Claim | undefined {
    const held = new Map<string, number>();
    for (const each of holders) for (const party of partiesOf(each)) held.set(party, (held.get(party) ?? 0) + 1);
    let best: { readonly claim: Claim; readonly rank: readonly number[] } | undefined;
    for (const claim of this.#waiting.values()) {
      if (holders.some((each) => isInTheWay(each, claim))) continue;
      const parties = partiesOf(claim);
      const rank = [
        ...parties.flatMap((party) => [held.get(party) ?? 0, this.#served.get(party) ?? 0]),
        claim.createdAt,
      ];
      if (best === undefined || isBefore(rank, best.rank)) best = { claim, rank };
    }
    return best?.claim;
  }

  #note(claim: Claim): void {
    this.#turn++;
    if (this.#waiting.size === 0) this.#served.clear();
    for (const party of partiesOf(claim)) this.#served.set(party, this.#turn);
  }
}

const partiesOf = ({ issuer, key }: Claim): readonly [string, string] => [issuer, `${issuer} ${key.namespace ?? ''}`];

const isInTheWay = (holder: Claim, claim: Claim): boolean =>
  holder.place === claim.place && holder.key.namespace === claim.key.namespace && holder.order !== claim.order;

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((each, at) => each !== b[at]);
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}
