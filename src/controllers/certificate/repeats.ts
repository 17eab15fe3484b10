// What was done for one Certificate over and over, and which of its writes the API server refused. Memory of this process only: what must
// outlive it stands in the status (breaker.ts).
import type { Certificate } from '../../api/certificate.ts';
import { conditionOf, conditionTypes } from '../../api/conditions.ts';
import { ApiError } from '../../base/errors.ts';
import type { Action } from '../../kube/reconcile.ts';
import type { Call } from './call.ts';
import type { Refusal, Repeated, Seen } from './seen.ts';

const minuteMs = 60_000;
const allowed = 6;
const limit = 10_000;
const refusalMs = 30_000;

/** Six times are free in this time; a request or key that somebody keeps deleting is held back as long as the breaker would. */
const windowsMs: Readonly<Record<Repeated, number>> = {
  reapply: 10 * minuteMs,
  temporary: 10 * minuteMs,
  remake: 24 * 60 * minuteMs,
};

/** When something may be done again; undefined for now. */
export function heldUntil(seen: Pick<Seen, 'repeats'>, what: Repeated, now: Date): Date | undefined {
  const times = seen.repeats?.[what] ?? [];
  const oldest = times[times.length - allowed];
  const until = oldest === undefined ? undefined : new Date(oldest.getTime() + windowsMs[what]);
  return until !== undefined && until > now ? until : undefined;
}

/** What a call repeats: the first key and the first request of an attempt are none. */
export function repeatedBy({ certificate }: Pick<Seen, 'certificate'>, call: Call): Repeated | undefined {
  if (call.kind === 'reapply') return 'reapply';
  if (call.kind === 'store') return call.temporary ? 'temporary' : undefined;
  if (call.kind === 'request') return 'remake';
  if (call.kind === 'askServer') return undefined;
  const isFirst = call.start !== undefined || certificate.status?.nextPrivateKeySecretName === undefined;
  return isFirst ? undefined : 'remake';
}

interface Memory {
  /** A changed spec, or another attempt, starts anew. */
  readonly attempt: string;
  readonly repeats: Partial<Record<Repeated, readonly Date[]>>;
  readonly refusal: Refusal | undefined;
}

export class Repeats {
  readonly #byUid = new Map<string, Memory>();

  of(certificate: Certificate): Pick<Seen, 'repeats' | 'refusal'> {
    const { repeats = {}, refusal } = this.#memory(certificate) ?? {};
    return { repeats, ...(refusal === undefined ? {} : { refusal }) };
  }

  /** The writes of a call were carried out. */
  done(certificate: Certificate, what: Repeated | undefined, now: Date): void {
    const { repeats = {}, refusal } = this.#memory(certificate) ?? {};
    if (what === undefined && refusal === undefined) return;
    const times = what === undefined ? {} : { [what]: [...(repeats[what] ?? []), now].slice(-allowed) };
    this.#keep(certificate, { attempt: attemptOf(certificate), repeats: { ...repeats, ...times }, refusal: undefined });
  }

  /** The API server refused one of them; other errors are for the queue's back-off alone. */
  failed(certificate: Certificate, actions: readonly Action[], error: unknown, now: Date): void {
    if (!(error instanceof ApiError) || !refusing.has(error.status)) return;
    const { repeats = {} } = this.#memory(certificate) ?? {};
    const asks = actions.some((action) => action.kind === 'create' && action.manifest.kind === 'CertificateRequest');
    const refusal = { message: error.message.slice(0, 500), asks, retryAt: new Date(now.getTime() + refusalMs) };
    this.#keep(certificate, { attempt: attemptOf(certificate), repeats, refusal });
  }

  #memory(certificate: Certificate): Memory | undefined {
    const memory = this.#byUid.get(certificate.metadata.uid);
    return memory?.attempt === attemptOf(certificate) ? memory : undefined;
  }

  #keep({ metadata: { uid } }: Certificate, memory: Memory): void {
    this.#byUid.delete(uid);
    this.#byUid.set(uid, memory);
    const oldest = this.#byUid.keys().next();
    if (this.#byUid.size > limit && oldest.done !== true) this.#byUid.delete(oldest.value);
  }
}

/** Bad request, forbidden, too large, invalid: the same again until somebody changes something. */
const refusing: ReadonlySet<number> = new Set([400, 403, 413, 422]);

function attemptOf({ metadata, status }: Certificate): string {
  const issuing = conditionOf(status?.conditions, conditionTypes.Issuing);
  return `${metadata.generation ?? ''} ${issuing?.status === 'True' ? (issuing.lastTransitionTime ?? '') : ''}`;
}
