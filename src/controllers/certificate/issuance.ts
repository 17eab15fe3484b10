// The writes that begin an issuance, carry it on and end it: what `decide` and `settle` share. Pure.
import { components } from '../../api/components.ts';
import { certificateRequests } from '../../api/kinds.ts';
import type { Action, Manifest } from '../../kube/reconcile.ts';
import { secrets } from '../../kube/resources.ts';
import { deleteRequests, deleteSecrets, type Event, normal, told, warning } from './actions.ts';
import type { NewRequest, Start } from './call.ts';
import { keySecretFor, requestFor } from './new-request.ts';
import { requestsToDelete } from './revisions.ts';
import type { CertificateSettings, SecretFacts, Seen } from './seen.ts';
import type { StatusChange } from './status.ts';

/** Issuing becomes True; the key Secret, where one will be made, is named before it exists, so that a crash cannot leave a second one. */
export function started(
  seen: Seen,
  start: Start,
  keySecretName: string | undefined,
  settings: CertificateSettings,
  now: Date,
): readonly Action[] {
  const { reason, message, suspended, windowWarning } = start;
  const events: Event[] = [normal(seen, components.trigger, 'Issuing', message)];
  if (windowWarning !== undefined) events.unshift(warning(seen, components.trigger, 'WindowError', windowWarning));
  const change: StatusChange = {
    issuing: { status: 'True', reason, message },
    suspended,
    ...(keySecretName === undefined ? {} : { nextKey: keySecretName }),
  };
  return told(seen, change, settings, now, events);
}

/** The Secret of the next private key. */
export function keyStored(
  seen: Seen,
  name: string,
  keyPem: string,
  from: 'new' | 'target',
  problem: string | undefined,
): readonly Action[] {
  const { secretName } = seen.certificate.spec;
  const event =
    from === 'new'
      ? normal(
          seen,
          components.keyManager,
          'Generated',
          `Stored new private key in temporary Secret resource "${name}"`,
        )
      : normal(
          seen,
          components.keyManager,
          'Reused',
          `Reusing private key stored in existing Secret resource "${secretName}"`,
        );
  const warnings = problem === undefined ? [] : [warning(seen, components.keyManager, 'DecodeFailed', problem)];
  return [
    ...warnings,
    { kind: 'create', by: components.keyManager, resource: secrets, manifest: keySecretFor(seen, name, keyPem) },
    event,
  ];
}

/** The CertificateRequest for the next revision. */
export function requested(
  seen: Seen,
  request: NewRequest,
  keySecretName: string,
  settings: CertificateSettings,
): readonly Action[] {
  const manifest = requestFor(seen, request, keySecretName, settings);
  const by = components.requestManager;
  return [
    { kind: 'create', by, resource: certificateRequests, manifest },
    normal(seen, by, 'Requested', `Created new CertificateRequest resource "${request.name}"`),
  ];
}

/** The certificate is stored: the issuance is over, and what it needed goes. `facts` are those of the Secret about to be written. */
export function ended(
  seen: Seen,
  manifest: Manifest,
  facts: SecretFacts,
  revision: number,
  settings: CertificateSettings,
  now: Date,
): readonly Action[] {
  const { certificate } = seen;
  // What an ACME server said was about the certificate that is gone: kept, it could renew the new one at once.
  const { acme: _past, ...status } = certificate.status ?? {};
  const after: Seen = { ...seen, secret: facts, certificate: { ...certificate, status: { ...status, revision } } };
  const keys = settings.stages.has('key-manager');
  const change: StatusChange = {
    issuing: 'remove',
    failure: 'clear',
    acme: 'remove',
    revision,
    ...(keys ? { nextKey: 'remove' } : {}),
  };
  const event = normal(seen, components.issuing, 'Issuing', 'The certificate has been successfully issued');
  const past = settings.stages.has('revision-manager') ? requestsToDelete(after) : [];
  return [
    { kind: 'apply', by: components.issuing, resource: secrets, manifest },
    ...told(seen, change, settings, now, [event], after),
    ...(keys ? deleteSecrets(seen.keySecrets) : []),
    ...deleteRequests(past, components.revisionManager),
  ];
}
