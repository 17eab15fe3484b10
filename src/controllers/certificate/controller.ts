// The Certificate controller: its four steps bound to what they need, and which change of what wakes which Certificate.
import type { Certificate } from '../../api/certificate.ts';
import { conditionOf, conditionTypes, isTrue } from '../../api/conditions.ts';
import type { Issuer } from '../../api/issuer.ts';
import { annotations } from '../../api/labels.ts';
import type { Key, KubeObject } from '../../api/meta.ts';
import type { Collection } from '../../kube/collection.ts';
import { keyOf } from '../../kube/collection.ts';
import type { Execute } from '../../kube/execute.ts';
import { type Action, type Controller, call } from '../../kube/reconcile.ts';
import type { Call, Outcome } from './call.ts';
import { decide } from './decide.ts';
import { issuerIndexValue } from './indexes.ts';
import type { CertificateIo } from './io.ts';
import { type CertificateCollections, observe } from './observe.ts';
import { perform } from './perform.ts';
import { Repeats, repeatedBy } from './repeats.ts';
import type { CertificateSettings, Seen } from './seen.ts';
import { settle } from './settle.ts';

export interface CertificateDeps {
  readonly collections: CertificateCollections;
  readonly io: CertificateIo;
  readonly settings: CertificateSettings;
}

interface BoundCall {
  readonly seen: Seen;
  readonly call: Call;
}

export interface CertificateController extends Controller<Seen, BoundCall, Outcome> {
  /** The `execute` that the controller is started with must go through it, so that what is undone or refused over and over is noticed. */
  guard(execute: Execute): Execute;
}

export function createCertificateController({ collections, io, settings }: CertificateDeps): CertificateController {
  const memory = new Repeats();
  const bounds = new WeakMap<readonly Action[], BoundCall>();
  return {
    name: 'certificates',
    observe: async (key, signal) => {
      const seen = await observe(key, collections, io, signal);
      if (seen === undefined) return undefined;
      return { ...seen, asksServer: asksServer(seen, settings), ...memory.of(seen.certificate) };
    },
    decide(seen, now) {
      const decision = decide(seen, settings, now);
      return decision.kind === 'call' ? call({ seen, call: decision.call }) : decision;
    },
    perform: async (bound, signal) => {
      const outcome = await perform(bound.seen, bound.call, settings, io, signal);
      return stillThere(bound.seen.certificate, collections) ? outcome : { kind: 'gone' };
    },
    settle(seen, bound, outcome, now) {
      const writes = settle(seen, bound.call, outcome, settings, now);
      if (outcome.kind !== 'blocked' && writes.actions.length > 0) bounds.set(writes.actions, bound);
      return writes;
    },
    guard: (execute) => async (actions, signal) => {
      const bound = bounds.get(actions);
      try {
        await execute(actions, signal);
      } catch (error) {
        if (bound !== undefined) memory.failed(current(bound, collections), actions, error, io.now());
        throw error;
      }
      if (bound !== undefined) memory.done(current(bound, collections), repeatedBy(bound.seen, bound.call), io.now());
    },
  };
}

function asksServer({ issuer }: Seen, { gates }: CertificateSettings): boolean {
  if (!gates.ACMEUseARI || issuer.kind !== 'found' || issuer.issuer.spec.acme === undefined) return false;
  return isTrue(issuer.issuer.status?.conditions, conditionTypes.Ready);
}

/** The Certificate as the store has it now: the writes may have changed its status before one failed. */
function current({ seen }: BoundCall, { certificates }: CertificateCollections): Certificate {
  return certificates.get(keyOf(seen.certificate)) ?? seen.certificate;
}

// A Certificate that was deleted while its key was made must leave nothing behind (upstream #8962).
function stillThere(certificate: Certificate, { certificates }: CertificateCollections): boolean {
  const now = certificates.get(keyOf(certificate));
  return now?.metadata.uid === certificate.metadata.uid && now.metadata.deletionTimestamp === undefined;
}

