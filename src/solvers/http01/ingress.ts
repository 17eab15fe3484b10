// The Ingress that is made for one HTTP-01 challenge: beside its own Service, or beside the one that answers for all. Pure.
import type { Challenge } from '../../api/challenge.ts';
import { annotations as keys, labels } from '../../api/labels.ts';
import type { HTTP01IngressSolver } from '../../api/solver.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import { routedHost, ruleFor, solverPath } from './ingress-path.ts';
import { allLabels } from './labels.ts';
import { objectName, ownedMetadata } from './metadata.ts';
import { type Http01Settings, sharedServiceFor } from './settings.ts';

const sourceRange = 'whitelist-source-range';
const everybody = '0.0.0.0/0,::/0';

/** Its backend is the Service of the challenge as service.ts names it. */
export function ingressFor(challenge: Challenge, config: HTTP01IngressSolver, settings: Http01Settings): Manifest {
  const { token } = challenge.spec;
  const shared = sharedServiceFor(challenge, settings);
  const path = solverPath(token, shared?.name ?? objectName(challenge), settings.exactPaths);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadataFor(challenge, config, settings),
    spec: {
      ...(config.ingressClassName === undefined ? {} : { ingressClassName: config.ingressClassName }),
      rules: [ruleFor(routedHost(challenge.spec), path)],
    },
  };
}

function metadataFor(
  challenge: Challenge,
  config: HTTP01IngressSolver,
  settings: Http01Settings,
): Manifest['metadata'] {
  const { metadata: template = {} } = config.ingressTemplate ?? {};
  const annotations = annotationsFor(config, template.annotations ?? {});
  const shared = sharedServiceFor(challenge, settings);
  if (shared === undefined)
    return ownedMetadata(challenge, allLabels(challenge, settings, template.labels), annotations);
  const { uid, namespace, name } = challenge.metadata;
  return {
    name: objectName(challenge),
    namespace: shared.namespace,
    labels: { ...allLabels(challenge, settings, template.labels), [labels.http01ChallengeUid]: uid },
    annotations: { ...annotations, [keys.http01Challenge]: `${namespace}/${name}` },
  };
}

function annotationsFor(
  { class: name }: HTTP01IngressSolver,
  changed: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const limitsSources = Object.keys(changed).some((key) => key.slice(key.lastIndexOf('/') + 1) === sourceRange);
  return {
    ...(limitsSources ? {} : { [keys.nginxWhitelist]: everybody }),
    ...(name === undefined ? {} : { [keys.ingressClass]: name }),
    ...changed,
  };
}
