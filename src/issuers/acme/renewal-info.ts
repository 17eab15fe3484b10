// Asks the ACME servers of issuers when to renew (RFC 9773): paced, so that thousands of certificates are no burst for anybody, and never while a
// server wants rest. What a failure means for a Certificate is its controller's business.
import type { AcmeClient } from '../../acme/client.ts';
import type { RenewalInfo } from '../../acme/resources.ts';
import type { Issuer } from '../../api/issuer.ts';
import { AcmeProblem } from '../../base/errors.ts';
import { HttpError } from '../../net/http.ts';
import type { BackendIo } from '../backend.ts';
import { errorText } from '../signing.ts';
import type { AcmeAccounts } from './accounts.ts';

/** `later`: too many were asked about at once; `none`: the server has no such service, or does not know the certificate. */
export type RenewalAnswer =
  | ({ readonly kind: 'window' } & RenewalInfo)
  | { readonly kind: 'later'; readonly at: Date }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly message: string };

export interface RenewalQuestion {
  readonly issuer: Issuer;
  readonly renewalId: string;
  /** Of the Certificate that asks. */
  readonly uid: string;
}

/** One question a second for each server. */
const paceMs = 1_000;

export function createRenewalInformation(options: {
  readonly accounts: AcmeAccounts;
  readonly open: (issuer: Issuer, signal: AbortSignal) => BackendIo;
  readonly now: () => Date;
}): (question: RenewalQuestion, signal: AbortSignal) => Promise<RenewalAnswer> {
  const pace = new Pace();
  return async ({ issuer, renewalId, uid }, signal) => {
    const now = options.now();
    const paused = options.accounts.pausedUntil(issuer, now);
    if (paused !== undefined) return { kind: 'later', at: paused };
    const turn = pace.turn(issuer.spec.acme?.server ?? '', uid, now);
    if (turn > now) return { kind: 'later', at: turn };
    const account = await options.accounts.open(issuer, options.open(issuer, signal));
    if (account.kind !== 'open') return { kind: 'failed', message: account.message };
    return asked(account.client, renewalId, signal);
  };
}

async function asked(client: AcmeClient, renewalId: string, signal: AbortSignal): Promise<RenewalAnswer> {
  try {
    const info = await client.renewalInfo(renewalId, signal);
    return info === undefined ? { kind: 'none' } : { kind: 'window', ...info };
  } catch (error) {
    signal.throwIfAborted();
    // A certificate that is another server's, or that the server has forgotten.
    if (error instanceof AcmeProblem && error.status === 404) return { kind: 'none' };
    if (error instanceof AcmeProblem || error instanceof HttpError || error instanceof Error)
      return { kind: 'failed', message: errorText(error) };
    throw error;
  }
}

/** Turns, one after the other; who has come too early keeps the turn that was given. */
export class Pace {
  readonly #turns = new Map<string, Map<string, number>>();
  readonly #last = new Map<string, number>();

  turn(server: string, uid: string, now: Date): Date {
    const turns = this.#turns.get(server) ?? new Map<string, number>();
    this.#turns.set(server, turns);
    const given = turns.get(uid);
    if (given !== undefined && given > now.getTime()) return new Date(given);
    turns.delete(uid);
    // One whose turn has come goes ahead of new ones.
    if (given !== undefined) return now;
    const next = Math.max(now.getTime(), (this.#last.get(server) ?? 0) + paceMs);
    this.#last.set(server, next);
    if (next > now.getTime()) turns.set(uid, next);
    return new Date(next);
  }
}
