// What a user may say about the pods that answer HTTP01 challenges, and about their Ingress. Nothing else of a pod is accepted.

import * as z from 'zod';
import { affinity, tolerations } from './affinity.ts';
import {
  atomicList,
  atomicObject,
  flag,
  int64,
  mapList,
  mapOf,
  object,
  quantity,
  text,
  textMap,
  type Wire,
} from './schema-words.ts';

const quantities = (description: string) => mapOf(quantity('An amount, such as `100m` or `64Mi`.'), description);

const securityContext = object(
  {
    seLinuxOptions: object(
      {
        level: text('SELinux level.').optional(),
        role: text('SELinux role.').optional(),
        type: text('SELinux type.').optional(),
        user: text('SELinux user.').optional(),
      },
      'The SELinux context of the containers.',
    ).optional(),
    runAsUser: int64('The user id of the processes.').optional(),
    runAsGroup: int64('The group id of the processes.').optional(),
    runAsNonRoot: flag('Whether the kubelet must refuse to run the pod as root.').optional(),
    supplementalGroups: atomicList(z.int().meta({ format: 'int64' }), 'Further group ids of the processes.').optional(),
    fsGroup: int64('The group id that owns the volumes.').optional(),
    fsGroupChangePolicy: text('When the ownership of volumes is changed: `OnRootMismatch` or `Always`.').optional(),
    sysctls: atomicList(
      object({ name: text('Name of the kernel parameter.'), value: text('Its value.') }, 'A kernel parameter.'),
      'Kernel parameters of the pod.',
    ).optional(),
    seccompProfile: object(
      {
        type: text('The kind of profile: `RuntimeDefault`, `Localhost` or `Unconfined`.'),
        localhostProfile: text('The file with the profile on the node, for `Localhost`.').optional(),
      },
      'The seccomp profile of the containers.',
    ).optional(),
  },
  'The security settings of the pod. Given, they replace ours as a whole.',
);

const imagePullSecret = atomicObject(
  {
    name: z.string().meta({ description: 'Name of the Secret.', default: '' }).optional(),
  },
  'A Secret in the namespace of the challenge.',
);

const podSpec = object(
  {
    nodeSelector: textMap('Labels that the node must have.').optional(),
    affinity: affinity.optional(),
    tolerations: tolerations.optional(),
    priorityClassName: text('The priority class of the pod.').optional(),
    serviceAccountName: text('The service account of the pod. It needs no rights.').optional(),
    imagePullSecrets: mapList(imagePullSecret, ['name'], 'Secrets to pull the image with.').optional(),
    resources: object(
      {
        limits: quantities('The most that the pod may use, by resource.').optional(),
        requests: quantities('What the pod is given in any case, by resource.').optional(),
      },
      'The resources of the pod. What is not said here comes from the flags of the controller.',
    ).optional(),
    securityContext: securityContext.optional(),
  },
  'Settings of the pod.',
);

const templateMeta = (what: string) =>
  object(
    {
      annotations: textMap(`Annotations to add to the ${what}.`).optional(),
      labels: textMap(`Labels to add to the ${what}.`).optional(),
    },
    `Labels and annotations to add to the ${what}.`,
  );

export const podTemplate = object(
  { metadata: templateMeta('pod').optional(), spec: podSpec.optional() },
  'Changes to the pod that answers the challenge.',
);

export const ingressTemplate = object(
  { metadata: templateMeta('Ingress').optional() },
  'Changes to the Ingress that leads to the pod.',
);

export type SolverPodTemplate = Wire<typeof podTemplate>;
export type SolverIngressTemplate = Wire<typeof ingressTemplate>;
