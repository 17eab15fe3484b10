// Targets of the CA injection as users would apply them, and the Secrets and Certificates that they name, for tests on a real API server.
import type { KubeObject } from '../../src/api/meta.ts';
import { apiServices, definitions, type TargetKind } from '../../src/controllers/cainjector/targets.ts';
import { apiVersionOf } from '../../src/kube/resources.ts';
import type { Manifest as AnyManifest } from './api-client.ts';
import { base64 } from './injection-builders.ts';

type Manifest = AnyManifest & { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };

export const annotation = {
  fromSecret: 'cert-manager.io/inject-ca-from-secret',
  fromCertificate: 'cert-manager.io/inject-ca-from',
  fromApiServer: 'cert-manager.io/inject-apiserver-ca',
} as const;

/** Nothing on these paths answers, and no rule matches anything that exists. */
const service = { namespace: 'nowhere', name: 'web', path: '/' };
const hook = (name: string, caBundle?: string) => ({
  name: `${name}.web.example`,
  clientConfig: { service, ...(caBundle === undefined ? {} : { caBundle: base64(caBundle) }) },
  rules: [{ apiGroups: ['nothing.example'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] }],
  failurePolicy: 'Ignore',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
});

/** A whole manifest. `name` has to be unique within its kind. Webhook configurations have two webhooks unless `hooks` says which. */
export function targetManifest(
  kind: TargetKind,
  name: string,
  annotations: Readonly<Record<string, string>>,
  options: { readonly caBundle?: string; readonly hooks?: readonly string[] } = {},
): Manifest {
  const { caBundle, hooks = ['a', 'b'] } = options;
  const head = { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind };
  const bundle = caBundle === undefined ? {} : { caBundle: base64(caBundle) };
  if (kind === apiServices) {
    const { path: _, ...backend } = service;
    const spec = { group: `${name}.served.example`, version: 'v1', groupPriorityMinimum: 1000, versionPriority: 15 };
    return {
      ...head,
      metadata: { name: nameOfTarget(kind, name), annotations },
      spec: { ...spec, service: backend, ...bundle },
    };
  }
  if (kind === definitions) {
    const clientConfig = { service, ...bundle };
    const conversion = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
    return {
      ...head,
      metadata: { name: nameOfTarget(kind, name), annotations },
      spec: { ...definitionSpec(name), conversion },
    };
  }
  return { ...head, metadata: { name, annotations }, webhooks: hooks.map((each) => hook(each, caBundle)) };
}

/** The API server wants names of these kinds to say what they define. */
export function nameOfTarget(kind: TargetKind, name: string): string {
  if (kind === apiServices) return `v1.${name}.served.example`;
  return kind === definitions ? `things.${name}.example` : name;
}

function definitionSpec(name: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    group: `${name}.example`,
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [{ name: 'v1', served: true, storage: true, schema }],
  };
}

/** A CustomResourceDefinition that converts nothing. */
export function withoutConversion(name: string, annotations: Readonly<Record<string, string>>): Manifest {
  const head = { apiVersion: apiVersionOf(definitions.resource), kind: definitions.resource.kind };
  return { ...head, metadata: { name: nameOfTarget(definitions, name), annotations }, spec: definitionSpec(name) };
}

export function caSecret(
  namespace: string,
  name: string,
  ca: string | undefined,
  annotations: Readonly<Record<string, string>> = { 'cert-manager.io/allow-direct-injection': 'true' },
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, annotations },
    data: { 'tls.key': base64('a private key'), ...(ca === undefined ? {} : { 'ca.crt': base64(ca) }) },
  };
}

/** The bundles of a target, as text. */
export function bundlesOf(kind: TargetKind, live: KubeObject): readonly string[] {
  return kind.slots(live).map(({ caBundle }) => Buffer.from(caBundle, 'base64').toString());
}
