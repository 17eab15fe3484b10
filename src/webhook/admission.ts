// Answers the reviews of the API server: what is stamped on a new object, and whether a write is let through. Knows no HTTP, and no rule of any
// kind.
import type { CertificateRequest } from '../api/certificate-request.ts';
import type { KubeObject } from '../api/meta.ts';
import { certificateRequests } from '../api/served-kinds.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { ApiError, DecodeError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../kube/client.ts';
import type { PemLimits } from '../pki/limits.ts';
import { approvalErrors } from './approval.ts';
import { kindOf, requireObject, requireRequest, undecodable } from './decode.ts';
import { formatErrors, formatFieldError } from './findings.ts';
import { changedIdentityErrors, foreignIdentityErrors, stampIdentity } from './identity.ts';
import type { KindRules, WebhookGates } from './kind-rules.ts';
import type { AdmissionRequest, AdmissionResponse } from './review.ts';
import { rulesOf } from './rules/index.ts';
import { createSigners, type Signers } from './signers.ts';

export interface AdmissionOptions {
  readonly client: Pick<Client, 'request'>;
  readonly gates: WebhookGates;
  readonly limits: PemLimits;
  readonly log: Log;
  readonly clock?: Clock;
  /** The rules of a kind by its name; those of rules/index.ts where nothing is said. */
  readonly rulesOf?: (kind: string) => KindRules<KubeObject> | undefined;
}

/**
 * Both always resolve, whatever the request is, with its uid. A request that cannot be read is refused with code 400, a refused object with
 * 403 and reason Forbidden, and what fails in here with 500.
 */
export interface Admission {
  mutate(request: AdmissionRequest): Promise<AdmissionResponse>;
  validate(request: AdmissionRequest): Promise<AdmissionResponse>;
}

/** What a review finds: messages refuse, warnings do not. */
interface Verdict {
  readonly messages: readonly string[];
  readonly warnings?: readonly string[];
  readonly patch?: readonly object[];
}

const nothing: Verdict = { messages: [] };

export function createAdmission(options: AdmissionOptions): Admission {
  const { client, log, clock = systemClock } = options;
  const signers = createSigners({ client, clock, log });
  return {
    mutate: (request) => answer(request, log, () => mutate(request)),
    validate: (request) => answer(request, log, () => validate(request, options, signers)),
  };
}

/** Deletions are no business of ours, and there is nothing to connect to. */
const isWrite = ({ operation }: AdmissionRequest): boolean => operation === 'CREATE' || operation === 'UPDATE';

const isCertificateRequest = ({ resource }: AdmissionRequest): boolean =>
  resource.group === certificateRequests.group && resource.resource === certificateRequests.plural;

function mutate(request: AdmissionRequest): Verdict {
  if (request.operation !== 'CREATE' || !isCertificateRequest(request)) return nothing;
  const object = requireObject(request.object, kindOf(request)) as CertificateRequest;
  const { spec } = object;
  // In the words of the API machinery: the schema has not been looked at yet.
  if (spec === null) return { messages: ['value cannot be set because .spec is not a map[string]interface{}'] };
  return { messages: [], patch: stampIdentity(spec, request.userInfo ?? {}) };
}

/** Upstream's chain: identity, approval, then the rules of the kind. All are asked, whatever the others say. */
async function validate(request: AdmissionRequest, options: AdmissionOptions, signers: Signers): Promise<Verdict> {
  if (!isWrite(request)) return nothing;
  const kind = kindOf(request);
  const object = requireObject(request.object, kind);
  const before = request.operation === 'UPDATE' ? requireObject(request.oldObject, kind) : undefined;
  const requester = isCertificateRequest(request)
    ? await requesterMessages(request, before as CertificateRequest | undefined, object as CertificateRequest, signers)
    : [];
  const rules = (options.rulesOf ?? rulesOf)(kind.kind);
  const context = { gates: options.gates, limits: options.limits, request };
  const found = before === undefined ? rules?.create?.(object, context) : rules?.update?.(before, object, context);
  const { errors = [], warnings = [] } = found ?? {};
  const messages = [...requester, ...errors.slice(0, mostErrors).map(formatFieldError)];
  const more = errors.length - mostErrors;
  return { messages: more > 0 ? [...messages, `and ${more} more`] : messages, warnings };
}

async function requesterMessages(
  request: AdmissionRequest,
  before: CertificateRequest | undefined,
  object: CertificateRequest,
  signers: Signers,
): Promise<string[]> {
  const user = request.userInfo ?? {};
  if (before === undefined) return foreignIdentityErrors(object, user).map(formatFieldError);
  const identity = changedIdentityErrors(before, object).map(formatFieldError);
  if (request.subResource !== 'status') return identity;
  try {
    return [...identity, ...(await approvalErrors(before, object, user, signers)).map(formatFieldError)];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // The user learns why nobody can say which signer it is; nothing is let through.
    return [...identity, error.message];
  }
}

async function answer(
  request: AdmissionRequest,
  log: Log,
  decide: () => Verdict | Promise<Verdict>,
): Promise<AdmissionResponse> {
  const uid = uidOf(request);
  try {
    requireRequest(request);
    return responseFor(uid, await decide());
  } catch (error) {
    if (error instanceof DecodeError && error.what === undecodable)
      return refusal(uid, { code: 400, message: error.message });
    log.error({ error, requestUid: uid }, 'an admission request could not be looked at');
    return refusal(uid, { code: 500, message: 'internal error: the request could not be looked at' });
  }
}

function uidOf(request: unknown): string {
  const uid = (request as Partial<AdmissionRequest> | null | undefined)?.uid;
  return typeof uid === 'string' ? uid : '';
}

const refusal = (uid: string, status: NonNullable<AdmissionResponse['status']>): AdmissionResponse => ({
  uid,
  allowed: false,
  status: { ...status, message: shortened(status.message, longestMessage) },
});

/** An object may be wrong in a hundred thousand places. Nobody reads of all of them. */
const mostErrors = 1_000;
const longestMessage = 32_768;
const mostWarnings = 100;
const longestWarning = 1_024;

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}… (shortened)`;
}

function responseFor(uid: string, { messages, warnings = [], patch = [] }: Verdict): AdmissionResponse {
  const spoken =
    warnings.length === 0
      ? {}
      : { warnings: warnings.slice(0, mostWarnings).map((each) => shortened(each, longestWarning)) };
  if (messages.length > 0)
    return { ...refusal(uid, { code: 403, reason: 'Forbidden', message: formatErrors(messages) }), ...spoken };
  if (patch.length === 0) return { uid, allowed: true, ...spoken };
  const text = Buffer.from(JSON.stringify(patch)).toString('base64');
  return { uid, allowed: true, patch: text, patchType: 'JSONPatch', ...spoken };
}
