// What can be said of a client of the Kubernetes API, of any one call, and of a request to a path of one's own.
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ClusterAccess } from './access.ts';
import type { Lane } from './budget.ts';

export interface ClientOptions {
  readonly access: ClusterAccess;
  readonly version: string;
  readonly commit?: string;
  /** Who calls where a call does not say `as`, e.g. `cert-manager-controller`. */
  readonly component?: string;
  /** Only where the user set them: they then count whatever the server can do. Negative: no limit. */
  readonly qps?: number | undefined;
  readonly burst?: number | undefined;
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Told of every answer, 0 being none. */
  readonly onRequest?: (method: string, status: number, ms: number) => void;
}

export interface CallOptions {
  /** The component that asks: field manager of a write, and the User-Agent. */
  readonly as?: string;
  readonly lane?: Lane;
  readonly signal?: AbortSignal | undefined;
  /** How long the server may stay silent. */
  readonly timeoutMs?: number;
  /** The answer is of no interest: the call resolves with undefined, and nothing is parsed. */
  readonly discard?: boolean;
}

export interface RequestOptions extends CallOptions {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** May be sent twice without harm. By default all methods but POST. */
  readonly repeatable?: boolean;
}
