import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../src/base/errors.ts';
import { type ApiProblemKind, isDenial, problemOf } from '../../../src/cli/api-problem.ts';

const call = (why: string, name = 'webhook.cert-manager.io') =>
  new ApiError(
    500,
    'InternalError',
    `Internal error occurred: failed calling webhook "${name}": failed to call webhook: Post "https://cert-manager-webhook.cert-manager.svc:443/mutate?timeout=10s": ${why}`,
  );
const denied = (name: string) =>
  new ApiError(403, 'Forbidden', `admission webhook "${name}" denied the request: spec.request: Invalid value`);

const table: [string, unknown, boolean, ApiProblemKind, string][] = [
  [
    'nothing of the group',
    new ApiError(404, 'NotFound', '404 page not found'),
    false,
    'crdsMissing',
    'the cert-manager CRDs are not yet installed on the Kubernetes API server',
  ],
  [
    'no such namespace',
    new ApiError(404, 'NotFound', 'namespaces "nope" not found'),
    true,
    'namespaceMissing',
    'failed to check the cert-manager API: the namespace does not exist',
  ],
  [
    'no Service',
    call('service "cert-manager-webhook" not found'),
    true,
    'serviceMissing',
    'the cert-manager webhook service is not created yet',
  ],
  [
    'nobody listens',
    call('dial tcp 10.96.38.90:443: connect: connection refused'),
    true,
    'deploymentNotReady',
    'the cert-manager webhook deployment is not ready yet',
  ],
  [
    'no endpoints',
    call('no endpoints available for service "cert-manager-webhook"'),
    true,
    'deploymentNotReady',
    'the cert-manager webhook deployment is not ready yet',
  ],
  [
    'listens, and has no certificate yet',
    call('remote error: tls: internal error'),
    true,
    'deploymentNotReady',
    'the cert-manager webhook deployment is not ready yet',
  ],
  [
    'closes the connection',
    call('EOF'),
    true,
    'deploymentNotReady',
    'the cert-manager webhook deployment is not ready yet',
  ],
  [
    'no CA, in the words of older API servers',
    call(
      'x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "cert-manager-webhook-ca")',
    ),
    true,
    'caNotInjected',
    'the cert-manager webhook CA bundle is not injected yet',
  ],
  [
    'no CA, in the words of newer API servers',
    call('tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    true,
    'caNotInjected',
    'the cert-manager webhook CA bundle is not injected yet',
  ],
  [
    'a certificate for another name',
    call('tls: failed to verify certificate: x509: certificate is valid for a.svc, not b.svc'),
    true,
    'certificateNotAccepted',
    'the Kubernetes API server does not accept the certificate of the cert-manager webhook',
  ],
  [
    'packets get lost',
    call('context deadline exceeded'),
    true,
    'webhookSilent',
    'the cert-manager webhook does not answer the Kubernetes API server: it is starting, or a firewall or network policy keeps the two apart',
  ],
  [
    'the API server waits too long',
    new ApiError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout'),
    true,
    'webhookSilent',
    'the cert-manager webhook does not answer the Kubernetes API server: it is starting, or a firewall or network policy keeps the two apart',
  ],
  [
    'no rights',
    new ApiError(
      403,
      'Forbidden',
      'certificaterequests.cert-manager.io is forbidden: User "u" cannot create resource "certificaterequests" in API group "cert-manager.io" in the namespace "default"',
    ),
    true,
    'forbidden',
    'failed to check the cert-manager API: it takes the right to create certificaterequests.cert-manager.io in this namespace',
  ],
  [
    'our own webhook denies the valid one',
    denied('webhook.cert-manager.io'),
    true,
    'mutatedIncorrectly',
    'the cert-manager validating webhook failed because the dry-run CertificateRequest object was mutated incorrectly',
  ],
  [
    "somebody else's webhook denies",
    denied('validate.kyverno.svc-fail'),
    true,
    'other',
    'failed to check the cert-manager API: admission webhook "validate.kyverno.svc-fail" denied the request: spec.request: Invalid value',
  ],
  [
    "somebody else's webhook is dead",
    call('service "kyverno" not found', 'validate.kyverno.svc-fail'),
    true,
    'other',
    `failed to check the cert-manager API: ${call('service "kyverno" not found', 'validate.kyverno.svc-fail').message}`,
  ],
  [
    'no API server',
    new ApiError(0, 'Unreachable', 'POST /apis: ECONNREFUSED'),
    true,
    'unreachable',
    'the Kubernetes API server does not answer',
  ],
  [
    'wrong credentials',
    new ApiError(401, 'Unauthorized', 'Unauthorized'),
    true,
    'unauthorized',
    'the Kubernetes API server does not accept these credentials',
  ],
  ['anything else', new Error('no such file'), true, 'other', 'no such file'],
];
for (const [name, error, served, kind, message] of table) {
  test(`what keeps the API from being used: ${name}`, () => {
    const problem = problemOf(error, served);
    assert.deepEqual([problem.kind, problem.message], [kind, message]);
  });
}

const denials: [string, unknown, boolean][] = [
  ['by our webhook', denied('webhook.cert-manager.io'), true],
  ['by another', denied('webhook.example.com'), false],
  ['a failed call', call('EOF'), false],
  ['no answer', new Error('webhook.cert-manager.io'), false],
];
for (const [name, error, expected] of denials) {
  test(`a denial: ${name}`, () => assert.equal(isDenial(error), expected));
}
