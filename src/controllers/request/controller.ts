// The CertificateRequest controller: approver and all issuer types in one loop. Wires observe, decide, perform and settle together.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { controllerReference } from '../../api/meta.ts';
import { parseDuration } from '../../base/duration.ts';
import type { AnyBackend, SigningRequest, SignOutcome } from '../../issuers/backend.ts';
import type { BackendIoFactory } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import { errorText } from '../../issuers/signing.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Controller, Decision } from '../../kube/reconcile.ts';
import { defaultPemLimits, type PemLimits } from '../../pki/limits.ts';
import { RefusedChanges } from '../refused-changes.ts';
import { decideRequest, type SignCall, settleRequest } from './decide.ts';
import { issuerOf, type RequestCollections, requestMappings } from './observe.ts';
import { Refusals } from './refusals.ts';
import type { RequestRules, RequestSeen } from './seen.ts';
import { saidOnce } from './status.ts';

export interface RequestSettings {
  /** `certificaterequests-approver` of `--controllers`. */
  readonly approver: boolean;
  /** Types (`IssuerBackend.type`) whose `certificaterequests-issuer-<type>` is on. */
  readonly enabledBackends: ReadonlySet<string>;
  readonly clusterResourceNamespace: string;
  /** `--namespace`: the only namespace that is watched; no ClusterIssuers then. */
  readonly namespace?: string;
  readonly limits?: PemLimits;
}

export interface RequestControllerOptions extends RequestCollections {
  readonly io: BackendIoFactory;
  readonly backends: readonly AnyBackend[];
  readonly settings: RequestSettings;
  readonly now: () => Date;
}

/** The longest list of events that is remembered as said; the oldest go first. */
const saidLimit = 10_000;
const defaultDurationMs = 90 * 24 * 3_600_000;

/**
 * The controller, the mappings from changes to the keys it must look at, and `guard`: the `execute` that the controller is started with must go
 * through it, so that a refused approval becomes a state and not a loop, and a refused Order is said.
 */
export function createRequestController(options: RequestControllerOptions): {
  readonly controller: Controller<RequestSeen, SignCall, SignOutcome>;
  readonly watches: ReturnType<typeof requestMappings>;
  readonly guard: (execute: Execute) => Execute;
} {
  const { settings, backends } = options;
  const limits = settings.limits ?? defaultPemLimits;
  const rules: RequestRules = {
    backends,
    enabledBackends: settings.enabledBackends,
    approver: settings.approver,
    limits,
  };
  const refusals = new Refusals(options.now);
  const refusedChanges = new RefusedChanges();
  const said = new SaidEvents();
  const controller: Controller<RequestSeen, SignCall, SignOutcome> = {
    name: 'certificaterequests',
    observe: async (key) => {
      const request = options.requests.get(key);
      if (request === undefined) return undefined;
      const refusal = refusals.of(request);
      return {
        request,
        issuer: issuerOf(request, options, settings.namespace !== undefined),
        ...(refusal === undefined ? {} : { refusal }),
        said: said.of(request.metadata.uid),
      };
    },
    decide: (seen, now) => said.noting(seen.request.metadata.uid, decideRequest(seen, now, rules)),
    perform: async (call, signal) => told(await sign(call, options, signal), refusedChanges),
    settle: (seen, call, outcome, now) => settleRequest(seen, call, outcome, now, rules),
  };
  const guard = (execute: Execute) => refusedChanges.guard(refusals.guard(execute));
  return { controller, watches: requestMappings(options), guard };
}

/** A request that waits for what cannot be made says so. */
function told(outcome: SignOutcome, refused: RefusedChanges): SignOutcome {
  const note = outcome.kind === 'pending' ? refused.noteOn(outcome.changes) : undefined;
  return note === undefined ? outcome : { ...outcome, ...note };
}

/** The events said once per request, by this process. */
class SaidEvents {
  readonly #byUid = new Map<string, readonly string[]>();

  of(uid: string): readonly string[] {
    return this.#byUid.get(uid) ?? [];
  }

  noting(uid: string, decision: Decision<SignCall>): Decision<SignCall> {
    if (decision.kind !== 'write') return decision;
    const once: readonly string[] = Object.values(saidOnce);
    const news = decision.actions.flatMap((action) =>
      action.kind === 'event' && once.includes(action.reason) ? [action.reason] : [],
    );
    if (news.length > 0) this.#note(uid, news);
    return decision;
  }

  #note(uid: string, reasons: readonly string[]): void {
    const all = [...this.of(uid), ...reasons];
    this.#byUid.delete(uid);
    this.#byUid.set(uid, all);
    const oldest = this.#byUid.keys().next();
    if (this.#byUid.size > saidLimit && oldest.done !== true) this.#byUid.delete(oldest.value);
  }
}

async function sign(call: SignCall, options: RequestControllerOptions, signal: AbortSignal): Promise<SignOutcome> {
  const { request } = call;
  const backend = options.backends.find((each) => each.type === call.backend);
  const config = backend?.config(call.issuer);
  if (backend === undefined || config === undefined) throw new Error(`no backend for issuer type ${call.backend}`);
  const signing = signingRequestOf(request);
  if (signing === undefined) {
    const message = `Error generating certificate template: time: invalid duration "${request.spec.duration}"`;
    return { kind: 'rejected', reason: 'SigningError', message };
  }
  const io = options.io.open({
    resourceNamespace: resourceNamespaceOf(call.issuer, options.settings.clusterResourceNamespace),
    requestNamespace: signing.namespace,
    signal,
  });
  try {
    return await backend.sign(signing, config, io, call.issuer);
  } catch (error) {
    signal.throwIfAborted();
    return {
      kind: 'pending',
      reason: 'SigningDelayed',
      message: `Signing will be tried again: ${errorText(error)}`,
      error,
    };
  }
}

/** What a backend is told of a request; undefined where its duration is none. */
export function signingRequestOf(request: CertificateRequest): SigningRequest | undefined {
  const { spec, metadata } = request;
  const durationMs = spec.duration === undefined ? defaultDurationMs : parseDuration(spec.duration);
  if (durationMs === undefined) return undefined;
  return {
    encodedCsr: spec.request ?? '',
    csrPem: Buffer.from(spec.request ?? '', 'base64').toString('utf8'),
    durationMs,
    isDurationGiven: spec.duration !== undefined,
    isCA: spec.isCA ?? false,
    usages: spec.usages ?? [],
    annotations: metadata.annotations ?? {},
    labels: metadata.labels ?? {},
    issuerRef: spec.issuerRef,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    owner: controllerReference(request),
  };
}
