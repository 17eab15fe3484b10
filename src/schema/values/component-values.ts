// The values of webhook, cainjector, acmesolver and startupapicheck.
import {
  deploymentValues,
  image,
  networkPolicy,
  podValues,
  probe,
  serviceAccount,
  serviceAnnotations,
  serviceLabels,
} from './pod-values.ts';
import { bool, type Group, group, oneOf, stringMap, text, texts, whole } from './value.ts';

const namespaceSelector = (fallback: object): Group['members'] => ({
  namespaceSelector: {
    description: 'Namespaces whose objects it is asked about.',
    schema: {
      type: 'object',
      properties: { matchLabels: { type: 'object' }, matchExpressions: { type: 'array', items: { type: 'object' } } },
      additionalProperties: false,
    },
    default: fallback,
  },
});

export const webhookValues: Group = group('The webhook, which the API server asks about each of our objects.', {
  image: image('webhook'),
  ...deploymentValues('webhook'),
  timeoutSeconds: whole('How long the API server waits for an answer.', {
    default: 30,
    schema: { minimum: 1, maximum: 30 },
  }),
  securePort: whole('Port of the container.', { default: 10250, schema: { minimum: 1, maximum: 65535 } }),
  hostNetwork: bool(
    "Use the node's network, where the API server cannot reach pods. Needs a free `securePort` on the nodes.",
    {
      default: false,
    },
  ),
  serviceType: text('Type of the Service.', {
    default: 'ClusterIP',
    schema: { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
  }),
  loadBalancerIP: text('Address for a Service of type LoadBalancer.', { example: '192.0.2.10' }),
  serviceLabels: serviceLabels({}),
  serviceAnnotations,
  serviceIPFamilyPolicy: text('IP families of the Service: policy.', { default: '' }),
  serviceIPFamilies: texts('IP families of the Service, in their order.', { default: [] }),
  url: group('Where the API server finds the webhook, if not through its Service.', {
    host: text('Host, with or without port.', { example: 'webhook.example.com:8443' }),
  }),
  enableClientVerification: bool('Answer only clients with a certificate of `clientCAFile`.', { default: false }),
  clientCAFile: text('Path of the file with the CA of the API server, from `volumes`.', { default: '' }),
  apiserverClientCertSubjects: text('Names of which a client certificate must have one, comma-separated; empty: any.', {
    default: '',
  }),
  mutatingWebhookConfiguration: group('What sets who asked for a certificate.', namespaceSelector({})),
  mutatingWebhookConfigurationAnnotations: stringMap('Annotations of the MutatingWebhookConfiguration.', {
    example: { team: 'platform' },
  }),
  validatingWebhookConfiguration: group(
    'What checks objects.',
    namespaceSelector({
      matchExpressions: [{ key: 'cert-manager.io/disable-validation', operator: 'NotIn', values: ['true'] }],
    }),
  ),
  validatingWebhookConfigurationAnnotations: stringMap('Annotations of the ValidatingWebhookConfiguration.', {
    example: { team: 'platform' },
  }),
  serviceAccount: serviceAccount('webhook'),
  ...podValues('webhook'),
  livenessProbe: probe('The probe that restarts a webhook which hangs.', {
    initialDelaySeconds: 60,
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  }),
  readinessProbe: probe('The probe that keeps questions from a webhook without a certificate.', {
    initialDelaySeconds: 5,
    periodSeconds: 5,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  }),
  networkPolicy: networkPolicy(['https', 'healthcheck', 'http-metrics']),
});

export const cainjectorValues: Group = group(
  'cainjector, which writes CA bundles into webhooks, CRDs and API services.',
  {
    enabled: bool('Run it. The webhook needs it, or somebody else who writes its CA bundle.', { default: true }),
    image: image('cainjector'),
    ...deploymentValues('cainjector'),
    serviceAccount: serviceAccount('cainjector'),
    ...podValues('cainjector'),
    networkPolicy: networkPolicy(['http-metrics']),
    serviceLabels: serviceLabels({}),
    serviceAnnotations,
  },
);

/** The controller knows the name of the image alone: how it is fetched is fixed. */
function solverImage(): Group {
  const all = image('solver pods');
  const pullPolicy = text('Can only be IfNotPresent.', { default: 'IfNotPresent', schema: { const: 'IfNotPresent' } });
  return { ...all, members: { ...all.members, pullPolicy } };
}

export const acmesolverValues: Group = group('What answers HTTP01 challenges.', {
  mode: {
    ...oneOf(
      'A pod for each challenge (`pods`), or every replica of the controller, behind one Service (`shared`): then a challenge needs an Ingress beside that Service and nothing else. Solvers with `ingress.name` or for the Gateway API use pods all the same.',
      'pods',
      'shared',
    ),
    ours: true,
  },
  serviceType: {
    ...oneOf(
      'Type of that Service, for ingress controllers that reach none of type ClusterIP. Only with `mode: shared`.',
      'ClusterIP',
      'NodePort',
    ),
    ours: true,
  },
  image: solverImage(),
  runtimeClassName: text('RuntimeClass of solver pods.', { default: '' }),
});

const hook = (weight: string): Readonly<Record<string, string>> => ({
  'helm.sh/hook': 'post-install',
  'helm.sh/hook-weight': weight,
  'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
});

export const startupapicheckValues: Group = group(
  'A Job that ends the installation once Certificates can be applied.',
  {
    enabled: bool('Have it.', { default: true }),
    image: image('check'),
    timeout: text('How long it waits.', { default: '1m' }),
    backoffLimit: whole('How often it is started anew.', { default: 4 }),
    ttlSecondsAfterFinished: whole('Seconds after which the finished Job is deleted.', { example: 600 }),
    jobAnnotations: stringMap('Annotations of the Job; they make it a hook.', { default: hook('1') }),
    rbac: group('Its Role and RoleBinding.', {
      annotations: stringMap('Their annotations; they make them hooks.', { default: hook('-5') }),
    }),
    extraArgs: texts('More arguments.', { default: ['-v'] }),
    serviceAccount: serviceAccount('check', hook('-5')),
    ...podValues('check'),
  },
);
