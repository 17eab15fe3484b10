// The Challenge controller: puts the answer in place, has the ACME server look for it, takes it away again. Wires observe, decide, perform and
// settle together, and owns what is remembered between them: slots, progress, refusals of the API server.
import type { Challenge } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { Key, KubeObject } from '../../api/meta.ts';
import { ApiError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { DnsResolver } from '../../dns/resolver.ts';
import type { AcmeAccounts } from '../../issuers/acme/accounts.ts';
import type { BackendIo } from '../../issuers/backend.ts';
import type { BackendIoFactory } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import type { Client } from '../../kube/client.ts';
import { keyOf } from '../../kube/collection.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Action, Controller, Decision, Writes } from '../../kube/reconcile.ts';
import { ingresses } from '../../kube/resources.ts';
import type { HttpAccess, Trust } from '../../net/http.ts';
import type { PemLimits } from '../../pki/limits.ts';
import type { AnyDns01Provider } from '../../solvers/dns01.ts';
import { http01Objects } from '../../solvers/http01/objects.ts';
import { selfCheckTrust } from '../../solvers/http01/self-check.ts';
import type { Http01Settings } from '../../solvers/http01/settings.ts';
import { isAbandonment } from './clean-up.ts';
import { decideChallenge, isBlocked } from './decide.ts';
import { dns01Io, type RequestToken, scopeOf } from './io.ts';
import { ChallengeMemory } from './memory.ts';
import {
  type ChallengeCollections,
  challengeMappings,
  cleanUpOf,
  deadlineOf,
  foundObjects,
  secretKeysOf,
  standingOf,
} from './observe.ts';
import { type PerformDeps, perform } from './perform.ts';
import { progressAfter, progressOn } from './progress.ts';
import {
  type ChallengeCall,
  type ChallengeOutcome,
  type ChallengeRules,
  type ChallengeSeen,
  type Http01Seen,
  hasFinalizer,
  isFinished,
  type Standing,
  timeOf,
} from './seen.ts';
import { settleChallenge } from './settle.ts';
import { type Claim, type Grant, Slots } from './slots.ts';

/** How long a webhook may take over one answer; upstream's client waits as long. */
const webhookTimeoutMs = 30_000;

export interface ChallengeSettings {
  readonly maxConcurrentChallenges: number;
  readonly clusterResourceNamespace: string;
  readonly issuerAmbient: boolean;
  readonly clusterIssuerAmbient: boolean;
  /** `--dns01-check-retry-period`, for both types. */
  readonly checkPeriodMs: number;
  readonly recursiveNameserversOnly: boolean;
  /** `--acme-self-check-deadline`; undefined: never. */
  readonly selfCheckDeadlineMs: number | undefined;
  readonly gatewayApi: boolean;
  readonly http01: Http01Settings;
  readonly limits?: PemLimits;
}

export interface ChallengeControllerOptions extends ChallengeCollections {
  readonly accounts: Pick<AcmeAccounts, 'open' | 'pausedUntil' | 'pause'>;
  readonly io: BackendIoFactory;
  readonly providers: readonly AnyDns01Provider[];
  readonly resolver: DnsResolver;
  readonly http: HttpAccess;
  /** Looks up names for the HTTP-01 self-check, where `--acme-http01-solver-nameservers` says whom to ask. */
  readonly lookup?: Trust['lookup'];
  /** Reads Ingresses that are changed in place, and asks webhook solvers. */
  readonly reader: Pick<Client, 'find' | 'request'>;
  readonly tokens: RequestToken;
  /** Of the Secrets of DNS providers, so that one that was mended is used at once. */
  readonly secretVersion: (namespace: string, name: string) => string | undefined;
  /** For issuers that may use the credentials of the process, and for those that may not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly endpoints: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Promise<string>;
  readonly settings: ChallengeSettings;
  readonly now: () => Date;
  readonly log?: Log;
  /** An answer was left behind: for a metric. */
  readonly onAbandoned?: (challenge: Challenge) => void;
}

export interface ChallengeController {
  readonly controller: Controller<ChallengeSeen, ChallengeCall, ChallengeOutcome>;
  /** Which keys a change concerns. */
  readonly watches: ReturnType<typeof challengeMappings>;
  /** The `execute` that the controller is started with must go through it: a solver object that the API server refuses becomes a status. */
  readonly guard: (execute: Execute) => Execute;
  /** Told of Challenges that must be looked at although nothing about them has changed: they have a slot now. */
  readonly onWake: (listen: (key: Key) => void) => void;
  readonly load: Slots['load'];
}

export function createChallengeController(options: ChallengeControllerOptions): ChallengeController {
  return new Challenges(options);
}

class Challenges implements ChallengeController {
  readonly controller: ChallengeController['controller'];
  readonly watches: ChallengeController['watches'];
  readonly #options: ChallengeControllerOptions;
  readonly #rules: ChallengeRules;
  readonly #deps: PerformDeps;
  readonly #memory = new ChallengeMemory();
  readonly #slots: Slots;
  readonly #listeners: ((key: Key) => void)[] = [];
  /** Whose actions these are. */
  readonly #authors = new WeakMap<readonly Action[], Challenge>();
  #isSeeded = false;

  constructor(options: ChallengeControllerOptions) {
    this.#options = options;
    const { settings } = options;
    const { checkPeriodMs, gatewayApi, http01 } = settings;
    this.#rules = { checkPeriodMs, gatewayApi, exactPaths: http01.exactPaths };
    this.#deps = performDeps(options);
    this.#slots = new Slots(settings.maxConcurrentChallenges, (key) => {
      for (const listen of this.#listeners) listen(key);
    });
    this.watches = challengeMappings(options);
    this.controller = {
      name: 'challenges',
      observe: (key, signal) => this.#observe(key, signal),
      decide: (seen, now) => this.#decide(seen, now),
      perform: (call, signal) => perform(call, this.#deps, signal),
      settle: (seen, call, outcome, now) => this.#settle(seen, call, outcome, now),
    };
  }

  get load(): Slots['load'] {
    return this.#slots.load;
  }

  readonly onWake = (listen: (key: Key) => void): void => {
    this.#listeners.push(listen);
  };

  readonly guard = (execute: Execute): Execute => {
    return async (actions, signal) => {
      try {
        await execute(actions, signal);
      } catch (error) {
        const author = this.#authors.get(actions);
        if (author !== undefined && isRefusal(error) && actions.some(isSolverWrite)) {
          this.#memory.note(author, { ...this.#memory.of(author), refusal: error.message });
        }
        throw error;
      }
    };
  };

  async #observe(key: Key, signal: AbortSignal): Promise<ChallengeSeen | undefined> {
    const { challenges, accounts, settings, now } = this.#options;
    this.#seed();
    const challenge = challenges.get(key);
    if (challenge === undefined) {
      const uid = this.#memory.forget(key);
      if (uid !== undefined) this.#slots.release(uid, now());
      return undefined;
    }
    const standing: Standing = needsStanding(challenge)
      ? await standingOf(challenge, this.#options, { ...this.#deps, limits: settings.limits }, signal)
      : { kind: 'unknown' };
    const issuer = standing.kind === 'ours' ? standing.issuer : undefined;
    const credentials = this.#credentialsOf(challenge);
    const remembered = this.#memory.of(challenge);
    const slot = this.#slotOf(challenge, standing, credentials);
    const progress = slot.kind === 'waiting' && standing.kind === 'ours' ? { ...remembered, waited: true } : remembered;
    this.#memory.note(challenge, progress);
    return {
      challenge,
      standing,
      cleanUp: cleanUpOf(challenge, standing, this.#options),
      slot,
      http01: this.#http01Of(challenge),
      pausedUntil: issuer === undefined ? undefined : accounts.pausedUntil(issuer, now()),
      deadlineMs: deadlineOf(issuer, settings.selfCheckDeadlineMs),
      credentials,
      progress,
    };
  }

  #decide(seen: ChallengeSeen, now: Date): Decision<ChallengeCall> {
    const decision = decideChallenge(seen, now, this.#rules);
    this.#memory.note(seen.challenge, progressOn(seen, decision, now));
    return decision.kind === 'write' ? this.#written(seen, decision) : decision;
  }

  #settle(seen: ChallengeSeen, call: ChallengeCall, outcome: ChallengeOutcome, now: Date): Writes {
    const writes = settleChallenge(seen, call, outcome, now, this.#rules);
    this.#memory.note(seen.challenge, progressAfter(this.#current(seen), outcome, writes.wake, now, this.#rules));
    return this.#written(seen, writes);
  }

  /** What was remembered when the call was decided on counts, too. */
  #current(seen: ChallengeSeen): ChallengeSeen {
    return { ...seen, progress: this.#memory.of(seen.challenge) };
  }

  #written(seen: ChallengeSeen, writes: Writes): Writes {
    const { challenge } = seen;
    this.#authors.set(writes.actions, challenge);
    if (isAbandonment(writes.actions)) {
      const { namespace, name } = challenge.metadata;
      this.#options.log?.error({ kind: 'Challenge', namespace, name }, 'the answer of a challenge was left behind');
      this.#options.onAbandoned?.(challenge);
    }
    return writes;
  }

  /** After a restart those whose answer stands there come first. */
  #seed(): void {
    if (this.#isSeeded) return;
    this.#isSeeded = true;
    for (const each of this.#options.challenges.all()) {
      if (each.status?.presented === true && !isFinished(each))
        this.#slots.hold(claimOf(each), heldSince(each, this.#options.now()));
    }
  }

  #slotOf(challenge: Challenge, standing: Standing, credentials: string): Grant {
    const now = this.#options.now();
    const { status, metadata } = challenge;
    const isBusy = !isFinished(challenge) && standing.kind === 'ours';
    if (isBusy && status?.presented === true) {
      this.#slots.hold(claimOf(challenge), heldSince(challenge, now));
      return { kind: 'held' };
    }
    if (isBusy && !isBlocked(challenge, this.#memory.of(challenge), credentials, now, this.#rules)) {
      return this.#slots.claim(claimOf(challenge), now);
    }
    this.#slots.release(metadata.uid, now);
    return { kind: 'none' };
  }

  #http01Of(challenge: Challenge): Http01Seen | undefined {
    const { http01 } = challenge.spec.solver;
    if (challenge.spec.type !== 'HTTP-01' || http01 === undefined) return undefined;
    return {
      found: foundObjects(challenge, this.#options),
      wanted: http01Objects(challenge, this.#options.settings.http01),
      namedIngress: http01.ingress?.name || undefined,
    };
  }

  #credentialsOf(challenge: Challenge): string {
    const { providers, settings, secretVersion } = this.#options;
    const versions = secretKeysOf(challenge, providers, settings.clusterResourceNamespace).map((each) => {
      const [namespace = '', name = ''] = each.split('/');
      return secretVersion(namespace, name) ?? '';
    });
    return versions.join(' ');
  }
}

function performDeps(options: ChallengeControllerOptions): PerformDeps {
  const { settings, reader, accounts, providers, resolver, now, log } = options;
  const scope = (challenge: Challenge) => scopeOf(challenge, settings);
  const postToCluster = (path: string, body: unknown, signal: AbortSignal): Promise<unknown> =>
    reader.request('POST', path, { body, signal, timeoutMs: webhookTimeoutMs });
  return {
    accounts,
    providers,
    resolver,
    now,
    log,
    recursiveOnly: settings.recursiveNameserversOnly,
    backendIo: (issuer: Issuer, signal: AbortSignal): BackendIo =>
      options.io.open({ resourceNamespace: resourceNamespaceOf(issuer, settings.clusterResourceNamespace), signal }),
    dns01Io: (challenge, signal) => dns01Io({ ...options, postToCluster }, scope(challenge), signal),
    resourceNamespace: (challenge) => scope(challenge).resourceNamespace,
    pages: options.http.open(selfCheckTrust(options.lookup)),
    fetchIngress: (namespace, name, signal) => reader.find<KubeObject>(ingresses, { namespace, name }, { signal }),
  };
}

function claimOf(challenge: Challenge): Claim {
  const { metadata, spec } = challenge;
  const { kind = 'Issuer', name } = spec.issuerRef;
  return {
    key: keyOf(challenge),
    uid: metadata.uid,
    issuer: kind === 'ClusterIssuer' ? name : `${metadata.namespace}/${name}`,
    place: `${spec.type} ${spec.dnsName}`,
    order: metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? '',
    createdAt: Date.parse(metadata.creationTimestamp),
  };
}

/** Whoever is finished needs nobody to want it, unless its answer may be there without our knowing it. */
const needsStanding = (challenge: Challenge): boolean =>
  !isFinished(challenge) || (hasFinalizer(challenge) && challenge.status?.presented !== true);

const heldSince = ({ status }: Challenge, now: Date): Date => timeOf(status, 'presentedAt') ?? now;

/** The server said no, and why: not that the object changed meanwhile, nor that it has no time. */
function isRefusal(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    error.status >= 400 &&
    error.status < 500 &&
    error.status !== 429 &&
    error.reason !== 'AlreadyExists' &&
    error.reason !== 'Conflict'
  );
}

const isSolverWrite = ({ kind }: Action): boolean => kind === 'create' || kind === 'update';
