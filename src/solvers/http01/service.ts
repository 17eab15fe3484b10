// The Service in front of the pod of one HTTP-01 challenge. Pure.
import type { Challenge } from '../../api/challenge.ts';
import { annotations } from '../../api/labels.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import { allLabels, solverLabels } from './labels.ts';
import { ownedMetadata } from './metadata.ts';
import { type Http01Settings, isSet, solverPort } from './settings.ts';

export function serviceFor(challenge: Challenge, settings: Http01Settings): Manifest {
  const { ingress, gatewayHTTPRoute } = challenge.spec.solver.http01 ?? {};
  const { serviceType } = ingress ?? gatewayHTTPRoute ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(challenge, allLabels(challenge, settings), { [annotations.istioAuth]: 'NONE' }),
    spec: {
      type: isSet(serviceType) ? serviceType : 'NodePort',
      ports: [{ name: 'http', port: solverPort, targetPort: solverPort }],
      selector: solverLabels(challenge),
    },
  };
}
