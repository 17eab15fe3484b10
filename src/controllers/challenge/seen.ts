// Everything that one decision about a Challenge may look at, the calls that it may make, and what can come of them. Values only.
import type { Challenge, ChallengeStatus } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import { finalizers } from '../../api/labels.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { AcmeState } from '../../api/order.ts';
import { parseTime } from '../../base/rfc3339.ts';
import type { Http01Objects } from '../../solvers/http01/objects.ts';
import type { Grant } from './slots.ts';

/** Whether somebody who may ask for it wants this Challenge. */
export type Standing =
  /** Its Order is genuine and asks for it, to the last field. */
  | { readonly kind: 'ours'; readonly issuer: Issuer }
  /** Nothing can be said yet: the issuer or its account key is not there. A change of them wakes the Challenge. */
  | { readonly kind: 'unknown' }
  /** Made or changed by somebody else: `why`, for people. */
  | { readonly kind: 'stranger'; readonly why: string };

export interface CleanUpSeen {
  /** Whether credentials may be used, and objects touched that are not the Challenge's own: it was us who put the answer there. */
  readonly allowed: boolean;
  /** Another Challenge at work has the same answer in the same place. */
  readonly isShared: boolean;
  /** Where it still exists. */
  readonly issuer: Issuer | undefined;
}

/** What was made for the Challenge, in the order of its creation. */
export interface FoundObjects {
  readonly pods: readonly PodSeen[];
  readonly services: readonly KubeObject[];
  readonly ingresses: readonly RouteSeen[];
  readonly httpRoutes: readonly RouteSeen[];
}

export interface PodSeen extends KubeObject {
  readonly status?: { readonly phase?: string };
}

/** An Ingress or an HTTPRoute. */
export interface RouteSeen extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface Http01Seen {
  readonly found: FoundObjects;
  /** What should be there. */
  readonly wanted: Http01Objects;
  /** The Ingress that is to be changed in place. */
  readonly namedIngress: string | undefined;
}

/** What this process remembers of a Challenge between two looks; all of it may be lost in a restart. */
export interface Progress {
  /** The last time that it asked for a slot there was none. */
  readonly waited?: boolean;
  /** Own looks for the answer so far, and whether one of them did not find it. */
  readonly looks: number;
  readonly missed: boolean;
  readonly nextLookAt?: Date;
  /** The longest time for which a server that we asked may have kept an answer. */
  readonly ttlSeconds: number;
  readonly visibleSince?: Date;
  /** The ACME server is told to look then. */
  readonly acceptAt?: Date;
  readonly accepted?: Accepted;
  /** Requests to the ACME server that went wrong in a way that may pass, in a row. */
  readonly failures: number;
  /** Nothing is asked of the ACME server before. */
  readonly notBefore?: Date;
  /** Clean-ups that were begun, and when the first was. */
  readonly cleanUps: number;
  readonly cleanUpSince?: Date;
  /** The next one is not begun before. */
  readonly cleanUpAt?: Date;
  /** The credentials with which the DNS provider failed last: with others it is asked at once. */
  readonly failedWith?: string;
  /** What the API server said against an object of the solver. */
  readonly refusal?: string;
  /** The Ingress that is changed in place was looked at since the answer was last missed. */
  readonly ingressRead?: boolean;
  readonly strangeSince?: Date;
  readonly isDisowned?: boolean;
}

/** The ACME server was told to look. */
export interface Accepted {
  readonly at: Date;
  readonly pollAt: Date;
  readonly polls: number;
}

export const noProgress: Progress = { looks: 0, missed: false, ttlSeconds: 0, failures: 0, cleanUps: 0 };

