// Signers, as approval knows them: what an issuer reference is called in a rule of RBAC, and whether a user may approve for it. Asks the API
// server, and remembers for as long as upstream does; every memory is bounded.

import type { ResourceType } from '../api/meta.ts';
import { certManagerGroup, type FullIssuerReference } from '../api/references.ts';
import { clusterIssuers, issuers } from '../api/served-kinds.ts';
import { type Clock, delay } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../kube/client.ts';
import { groupPath } from '../kube/resources.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { UserInfo } from './review.ts';

/** The resource behind the kind of an issuer reference. */
export type SignerResource = Pick<ResourceType, 'plural' | 'namespaced'>;

export interface Signers {
  /** Undefined: there is no such kind. Rejects with ApiError where the API server does not say. */
  resourceOf(reference: FullIssuerReference): Promise<SignerResource | undefined>;
  /** Whether the user may approve for one of the names, asked one after the other. Where the API server does not say, it is no. */
  mayApprove(user: UserInfo, signerNames: readonly string[]): Promise<boolean>;
}

export interface SignersOptions {
  readonly client: Pick<Client, 'request'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The names under which RBAC may allow to approve for an issuer: all of its kind, then the issuer itself, which for a namespaced kind is told
 * apart by the namespace of the request.
 */
export function signerNamesOf(reference: FullIssuerReference, namespace: string, resource: SignerResource): string[] {
  const kind = `${resource.plural}.${reference.group}`;
  return [`${kind}/*`, `${kind}/${resource.namespaced ? `${namespace}.` : ''}${reference.name}`];
}

export function createSigners(options: SignersOptions): Signers {
  const kinds = new KindDirectory(options);
  const reviews = new Reviews(options);
  return {
    resourceOf: (reference) => kinds.find(reference),
    mayApprove: async (user, signerNames) => {
      try {
        for (const name of signerNames) if (await reviews.allow(user, name)) return true;
      } catch (error) {
        options.log.error({ error, user: user.username }, 'who may approve cannot be asked, nobody may');
      }
      return false;
    },
  };
}

const askMs = 10_000;
const mostEntries = 1_000;
/** A kind that is missing from a group that is there. */
const missingMs = 30_000;
/** DNS-1123 subdomains: nothing else is the name of a group, and nothing else goes into a path. */
const groupName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const longestGroupName = 253;

/** The kinds that are there wherever there are CertificateRequests. */
const ownKinds: ReadonlyMap<string, SignerResource> = new Map(
  [issuers, clusterIssuers].map((each) => [each.kind, each]),
);

interface ApiGroup {
  readonly versions?: readonly { readonly version: string }[];
}
interface ApiResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Kinds by discovery. What was found stays for good: a plural and a scope never change. */
class KindDirectory {
  readonly #client: SignersOptions['client'];
  readonly #known: BoundedCache<SignerResource | 'missing'>;

  constructor({ client, clock }: SignersOptions) {
    this.#client = client;
    this.#known = new BoundedCache(clock, mostEntries);
  }

  async find({ group, kind }: FullIssuerReference): Promise<SignerResource | undefined> {
    const own = group === certManagerGroup ? ownKinds.get(kind) : undefined;
    if (own !== undefined) return own;
    if (group.length > longestGroupName || !groupName.test(group)) return undefined;
    const key = JSON.stringify([group, kind]);
    const known = this.#known.get(key);
    if (known !== undefined) return known === 'missing' ? undefined : known;
    const versions = (await this.#read<ApiGroup>(`/apis/${group}`))?.versions;
    // A group that is not there may be there in a moment, its CRD on its way: nothing is remembered.
    if (versions === undefined) return undefined;
    const found = await this.#search(group, kind, versions);
    this.#known.set(key, found ?? 'missing', found === undefined ? missingMs : Number.POSITIVE_INFINITY);
    return found;
  }

  async #search(
    group: string,
    kind: string,
    versions: readonly { readonly version: string }[],
  ): Promise<SignerResource | undefined> {
    for (const { version } of versions) {
      const list = await this.#read<ApiResourceList>(groupPath({ group, version }));
      const found = list?.resources?.find((each) => each.kind === kind && !each.name.includes('/'));
      if (found !== undefined) return { plural: found.name, namespaced: found.namespaced };
    }
    return undefined;
  }

  async #read<T>(path: string): Promise<T | undefined> {
    try {
      return await this.#client.request<T>('GET', path, { timeoutMs: askMs });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }
}

const rememberMs = 1_000;
const retryMs = 1_000;
/** Of the text that stands for a review: for users with more groups than fit, every review is asked for. */
const longestKey = 10_000;
const reviewPath = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean; readonly denied?: boolean };
}

/** SubjectAccessReviews, each asked once at a time. */
class Reviews {
  readonly #client: SignersOptions['client'];
  readonly #clock: Clock;
  readonly #answered: BoundedCache<boolean>;
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor({ client, clock }: SignersOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#answered = new BoundedCache(clock, mostEntries);
  }

  async allow(user: UserInfo, signerName: string): Promise<boolean> {
    const spec = reviewSpec(user, signerName);
    const key = JSON.stringify(spec);
    const known = this.#answered.get(key) ?? this.#underWay.get(key);
    if (known !== undefined) return known;
    const asked = this.#ask(spec);
    this.#underWay.set(key, asked);
    try {
      const allowed = await asked;
      if (key.length <= longestKey) this.#answered.set(key, allowed, rememberMs);
      return allowed;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #ask(spec: object): Promise<boolean> {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec };
    const send = () =>
      this.#client.request<SubjectAccessReview>('POST', reviewPath, { body, repeatable: true, timeoutMs: askMs });
    let review: SubjectAccessReview;
    try {
      review = await send();
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status > 0 && error.status < 500)) throw error;
      await delay(this.#clock, retryMs);
      review = await send();
    }
    return review.status?.allowed === true && review.status.denied !== true;
  }
}

function reviewSpec({ username, uid, groups, extra }: UserInfo, signerName: string): object {
  return {
    user: username,
    uid,
    groups,
    extra,
    resourceAttributes: {
      verb: 'approve',
      group: 'cert-manager.io',
      version: '*',
      resource: 'signers',
      name: signerName,
    },
  };
}
