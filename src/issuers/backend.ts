// The seam between the controllers and what signs: one backend for each key under Issuer.spec.
//
// A backend may assume that the request was approved (or is approved in the same write), that its issuer is Ready, and that every
// call may be repeated after a crash. It must keep its messages stable (no request ids, times or ports), must honour `signal`, and
// touches the world only through `io`. Anything it throws is transient: it is retried with back-off and shown as pending.
import type { CertificateRequest } from '../api/certificate-request.ts';
import type { Issuer, IssuerStatus } from '../api/issuer.ts';
import type { Key, OwnerReference, ResourceType } from '../api/meta.ts';
import type { IssuerReference } from '../api/references.ts';
import type { HttpAccess } from '../net/http.ts';

/** A Secret's data, base64 decoded. */
export type SecretData = Readonly<Record<string, Uint8Array>>;

/**
 * What a plug-in may touch. Secrets are those of the issuer's resource namespace unless said otherwise.
 * `secret` reads once per resourceVersion and `parse` function: `parse` turns the bytes into what is kept, the bytes are dropped. So `parse`
 * must be one function for the life of the backend, and its result must not depend on anything but the data. It answers undefined where
 * the Secret does not exist; what `parse` throws is thrown on.
 */
export interface BackendIo {
  secret<T>(name: string, parse: (data: SecretData) => T): Promise<T | undefined>;
  /** As `secret`, but in the namespace of the request; never kept. */
  requestSecret<T>(name: string, parse: (data: SecretData) => T): Promise<T | undefined>;
  readonly resourceNamespace: string;
  /** To the world outside the cluster, through the process's proxies. */
  readonly http: HttpAccess;
  now(): Date;
  readonly signal: AbortSignal;
}

/** An object that a backend wants made, as it is sent. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly [field: string]: unknown;
}

/**
 * What a backend wants done to the cluster; the controller does it right after it has written the status. An object that exists already and has
 * the same controlling owner counts as created.
 */
export type Change =
  | {
      readonly kind: 'create';
      readonly resource: ResourceType;
      readonly object: NewObject;
      /** What to say while the API server does not let it be made; its words follow. */
      readonly refused?: Note;
    }
  | { readonly kind: 'delete'; readonly resource: ResourceType; readonly key: Key; readonly uid: string };

export interface SigningRequest {
  /** PEM, as in spec.request; its signature was not verified yet. */
  readonly csrPem: string;
  /** spec.request, verbatim. */
  readonly encodedCsr: string;
  /** spec.duration, else 90 days, in milliseconds. */
  readonly durationMs: number;
  /** Whether spec.duration says so. */
  readonly isDurationGiven: boolean;
  readonly isCA: boolean;
  /** spec.usages, verbatim; empty means the default. */
  readonly usages: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Verbatim. */
  readonly issuerRef: IssuerReference;
  /** For messages that name a Secret of the request, and for what a backend creates. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The request itself, as the controlling owner of what a backend creates. */
  readonly owner: OwnerReference;
}

/** A warning that users should see although signing went on. */
export interface Note {
  readonly reason: string;
  readonly message: string;
}

/**
 * What became of a request. `message` is the whole text for the condition and the event: where an error stands behind it, upstream's
 * `<message>: <error>`. `reason` is the event's; the condition's own is always Pending or Failed.
 *
 * - `pending` waits for a change of a referenced object; with `recheckAt` it is asked again then; with `error`, which stands behind it and
 *   goes to the log, again and again with back-off.
 * - `rejected` is final.
 */
export type SignOutcome =
  | {
      readonly kind: 'issued';
      /** Leaf first. */
      readonly certificatePem: string;
      readonly caPem?: string;
      readonly notes?: readonly Note[];
    }
  | {
      readonly kind: 'pending';
      readonly reason: string;
      readonly message: string;
      readonly recheckAt?: Date;
      readonly error?: unknown;
      /** A normal event, for what has just been done; it goes with the first change of the status. */
      readonly news?: Note;
      readonly changes?: readonly Change[];
    }
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      readonly message: string;
      readonly notes?: readonly Note[];
    };

/** What becomes of an issuer: its Ready condition and what the backend keeps in its status. */
export type CheckOutcome = CheckVerdict & {
  /** The backend's own part of the status, whole; absent: unchanged. */
  readonly acme?: IssuerStatus['acme'];
  /** Look again then, whatever happens. */
  readonly recheckAt?: Date;
  readonly changes?: readonly Change[];
};

export type CheckVerdict =
  /** No verdict yet: the conditions stay, `changes` are made, then the issuer is looked at again. */
  | { readonly kind: 'unfinished' }
  | {
      readonly kind: 'ready';
      readonly reason: string;
      /** Empty: the condition has no message. */
      readonly message: string;
      /** True where a transition is also an event, with the same reason and message. */
      readonly announce?: boolean;
    }
  | {
      readonly kind: 'notReady';
      readonly reason: string;
      readonly message: string;
      /** True where a transition is also a warning event, with the same reason and message. */
      readonly announce?: boolean;
      /** The text that the ErrInitIssuer event carries; absent where there is no such event. */
      readonly initError?: string;
      /** The error behind it, where waiting for a change of the issuer or a referenced object is not enough: tried again with back-off. */
      readonly error?: unknown;
    };

export interface Reference {
  readonly kind: 'Secret';
  readonly name: string;
}

export interface IssuerBackend<Config> {
  /** The key under Issuer.spec that selects this backend. */
  readonly type: string;
  /** The upstream controller that does this for requests, as `--controllers` knows it; with `cert-manager-` before it, event source and field manager. */
  readonly requestController: string;
  /** True where signing has no effect outside the cluster: approval and certificate are then written at once. */
  readonly local: boolean;
  /** What users of this type are told to look at when the certificate that it returned cannot be decoded. */
  readonly undecodableHint?: string;
  config(issuer: Issuer): Config | undefined;
  references(config: Config): readonly Reference[];
  check(config: Config, io: BackendIo, issuer: Issuer): Promise<CheckOutcome>;
  sign(request: SigningRequest, config: Config, io: BackendIo, issuer: Issuer): Promise<SignOutcome>;
  /** The Secrets of the request's namespace whose change must wake a pending request. */
  requestReferences?(request: CertificateRequest): readonly Reference[];
}

/** A backend as the controllers know it: its configuration is its own business. */
export type AnyBackend = IssuerBackend<unknown>;
