// The pod that answers one HTTP-01 challenge, with what the issuer's template changes. Pure.
import type { Challenge } from '../../api/challenge.ts';
import { annotations as keys } from '../../api/labels.ts';
import type { SolverPodTemplate } from '../../api/pod-template.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import { allLabels } from './labels.ts';
import { ownedMetadata } from './metadata.ts';
import { type Http01Settings, isSet, solverPort } from './settings.ts';

const annotations = { [keys.istioInject]: 'false', [keys.safeToEvict]: 'true' };

export function podFor(challenge: Challenge, settings: Http01Settings): Manifest {
  const { metadata = {}, spec = {} } = templateOf(challenge) ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: ownedMetadata(challenge, allLabels(challenge, settings, metadata.labels), {
      ...annotations,
      ...metadata.annotations,
    }),
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'OnFailure',
      nodeSelector: { 'kubernetes.io/os': 'linux', ...spec.nodeSelector },
      ...(isSet(settings.runtimeClassName) ? { runtimeClassName: settings.runtimeClassName } : {}),
      ...placement(spec),
      securityContext: spec.securityContext ?? {
        runAsNonRoot: settings.runAsNonRoot,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(challenge, settings, spec.resources)],
    },
  };
}

function templateOf({ spec }: Challenge): SolverPodTemplate | undefined {
  const { ingress, gatewayHTTPRoute } = spec.solver.http01 ?? {};
  return ingress === undefined ? gatewayHTTPRoute?.podTemplate : ingress.podTemplate;
}

type PodSpec = NonNullable<SolverPodTemplate['spec']>;

function placement({
  tolerations,
  affinity,
  priorityClassName,
  serviceAccountName,
  imagePullSecrets,
}: PodSpec): object {
  return {
    ...(tolerations === undefined || tolerations.length === 0 ? {} : { tolerations }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(isSet(priorityClassName) ? { priorityClassName } : {}),
    ...(isSet(serviceAccountName) ? { serviceAccountName } : {}),
    ...(imagePullSecrets === undefined || imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
  };
}

function container(
  { spec }: Challenge,
  { solverImage, resources }: Http01Settings,
  changed: PodSpec['resources'],
): object {
  return {
    name: 'acmesolver',
    image: solverImage,
    imagePullPolicy: 'IfNotPresent',
    // One image has all components; images that are nothing but the solver ignore the word.
    args: [
      'acmesolver',
      `--listen-port=${solverPort}`,
      `--domain=${spec.dnsName}`,
      `--token=${spec.token}`,
      `--key=${spec.key}`,
    ],
    resources: {
      requests: { ...resources.requests, ...changed?.requests },
      limits: { ...resources.limits, ...changed?.limits },
    },
    ports: [{ name: 'http', containerPort: solverPort }],
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
  };
}
