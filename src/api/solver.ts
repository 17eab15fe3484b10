// One entry of an ACME issuer's `solvers`, which is also the `solver` of a Challenge: for which names, and how control is proved.

import * as z from 'zod';
import { dns01 } from './dns01.ts';
import { ingressTemplate, podTemplate } from './pod-template.ts';
import { atomicList, duration, object, text, textList, textMap, type Wire } from './schema-words.ts';

const selector = object(
  {
    matchLabels: textMap('Labels that the Order, and so the Certificate, must have.').optional(),
    dnsNames: textList(
      'Names, verbatim, for which the solver is used; a fit here counts more than one of `dnsZones`.',
    ).optional(),
    dnsZones: textList('Zones for whose names the solver is used; the longest zone that fits counts most.').optional(),
  },
  'For which names the solver is used. Every name when absent; where several solvers fit, the most specific one is used.',
);

const serviceType = text(
  'The type of the Service in front of the pod: `ClusterIP` or `NodePort`. Read as `NodePort` when empty.',
).optional();

const ingress = object(
  {
    serviceType,
    ingressClassName: text(
      'The spec.ingressClassName of the Ingress that is made. At most one of `ingressClassName`, `class` and `name` may be set.',
    ).optional(),
    class: text(
      'The class of the Ingress that is made, as the older annotation `kubernetes.io/ingress.class`.',
    ).optional(),
    name: text('An existing Ingress that is changed for the time of the challenge, instead of making one.').optional(),
    podTemplate: podTemplate.optional(),
    ingressTemplate: ingressTemplate.optional(),
  },
  'Leads the challenge to a pod by an Ingress.',
);

const domainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

// Patterns and defaults are those of the Gateway API's own CRDs; the defaults are the API server's to apply.
const parentRef = object(
  {
    group: z
      .string()
      .max(253)
      .regex(/^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
      .meta({ description: 'API group of the parent; empty for the core group.', default: 'gateway.networking.k8s.io' })
      .optional(),
    kind: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/)
      .meta({ description: 'Kind of the parent, such as `Gateway` or `ListenerSet`.', default: 'Gateway' })
      .optional(),
    namespace: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .meta({ description: 'Namespace of the parent; that of the challenge when absent.' })
      .optional(),
    name: z.string().min(1).max(253).meta({ description: 'Name of the parent.' }),
    sectionName: z
      .string()
      .min(1)
      .max(253)
      .regex(domainPattern)
      .meta({ description: 'The listener of the parent to attach to; all that allow it when absent.' })
      .optional(),
    port: z
      .int()
      .min(1)
      .max(65535)
      .meta({ description: 'The port of the parent to attach to; all that allow it when absent.', format: 'int32' })
      .optional(),
  },
  'A Gateway or another object that an HTTPRoute attaches to.',
);

const gatewayHTTPRoute = object(
  {
    serviceType,
    labels: textMap('Labels to add to the HTTPRoute that is made.').optional(),
    parentRefs: atomicList(
      parentRef,
      'What the HTTPRoute attaches to. May be left empty where an annotation of the Certificate says it.',
    ).optional(),
    podTemplate: podTemplate.optional(),
  },
  'Leads the challenge to a pod by an HTTPRoute of the Gateway API.',
);

const http01 = object(
  { ingress: ingress.optional(), gatewayHTTPRoute: gatewayHTTPRoute.optional() },
  'Proves control by a page on port 80. Exactly one member must be set. Cannot prove wildcards.',
);

export const solver = (description: string) =>
  object(
    {
      selector: selector.optional(),
      waitInsteadOfSelfCheck: duration(
        'How long to wait after the answer is put in place, as a Go duration, instead of looking whether it can be seen. `0s` goes on at once. The answer is looked for when absent.',
      ).optional(),
      http01: http01.optional(),
      dns01: dns01.optional(),
    },
    description,
  );

export type Solver = Wire<ReturnType<typeof solver>>;
export type SolverSelector = Wire<typeof selector>;
export type HTTP01Solver = Wire<typeof http01>;
export type HTTP01IngressSolver = Wire<typeof ingress>;
export type HTTP01GatewaySolver = Wire<typeof gatewayHTTPRoute>;
export type ParentReference = Wire<typeof parentRef>;
