// Keeps a replica supplied with a serving certificate under the CA that all replicas share in one Secret: watches the Secret, makes and
// rotates the CA, signs leaves. Who serves them, and on which port, is the caller's.
import type { Key } from '../../api/meta.ts';
import { type Clock, delay, systemClock } from '../../base/clock.ts';
import { ApiError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Client } from '../../kube/client.ts';
import { secrets } from '../../kube/resources.ts';
import { createCollection, type StoredCollection } from '../../kube/store.ts';
import { startWatch } from '../../kube/watch.ts';
import { encodePrivateKey, generateKey } from '../../pki/keys.ts';
import type { Authority, AuthoritySecret } from './authority.ts';
import { bridged, type LeafWish, leafFor, newAuthority } from './certificates.ts';
import { type Decision, decide, type Serving } from './decide.ts';
import { secretFor, secretWith } from './manifest.ts';

export interface ServingAuthorityOptions {
  readonly client: Client;
  /** With a namespace. */
  readonly secret: Key;
  readonly leaf: LeafWish;
  /** The component that a new Secret names as its own, e.g. `cert-manager-webhook`. */
  readonly managedBy: string;
  /** Called with each new certificate and key, PEM. */
  use(pair: { readonly cert: string; readonly key: string }): void;
  /** Called when there is none, or what there is has expired. */
  lack(problem: string): void;
  readonly log: Log;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
}

/** Looks again this often even where nothing happens: clocks are set, machines sleep. As often as upstream. */
const lookMs = 10_000;
const retryMs = 1_000;
const curve = { algorithm: 'ECDSA', size: 384 } as const;
/** So many CAs in an hour, from this replica, are one too many: somebody undoes what we do. Then one each ten minutes. */
const mostFoundings = 6;
const foundingWindowMs = 3_600_000;
const foundingPauseMs = 600_000;

/** Resolves when `signal` has aborted and nothing goes on any more. Never rejects: whatever fails is logged and tried again. */
export async function keepServing(options: ServingAuthorityOptions): Promise<void> {
  const collection = createCollection<AuthoritySecret>({ resource: secrets });
  const { secret, client, log, signal } = options;
  const replica = new Replica(options, collection);
  const watch = startWatch({
    client,
    collection,
    namespace: secret.namespace,
    // Roles that name the one Secret allow to list and watch it in just this way.
    fieldSelector: `metadata.name=${secret.name}`,
    log,
    signal,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  collection.onChange(() => replica.wake());
  void watch.synced.then(() => replica.wake());
  await Promise.all([replica.run(), watch.stopped]);
}

class Replica {
  readonly #options: ServingAuthorityOptions;
  readonly #collection: StoredCollection<AuthoritySecret>;
  readonly #clock: Clock;
  #serving: Serving | undefined;
  #foundings: number[] = [];
  #wake: () => void = () => undefined;
  #isDue = false;
  #problem: string | undefined;

  constructor(options: ServingAuthorityOptions, collection: StoredCollection<AuthoritySecret>) {
    this.#options = options;
    this.#collection = collection;
    this.#clock = options.clock ?? systemClock;
  }

  /** Something has changed: look now. */
  wake(): void {
    this.#isDue = true;
    this.#wake();
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      this.#isDue = false;
      const pauseMs = await this.#look();
      this.#sayWhatLacks();
      await this.#sleep(pauseMs);
    }
  }

  /** Takes steps until there is nothing to do; answers how long it may rest. */
  async #look(): Promise<number> {
    const { log, signal, secret } = this.#options;
    if (!this.#collection.synced) return lookMs;
    try {
      for (;;) {
        signal.throwIfAborted();
        const now = this.#clock.now();
        const current = this.#collection.get(secret);
        const decision = decide({ secret: current, serving: this.#serving }, now);
        if (decision.kind === 'rest') {
          this.#problem = undefined;
          return Math.max(0, Math.min(lookMs, decision.until.getTime() - now.getTime()));
        }
        if (decision.kind === 'serve') await this.#serve(decision, now);
        else if (this.#mayFound(now)) await this.#found(decision, current, now);
        else return lookMs;
      }
    } catch (error) {
      if (signal.aborted) return 0;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#problem) log.error({ ...secret, error }, 'the serving CA cannot be kept up, trying again');
      this.#problem = message;
      return retryMs;
    }
  }

  async #serve({ authority, reason }: Extract<Decision, { kind: 'serve' }>, now: Date): Promise<void> {
    const { leaf: wish, use, log } = this.#options;
    const key = await generateKey(curve);
    // Whoever rotated it may not have known the one that our clients trust.
    const withBridges = bridged(authority, this.#serving?.authority, now);
    const leaf = leafFor(key, withBridges, wish, now);
    use({ cert: leaf.chain, key: encodePrivateKey(key, 'PKCS8') });
    this.#serving = { authority: withBridges, leaf };
    log.info({ reason, notAfter: leaf.notAfter, names: wish.names }, 'new serving certificate');
  }

  async #found(
    { former, reason }: Extract<Decision, { kind: 'found' }>,
    current: AuthoritySecret | undefined,
    now: Date,
  ): Promise<void> {
    const { secret, log } = this.#options;
    const authority = bridged(newAuthority(await generateKey(curve), now), former, now);
    const written = await this.#write(current, authority);
    if (!written) return;
    this.#foundings.push(now.getTime());
    log.info({ ...secret, reason, notAfter: authority.certificate.notAfter }, 'new serving CA');
  }

  /** False where somebody was faster: what they wrote is known then. */
  async #write(current: AuthoritySecret | undefined, authority: Authority): Promise<boolean> {
    const { client, secret, managedBy, signal } = this.#options;
    try {
      this.#collection.put(
        current === undefined
          ? await client.create(secrets, secretFor(secret, authority, managedBy), { signal })
          : await client.update(secrets, secretWith(current, authority), { signal }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 404)) throw error;
      await this.#reread(current, error);
      return false;
    }
  }

  async #reread(before: AuthoritySecret | undefined, cause: ApiError): Promise<void> {
    const { client, secret, signal } = this.#options;
    const found = await client.find<AuthoritySecret>(secrets, secret, { signal });
    if (found !== undefined) this.#collection.put(found);
    else if (before !== undefined) this.#collection.gone(secret, before.metadata.uid);
    // Neither there nor to be made: its namespace is missing.
    else throw cause;
  }

  #mayFound(now: Date): boolean {
    const { log, secret } = this.#options;
    const time = now.getTime();
    this.#foundings = this.#foundings.filter((at) => at > time - foundingWindowMs && at <= time);
    const last = this.#foundings.at(-1);
    if (this.#foundings.length < mostFoundings || last === undefined || last <= time - foundingPauseMs) return true;
    const message = 'the serving CA was replaced again and again; the next one is made ten minutes after the last';
    if (message !== this.#problem) log.error({ ...secret }, message);
    this.#problem = message;
    return false;
  }

  #sayWhatLacks(): void {
    const because = this.#problem === undefined ? '' : `: ${this.#problem}`;
    if (this.#serving === undefined) this.#options.lack(`there is no serving certificate yet${because}`);
    else if (this.#serving.leaf.notAfter <= this.#clock.now())
      this.#options.lack(`the serving certificate has expired${because}`);
  }

  /** Until woken, `ms` later, or the end. */
  async #sleep(ms: number): Promise<void> {
    if (this.#isDue) return;
    const end = new AbortController();
    this.#wake = () => end.abort();
    const signal = AbortSignal.any([end.signal, this.#options.signal]);
    await delay(this.#clock, ms, signal).catch(() => undefined);
  }
}
