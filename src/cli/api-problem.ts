// What keeps the API from being used, told from the API server's answer to a dry-run. The only place that reads the text of messages: the API
// server tells in no other way why it could not call a webhook, or who denied a request; cmctl reads the same texts.
import { ApiError } from '../base/errors.ts';

export type ApiProblemKind =
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'namespaceMissing'
  | 'crdsMissing'
  | 'serviceMissing'
  | 'deploymentNotReady'
  | 'webhookSilent'
  | 'caNotInjected'
  | 'certificateNotAccepted'
  | 'mutationMissing'
  | 'mutatedIncorrectly'
  | 'validationMissing'
  | 'other';

export interface ApiProblem {
  readonly kind: ApiProblemKind;
  /** One sentence for people; that of cert-manager where it has one. */
  readonly message: string;
  /** What the API server said. */
  readonly detail?: string;
}

/** The name of the entries in the chart's webhook configurations; part of the API server's messages. */
const webhookName = 'webhook.cert-manager.io';

const messages: Readonly<Record<Exclude<ApiProblemKind, 'other'>, string>> = {
  unreachable: 'the Kubernetes API server does not answer',
  unauthorized: 'the Kubernetes API server does not accept these credentials',
  forbidden:
    'failed to check the cert-manager API: it takes the right to create certificaterequests.cert-manager.io in this namespace',
  namespaceMissing: 'failed to check the cert-manager API: the namespace does not exist',
  crdsMissing: 'the cert-manager CRDs are not yet installed on the Kubernetes API server',
  serviceMissing: 'the cert-manager webhook service is not created yet',
  deploymentNotReady: 'the cert-manager webhook deployment is not ready yet',
  webhookSilent:
    'the cert-manager webhook does not answer the Kubernetes API server: it is starting, or a firewall or network policy keeps the two apart',
  caNotInjected: 'the cert-manager webhook CA bundle is not injected yet',
  certificateNotAccepted: 'the Kubernetes API server does not accept the certificate of the cert-manager webhook',
  mutationMissing: 'the cert-manager mutation webhook did not mutate the dry-run CertificateRequest object',
  mutatedIncorrectly:
    'the cert-manager validating webhook failed because the dry-run CertificateRequest object was mutated incorrectly',
  validationMissing: 'the cert-manager validating webhook did not validate the dry-run CertificateRequest object',
};

/** A problem with its usual sentence. */
export function apiProblem(kind: Exclude<ApiProblemKind, 'other'>, detail?: string): ApiProblem {
  return { kind, message: messages[kind], ...(detail === undefined ? {} : { detail }) };
}

/** Why the API server could not call a webhook, in Go's words, the first that fits. */
const callFailures: readonly (readonly [RegExp, Exclude<ApiProblemKind, 'other'>])[] = [
  [/\bservice "[^"]*" not found/, 'serviceMissing'],
  [/x509: certificate signed by unknown authority|unable to load root certificates/, 'caNotInjected'],
  [/x509: /, 'certificateNotAccepted'],
  [/no endpoints available for service|no service port|connection refused/, 'deploymentNotReady'],
  [/connection reset by peer|: EOF\b|remote error: tls: /, 'deploymentNotReady'],
  [/context deadline exceeded|i\/o timeout|Timeout exceeded|no route to host|network is unreachable/, 'webhookSilent'],
];

/**
 * What an unsuccessful dry-run says about the API. `served` tells whether the API server serves CertificateRequests; it only counts for an
 * answer of 404.
 */
export function problemOf(error: unknown, served: boolean): ApiProblem {
  if (!(error instanceof ApiError))
    return { kind: 'other', message: error instanceof Error ? error.message : String(error) };
  const { status, message } = error;
  if (status === 0) return apiProblem('unreachable', message);
  if (status === 401) return apiProblem('unauthorized', message);
  if (status === 404) return served ? apiProblem('namespaceMissing', message) : apiProblem('crdsMissing');
  // Nothing but its webhooks keeps the API server from answering a dry-run in time.
  if (status === 504) return apiProblem('webhookSilent', message);
  if (isDenial(error)) return apiProblem('mutatedIncorrectly', message);
  if (message.includes(`failed calling webhook "${webhookName}"`)) {
    const found = callFailures.find(([pattern]) => pattern.test(message));
    return found === undefined ? { kind: 'other', message } : apiProblem(found[1], message);
  }
  if (status === 403 && /^certificaterequests\.cert-manager\.io .*is forbidden/.test(message)) {
    return apiProblem('forbidden', message);
  }
  return { kind: 'other', message: `failed to check the cert-manager API: ${message}` };
}

/** Whether our validating webhook denied the request. */
export function isDenial(error: unknown): boolean {
  return error instanceof ApiError && error.message.includes(`admission webhook "${webhookName}" denied the request: `);
}
