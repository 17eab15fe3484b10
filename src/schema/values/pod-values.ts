// Settings that several components have in the same form: image, service account, security contexts, scheduling, probes, policies.
import {
  bool,
  type Group,
  group,
  object,
  objects,
  oneOf,
  stringMap,
  text,
  texts,
  type Value,
  whole,
  wholeOrText,
} from './value.ts';

export const image = (component: string): Group =>
  group(`The image of the ${component}.`, {
    registry: text(
      'Registry for this image alone, before `repository` or in place of `imageRegistry`. Deprecated: use `imageRegistry`.',
      {
        example: 'registry.example.com',
      },
    ),
    repository: text('The whole name of the image without its tag; wins over `imageRegistry` and `imageNamespace`.', {
      default: '',
      example: 'registry.example.com/mirror/certwright',
    }),
    name: text('The last part of the name, after `imageRegistry` and `imageNamespace`.', { default: 'certwright' }),
    tag: text("The tag; unset: the chart's appVersion.", { example: 'v0.1.0' }),
    digest: text('The digest, which fixes the content of the image.', {
      example: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    }),
    pullPolicy: oneOf('When the node fetches the image.', 'IfNotPresent', 'Always', 'Never'),
  });

export function serviceAccount(component: string, annotations?: Readonly<Record<string, string>>): Group {
  return group(`The ServiceAccount of the ${component}.`, {
    create: bool('Make one. Otherwise `name` must be there already.', { default: true }),
    name: text('Its name; unset: that of the component if it is made here, else `default`.', { example: 'my-account' }),
    annotations: stringMap('Its annotations, e.g. the role of a cloud. Values are templates.', {
      ...(annotations === undefined ? {} : { default: annotations }),
      example: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/cert-manager' },
    }),
    labels: stringMap('Its labels.', { example: { team: 'platform' } }),
    automountServiceAccountToken: bool('Whether pods that use it get its token by default.', { default: true }),
  });
}

/** How pods of a component run; `extra` stands beside `resources`. */
export function podValues(component: string): Readonly<Record<string, Value>> {
  return {
    resources: object('Requests and limits of the container.', {
      default: {},
      example: { requests: { cpu: '10m', memory: '64Mi' } },
    }),
    securityContext: object(
      'Security context of the pod. `enabled`, of old releases, is not handed on; false leaves the context out.',
      {
        default: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      },
    ),
    containerSecurityContext: object('Security context of the container.', {
      default: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
    }),
    nodeSelector: stringMap('Labels of the nodes to run on. `global.nodeSelector` wins on equal keys.', {
      default: { 'kubernetes.io/os': 'linux' },
    }),
    affinity: object('Affinity of the pods.', { default: {} }),
    tolerations: objects('Taints that the pods tolerate.', {
      default: [],
      example: [{ key: 'dedicated', operator: 'Exists' }],
    }),
    runtimeClassName: text(`RuntimeClass of the pods; wins over \`global.runtimeClassName\`.`, { default: '' }),
    automountServiceAccountToken: bool(`Whether the pods get the token of their ServiceAccount; unset: as that says.`, {
      example: false,
    }),
    enableServiceLinks: bool('Whether Services of the namespace become environment variables.', { default: false }),
    extraEnv: objects('More environment variables.', {
      default: [],
      example: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
    }),
    volumes: objects(`More volumes of the pods of the ${component}.`, { default: [] }),
    volumeMounts: objects('Where the container sees them.', { default: [] }),
    podLabels: stringMap('More labels of the pods.', { default: {} }),
    podAnnotations: stringMap('Annotations of the pods.', { example: { 'sidecar.istio.io/inject': 'false' } }),
  };
}

/** What a Deployment has over a Job. */
export function deploymentValues(component: string): Readonly<Record<string, Value>> {
  return {
    replicaCount: whole(`How many pods of the ${component} there are.`, { default: 1 }),
    strategy: object('How pods are replaced.', {
      default: {},
      example: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    }),
    podDisruptionBudget: group('How many pods may be evicted at once.', {
      enabled: bool('Make a PodDisruptionBudget.', { default: false }),
      minAvailable: wholeOrText('Pods that must stay; 1 where neither this nor `maxUnavailable` is set.', {
        example: 1,
      }),
      maxUnavailable: wholeOrText('Pods that may be away. Not together with `minAvailable`.', { example: 1 }),
      unhealthyPodEvictionPolicy: text('Whether pods that are not ready may always be evicted.', {
        example: 'AlwaysAllow',
        schema: { enum: ['IfHealthyBudget', 'AlwaysAllow'] },
      }),
    }),
    topologySpreadConstraints: objects('How the pods are spread.', { default: [] }),
    deploymentAnnotations: stringMap('Annotations of the Deployment.', {
      example: { 'reloader.example.com/auto': 'true' },
    }),
    extraArgs: texts(
      'More arguments; see docs/reference/flags.md. They come after those that the chart sets, and win.',
      {
        default: [],
      },
    ),
    featureGates: text('Features to switch, as `Name=true,Other=false`.', { default: '' }),
    config: object('Settings that are not flags, as the file of `--config`; `apiVersion` and `kind` may be left out.', {
      default: {},
    }),
  };
}

/** A ServiceAccount and pods alone: `ports` are the names of those that anybody may reach. */
export function networkPolicy(ports: readonly string[]): Group {
  const egress = [
    { port: 80, protocol: 'TCP' },
    { port: 443, protocol: 'TCP' },
    { port: 53, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
    { port: 6443, protocol: 'TCP' },
  ];
  return group('Who may talk to the pods, and to whom they may talk.', {
    enabled: bool('Make NetworkPolicies.', { default: false }),
    ingress: objects('Rules for what comes in.', {
      default: [{ ports: ports.map((port) => ({ port, protocol: 'TCP' })) }],
    }),
    egress: objects('Rules for what goes out.', { default: [{ ports: egress }] }),
  });
}

interface ProbeTimes {
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export function probe(description: string, times: ProbeTimes, members: Group['members'] = {}): Group {
  return group(description, {
    ...members,
    initialDelaySeconds: whole('Seconds before the first probe.', { default: times.initialDelaySeconds }),
    periodSeconds: whole('Seconds between probes.', { default: times.periodSeconds }),
    timeoutSeconds: whole('Seconds to wait for an answer.', { default: times.timeoutSeconds }),
    successThreshold: whole('Good answers after a bad one until all is well.', { default: times.successThreshold }),
    failureThreshold: whole('Bad answers in a row until something is done.', { default: times.failureThreshold }),
  });
}

export const serviceLabels = (fallback?: object): Value =>
  stringMap(
    'More labels of the Service.',
    fallback === undefined ? { example: { team: 'platform' } } : { default: fallback },
  );
export const serviceAnnotations = stringMap('Annotations of the Service.', {
  example: { 'example.com/scrape': 'true' },
});
