// The four kinds of objects that hold CA bundles: where they are served, where in them the bundles lie, and how one is applied. Pure.
import type { KubeObject, ResourceType } from '../../api/meta.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import { apiVersionOf, customResourceDefinitions } from '../../kube/resources.ts';

/** A place for a bundle: base64, empty where there is none. */
export interface Slot {
  /** Of the webhook, where an object has several. */
  readonly name: string;
  readonly caBundle: string;
}

export interface TargetKind {
  /** Upstream's name of its controller, in metrics. */
  readonly controller: string;
  readonly resource: ResourceType;
  /** The places of a whole object; none where it has no use for a bundle. */
  slots(live: KubeObject): readonly Slot[];
  /** The fields that give `slots` their bundles. */
  fields(slots: readonly Slot[]): Readonly<Record<string, unknown>>;
}

interface ClientConfig {
  readonly caBundle?: string;
}
type Webhooks = KubeObject & {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: ClientConfig }[];
};
type ApiService = KubeObject & {
  readonly spec?: { readonly service?: object | null; readonly caBundle?: string | null };
};
type Definition = KubeObject & {
  readonly spec?: {
    readonly conversion?: { readonly strategy?: string; readonly webhook?: { readonly clientConfig?: ClientConfig } };
  };
};

const clusterScoped = (group: string, plural: string, kind: string): ResourceType => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

const webhooks = (plural: string, kind: string): TargetKind => ({
  controller: kind.toLowerCase(),
  resource: clusterScoped('admissionregistration.k8s.io', plural, kind),
  slots: (live) =>
    ((live as Webhooks).webhooks ?? []).map(({ name, clientConfig }) => ({
      name,
      caBundle: clientConfig?.caBundle ?? '',
    })),
  fields: (slots) => ({ webhooks: slots.map(({ name, caBundle }) => ({ name, clientConfig: { caBundle } })) }),
});

export const validatingWebhookConfigurations = webhooks(
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
);
export const mutatingWebhookConfigurations = webhooks('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration');

export const apiServices: TargetKind = {
  controller: 'apiservice',
  resource: clusterScoped('apiregistration.k8s.io', 'apiservices', 'APIService'),
  slots: (live) => {
    const { service, caBundle } = (live as ApiService).spec ?? {};
    // Served by the API server itself: it may have no bundle.
    return service === undefined || service === null ? [] : [{ name: '', caBundle: caBundle ?? '' }];
  },
  fields: ([slot]) => ({ spec: { caBundle: slot?.caBundle } }),
};

export const definitions: TargetKind = {
  controller: 'customresourcedefinition',
  resource: customResourceDefinitions,
  slots: (live) => {
    const { strategy, webhook } = (live as Definition).spec?.conversion ?? {};
    const { clientConfig } = webhook ?? {};
    return strategy !== 'Webhook' || clientConfig === undefined
      ? []
      : [{ name: '', caBundle: clientConfig.caBundle ?? '' }];
  },
  fields: ([slot]) => ({ spec: { conversion: { webhook: { clientConfig: { caBundle: slot?.caBundle } } } } }),
};

export const targetKinds: readonly TargetKind[] = [
  validatingWebhookConfigurations,
  mutatingWebhookConfigurations,
  definitions,
  apiServices,
];

/** What is applied: the bundles and nothing else, to exactly the object that was looked at. */
export function manifestFor(kind: TargetKind, live: KubeObject, slots: readonly Slot[]): Manifest {
  const { name, uid, resourceVersion } = live.metadata;
  return {
    apiVersion: apiVersionOf(kind.resource),
    kind: kind.resource.kind,
    metadata: { name, uid, resourceVersion },
    ...kind.fields(slots),
  };
}
