// From the objects that answer an HTTP-01 challenge, as they are, to the writes that make them what they should be, and to those that remove them.
// What should be there is src/solvers/http01's business. Pure.
import type { KubeObject, ResourceType } from '../../api/meta.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Action, Manifest } from '../../kube/reconcile.ts';
import { httpRoutes, ingresses, pods, services } from '../../kube/resources.ts';
import type { FoundObjects, Http01Seen, PodSeen, RouteSeen } from './seen.ts';
import { by } from './status.ts';

/** Nothing where all is as it should be. */
export function objectActions({ found, wanted }: Http01Seen): readonly Action[] {
  const pod = ensured(pods, found.pods, wanted.pod, isUsable);
  const service = ensured(services, found.services, wanted.service, () => true);
  const ingress = ensured(ingresses, found.ingresses, directed(wanted.ingress, service.name), (each) =>
    leadsTo(each, backendOf(wanted.ingress, service.name)),
  );
  return [
    ...pod.actions,
    ...service.actions,
    ...ingress.actions,
    ...routeActions(found, directed(wanted.httpRoute, service.name)),
  ];
}

/** The name of the Service that an Ingress which is changed in place leads to. */
export function serviceName({ found, wanted }: Http01Seen): string {
  return ensured(services, found.services, wanted.service, () => true).name ?? '';
}

/** Deletes everything that was made for the Challenge. */
export function removalActions(found: FoundObjects): readonly Action[] {
  const of = (resource: ResourceType, objects: readonly KubeObject[]) =>
    objects.filter(isAlive).map((each) => deletion(resource, each));
  return [
    ...of(pods, found.pods),
    ...of(services, found.services),
    ...of(ingresses, found.ingresses),
    ...of(httpRoutes, found.httpRoutes),
  ];
}

/** A pod that has ended answers nobody any more, and never will (issue 7768). */
function isUsable({ status }: PodSeen): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

const isAlive = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp === undefined;

/** One object that is good: of several the first is kept, of none one is made. `name` is then its name. */
function ensured<T extends KubeObject>(
  resource: ResourceType,
  found: readonly T[],
  wanted: Manifest | undefined,
  isGood: (object: T) => boolean,
): { readonly actions: readonly Action[]; readonly name: string | undefined } {
  const alive = found.filter(isAlive);
  const good = wanted === undefined ? undefined : alive.find(isGood);
  const actions: Action[] = alive.filter((each) => each !== good).map((each) => deletion(resource, each));
  if (good !== undefined || wanted === undefined) return { actions, name: good?.metadata.name };
  const name = freeName(wanted.metadata.name, found);
  const manifest = { ...wanted, metadata: { ...wanted.metadata, name } };
  return { actions: [...actions, { kind: 'create', by, resource, manifest }], name };
}

/** What is being deleted may keep its name for long: a pod on a node that is gone, an Ingress that its controller holds. */
function freeName(name: string, found: readonly KubeObject[]): string {
  const taken = found.map(({ metadata }) => metadata.name);
  const names = [name, ...found.map(({ metadata }) => `${name}-${metadata.uid.slice(0, 5)}`)];
  return names.find((each) => !taken.includes(each)) ?? name;
}

function routeActions({ httpRoutes: found }: FoundObjects, wanted: Manifest | undefined): readonly Action[] {
  const { actions, name } = ensured(httpRoutes, found, wanted, () => true);
  const kept = found.find(({ metadata }) => metadata.name === name && metadata.deletionTimestamp === undefined);
  if (kept === undefined || wanted === undefined) return actions;
  const labels = wanted.metadata['labels'] as Readonly<Record<string, string>> | undefined;
  if (isWithin(wanted['spec'], kept.spec) && isWithin(labels ?? {}, kept.metadata.labels ?? {})) return actions;
  const object = {
    ...kept,
    metadata: { ...kept.metadata, labels: { ...kept.metadata.labels, ...labels } },
    spec: wanted['spec'],
  };
  return [...actions, { kind: 'update', by, resource: httpRoutes, object }];
}

/** Whether `whole` says all that `part` says; the API server adds defaults, others add members. Lists must be of one length. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null) return deepEqual(part, whole);
  if (typeof whole !== 'object' || whole === null || Array.isArray(part) !== Array.isArray(whole)) return false;
  if (Array.isArray(part) && part.length !== (whole as readonly unknown[]).length) return false;
  const members = whole as Readonly<Record<string, unknown>>;
  return Object.entries(part).every(([name, value]) => value === undefined || isWithin(value, members[name]));
}

function deletion(resource: ResourceType, { metadata }: KubeObject): Action {
  const { name, namespace, uid } = metadata;
  return { kind: 'delete', by, resource, key: namespace === undefined ? { name } : { namespace, name }, uid };
}

interface IngressSpec {
  readonly rules?: readonly {
    readonly http?: {
      readonly paths?: readonly { readonly backend?: { readonly service?: { readonly name?: string } } }[];
    };
  }[];
}

interface RouteSpec {
  readonly rules?: readonly { readonly backendRefs?: readonly { readonly name?: string }[] }[];
}

function serviceNamesOf(spec: unknown): readonly (string | undefined)[] {
  const { rules = [] } = (spec ?? {}) as IngressSpec;
  return rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend?.service?.name));
}

function backendOf(wanted: Manifest | undefined, name: string | undefined): string | undefined {
  return name ?? serviceNamesOf(wanted?.['spec'])[0];
}

const leadsTo = ({ spec }: RouteSeen, name: string | undefined): boolean =>
  serviceNamesOf(spec).every((each) => each === name);

/** The route to the Service as it is really named: one that another version made has a generated name. */
function directed(route: Manifest | undefined, name: string | undefined): Manifest | undefined {
  if (route === undefined || name === undefined) return route;
  const { rules = [] } = (route['spec'] ?? {}) as IngressSpec & RouteSpec;
  const turned = rules.map((rule) => ({
    ...rule,
    ...(rule.http === undefined
      ? {}
      : {
          http: {
            ...rule.http,
            paths: (rule.http.paths ?? []).map((path) => ({
              ...path,
              backend: { ...path.backend, service: { ...path.backend?.service, name } },
            })),
          },
        }),
    ...('backendRefs' in rule
      ? { backendRefs: (rule.backendRefs as object[]).map((each) => ({ ...each, name })) }
      : {}),
  }));
  return { ...route, spec: { ...(route['spec'] as object), rules: turned } };
}
