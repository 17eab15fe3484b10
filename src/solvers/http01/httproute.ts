// The HTTPRoute of the Gateway API that leads to the pod of one HTTP-01 challenge. Pure.
import type { Challenge } from '../../api/challenge.ts';
import type { HTTP01GatewaySolver } from '../../api/solver.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import { challengePath, routedHost } from './ingress-path.ts';
import { allLabels } from './labels.ts';
import { objectName, ownedMetadata } from './metadata.ts';
import { type Http01Settings, solverPort } from './settings.ts';

/** Its backend is the Service of the challenge as service.ts names it. */
export function httpRouteFor(challenge: Challenge, config: HTTP01GatewaySolver, settings: Http01Settings): Manifest {
  const { spec, metadata } = challenge;
  const host = routedHost(spec);
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: ownedMetadata(challenge, allLabels(challenge, settings, config.labels)),
    spec: {
      ...(config.parentRefs === undefined ? {} : { parentRefs: config.parentRefs }),
      ...(host === '' ? {} : { hostnames: [host] }),
      rules: [
        {
          matches: [{ path: { type: 'Exact', value: challengePath(spec.token) } }],
          backendRefs: [
            {
              group: '',
              kind: 'Service',
              name: objectName(challenge),
              namespace: metadata.namespace,
              port: solverPort,
              weight: 1,
            },
          ],
        },
      ],
    },
  };
}
