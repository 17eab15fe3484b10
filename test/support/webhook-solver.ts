// A DNS01 solver as users write them for upstream's webhook contract, with records in memory. Where it is served is not its business.

export interface ChallengePayload {
  readonly kind: string;
  readonly apiVersion: string;
  readonly request: {
    readonly uid: string;
    readonly action: string;
    readonly key: string;
    readonly resolvedFQDN: string;
    readonly resolvedZone: string;
    readonly [field: string]: unknown;
  };
}

export interface WebhookSolver {
  /** The payload with a response, as the webhook library sends it. */
  answer(payload: ChallengePayload): object;
  values(fqdn: string): readonly string[];
  /** While set, everything is refused with this message. */
  refuse(message: string | undefined): void;
}

export function createWebhookSolver(): WebhookSolver {
  const records = new Map<string, Set<string>>();
  let refusal: string | undefined;
  return {
    answer(payload) {
      const { uid, action, key, resolvedFQDN } = payload.request;
      if (refusal !== undefined) {
        const status = { metadata: {}, status: 'Failure', message: refusal, reason: 'InternalError' };
        return { ...payload, response: { uid, success: false, status } };
      }
      const values = records.get(resolvedFQDN) ?? new Set();
      records.set(resolvedFQDN, values);
      if (action === 'Present') values.add(key);
      else if (action === 'CleanUp') values.delete(key);
      return { ...payload, response: { uid, success: true } };
    },
    values: (fqdn) => [...(records.get(fqdn) ?? [])],
    refuse: (message) => {
      refusal = message;
    },
  };
}
