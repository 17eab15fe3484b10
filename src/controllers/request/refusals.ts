// Approvals that the API server refused: remembered per request, so that they are tried again ever more rarely and said once.
// Memory only: after a restart each is tried once more.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Condition } from '../../api/conditions.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import { ApiError } from '../../base/errors.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Action } from '../../kube/reconcile.ts';
import type { Refusal } from './seen.ts';

const minimumMs = 30_000;
const maximumMs = 600_000;
const limit = 10_000;

export class Refusals {
  readonly #byUid = new Map<string, Refusal & { readonly waitMs: number }>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  of(request: CertificateRequest): Refusal | undefined {
    return this.#byUid.get(request.metadata.uid);
  }

  forget(uid: string): void {
    this.#byUid.delete(uid);
  }

  /**
   * `execute`, taking note of each 403 on a status write that adds Approved. The error is thrown on: the queue comes back soon and finds the
   * refusal.
   */
  guard(execute: Execute): Execute {
    return async (actions, signal) => {
      const approval = actions.find(addsApproval);
      try {
        await execute(actions, signal);
      } catch (error) {
        if (approval !== undefined && error instanceof ApiError && error.status === 403) {
          this.#note(approval.object.metadata.uid, error.message);
        }
        throw error;
      }
      if (approval !== undefined) this.forget(approval.object.metadata.uid);
    };
  }

  #note(uid: string, message: string): void {
    const former = this.#byUid.get(uid);
    const waitMs = former === undefined ? minimumMs : Math.min(maximumMs, former.waitMs * 2);
    this.#byUid.delete(uid);
    this.#byUid.set(uid, { message, waitMs, retryAt: new Date(this.#now().getTime() + waitMs) });
    const oldest = this.#byUid.keys().next();
    if (this.#byUid.size > limit && oldest.done !== true) this.#byUid.delete(oldest.value);
  }
}

function addsApproval(action: Action): action is Action & { kind: 'status' } {
  if (action.kind !== 'status') return false;
  return !isApproved((action.object as CertificateRequest).status) && isApproved(action.status);
}

function isApproved(status: unknown): boolean {
  const conditions = (status as { conditions?: readonly Condition[] } | undefined)?.conditions;
  return isTrue(conditions, conditionTypes.Approved);
}