/** A collection, and the Certificates that a change in it concerns. `undefined` stands for an object that is not there (any more, or yet). */
export interface Waking<T extends KubeObject> {
  readonly collection: Collection<T>;
  keys(object: T | undefined, previous: T | undefined): readonly Key[];
}

/** Which changes wake which Certificates. */
export function certificateWakings(collections: CertificateCollections): readonly Waking<never>[] {
  const { certificates, requests, secrets, issuers, clusterIssuers } = collections;
  const wakings: Waking<never>[] = [
    waking(certificates, (object, previous) => [
      ...(object === undefined ? [] : [keyOf(object)]),
      ...sharersOf(object, previous, certificates),
    ]),
    waking(requests, (object, previous) => [
      ...ownersOf(object ?? previous),
      ...nameSeekers(object ?? previous, certificates),
    ]),
    waking(secrets, (object, previous) => {
      const secret = object ?? previous;
      if (secret === undefined) return [];
      const named = `${secret.metadata.namespace}/${secret.metadata.name}`;
      const concerned = [...certificates.by('secretName', named), ...certificates.by('passwordSecret', named)];
      return [...ownersOf(secret), ...concerned.map(keyOf)];
    }),
    waking(issuers, (object, previous) => waitingFor(object ?? previous, certificates)),
  ];
  if (clusterIssuers !== undefined)
    wakings.push(waking(clusterIssuers, (object, previous) => waitingFor(object ?? previous, certificates)));
  return wakings;
}

function waking<T extends KubeObject>(collection: Collection<T>, keys: Waking<T>['keys']): Waking<never> {
  return { collection, keys } as unknown as Waking<never>;
}

/** The others that name the same Secret: which of them owns it may have changed, but only where one came, went or was edited. */
function sharersOf(
  object: Certificate | undefined,
  previous: Certificate | undefined,
  certificates: Collection<Certificate>,
): readonly Key[] {
  if (object !== undefined && object.spec.secretName === previous?.spec.secretName) return [];
  const names = new Set([object?.spec.secretName, previous?.spec.secretName].filter((name) => name !== undefined));
  const namespace = (object ?? previous)?.metadata.namespace;
  return [...names].flatMap((name) => certificates.by('secretName', `${namespace}/${name}`).map(keyOf));
}

/** The Certificate that controls an object, or that a request says it was made for. */
function ownersOf(object: KubeObject | undefined): readonly Key[] {
  if (object === undefined) return [];
  const { namespace, ownerReferences, annotations: notes } = object.metadata;
  const owner = ownerReferences?.find(
    (reference) => reference.controller === true && reference.kind === 'Certificate',
  )?.name;
  const named = object.kind === 'CertificateRequest' ? notes?.[annotations.certificateName] : undefined;
  const names = new Set([owner, named].filter((name) => name !== undefined));
  return [...names].map((name) => ({ ...(namespace === undefined ? {} : { namespace }), name }));
}

/** The Certificates whose next request gets this name: whoever holds it stands in their way. */
function nameSeekers(request: KubeObject | undefined, certificates: Collection<Certificate>): readonly Key[] {
  if (request === undefined) return [];
  const { namespace = '', name } = request.metadata;
  return certificates.by('requestName', `${namespace}/${name}`).map(keyOf);
}

/** The Certificates that are waiting for an issuer; those that are served are not woken by its every change. */
function waitingFor(issuer: Issuer | undefined, certificates: Collection<Certificate>): readonly Key[] {
  if (issuer === undefined) return [];
  const { namespace, name } = issuer.metadata;
  return certificates
    .by('issuer', issuerIndexValue(issuer.kind, namespace, name))
    .filter(isWaiting)
    .map(keyOf);
}

function isWaiting({ status }: Certificate): boolean {
  return (
    isTrue(status?.conditions, conditionTypes.Issuing) ||
    conditionOf(status?.conditions, conditionTypes.Ready)?.status !== 'True'
  );
}