export interface ChallengeSeen {
  readonly challenge: Challenge;
  readonly standing: Standing;
  readonly cleanUp: CleanUpSeen;
  readonly slot: Grant;
  /** Present where the solver is one for HTTP-01. */
  readonly http01: Http01Seen | undefined;
  /** The ACME server is not asked before, for nobody who uses this account. */
  readonly pausedUntil: Date | undefined;
  /** How long our own look may fail before the ACME server is asked all the same; undefined: for ever. */
  readonly deadlineMs: number | undefined;
  /** The versions of the Secrets that the DNS provider needs. */
  readonly credentials: string;
  readonly progress: Progress;
}

export interface ChallengeRules {
  /** Between two own looks, at most. */
  readonly checkPeriodMs: number;
  readonly gatewayApi: boolean;
  /** The path type of Ingresses: Exact, or ImplementationSpecific. */
  readonly exactPaths: boolean;
}

/**
 * - `fetchState`: asks the ACME server how far the challenge is.
 * - `present`, `cleanUp`: puts the TXT record there, or takes it away.
 * - `readIngress`: reads the Ingress that is changed in place, to present or to clean up.
 * - `look`: looks whether the answer can be seen.
 * - `accept`, `poll`: tells the ACME server to look; asks what it saw.
 */
export type ChallengeCall =
  | { readonly kind: 'present' | 'cleanUp' | 'look'; readonly challenge: Challenge }
  | {
      readonly kind: 'readIngress';
      readonly challenge: Challenge;
      readonly name: string;
      readonly purpose: 'present' | 'cleanUp';
    }
  | { readonly kind: 'fetchState' | 'accept' | 'poll'; readonly challenge: Challenge; readonly issuer: Issuer };

export interface Answer {
  readonly server: string;
  readonly answer: string;
}

export interface Look {
  readonly isVisible: boolean;
  readonly ttlSeconds: number;
  readonly answers: readonly Answer[];
  /** What is missing, for people; empty where the answer was found. */
  readonly problem: string;
}

export type ChallengeOutcome =
  | { readonly kind: 'done' }
  /** Put there or taken away it could not be. The message is short and stable. */
  | { readonly kind: 'failed'; readonly message: string; readonly retryAfterMs?: number | undefined }
  | { readonly kind: 'ingress'; readonly ingress: KubeObject | undefined }
  | { readonly kind: 'looked'; readonly look: Look }
  | { readonly kind: 'state'; readonly state: AcmeState; readonly reason: string }
  /** The server works on it, or has not begun: ask again by then. `isPending`: it does not know that it was told to look. */
  | { readonly kind: 'checking'; readonly isPending: boolean; readonly retryAfter: Date | undefined }
  | { readonly kind: 'valid' }
  /** Validation came to an end without success. */
  | { readonly kind: 'refused'; readonly state: 'invalid' | 'expired'; readonly error: string }
  | { readonly kind: 'trouble'; readonly error: unknown }
  | { readonly kind: 'noAccount' };

const finalStates: readonly (AcmeState | undefined)[] = ['valid', 'invalid', 'expired', 'errored'];

export const isFinal = (state: AcmeState | undefined): boolean => finalStates.includes(state);

/** Nothing but cleaning up is left to do. */
export function isFinished({ metadata, status }: Challenge): boolean {
  return metadata.deletionTimestamp !== undefined || isFinal(status?.state);
}

export function hasFinalizer({ metadata }: Challenge): boolean {
  return (metadata.finalizers ?? []).some(isOurs);
}

/** The finalizers that others put there. */
export function foreignFinalizers({ metadata }: Challenge): readonly string[] {
  return (metadata.finalizers ?? []).filter((each) => !isOurs(each));
}

const isOurs = (finalizer: string): boolean =>
  finalizer === finalizers.challenge || finalizer === finalizers.legacyChallenge;

/** A time of the status; undefined where it is absent or none. */
export function timeOf(
  status: ChallengeStatus | undefined,
  name: 'presentedAt' | 'visibleSince' | 'acceptedAt' | 'nextAttemptAt',
): Date | undefined {
  const text = status?.[name];
  return text === undefined ? undefined : parseTime(text);
}

export const after = (from: Date, ms: number): Date => new Date(from.getTime() + ms);
