// Builders of Challenges, and of what a decision about one looks at: say what matters, the rest is plausible. Deeply frozen.
import type { Challenge, ChallengeSpec, ChallengeStatus } from '../../src/api/challenge.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { finalizers } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import {
  type ChallengeRules,
  type ChallengeSeen,
  type Http01Seen,
  noProgress,
  type Progress,
} from '../../src/controllers/challenge/seen.ts';
import type { Manifest } from '../../src/kube/reconcile.ts';
import { anIssuer, deepFreeze, someTimeText } from './request-builders.ts';

export interface ChallengeTraits {
  readonly name?: string;
  readonly namespace?: string;
  readonly type?: 'HTTP-01' | 'DNS-01';
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly generation?: number;
  readonly spec?: Partial<ChallengeSpec>;
  readonly status?: ChallengeStatus;
}

export const server = 'https://acme.example';
export const dnsSolver = { dns01: { rfc2136: { nameserver: '192.0.2.1' } } };
export const webSolver = { http01: { ingress: { ingressClassName: 'web' } } };

/** One for DNS-01, made by this version and not begun. */
export function aChallenge(traits: ChallengeTraits = {}): Challenge {
  const { name = 'web-1-1-1', namespace = 'app', type = 'DNS-01', spec, status, deletionTimestamp } = traits;
  return deepFreeze({
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Challenge',
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: traits.generation ?? 1,
      creationTimestamp: someTimeText,
      finalizers: [...(traits.finalizers ?? [finalizers.challenge])],
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ownerReferences: [
        { apiVersion: 'acme.cert-manager.io/v1', kind: 'Order', name: 'web-1-1', uid: 'uid-web-1-1', controller: true },
      ],
    },
    spec: {
      url: `${server}/challenge/1`,
      authorizationURL: `${server}/authorization/1`,
      dnsName: 'web.example.com',
      wildcard: false,
      type,
      token: 'token-1',
      key: type === 'DNS-01' ? 'digest-1' : 'token-1.thumbprint',
      solver: type === 'DNS-01' ? dnsSolver : webSolver,
      issuerRef: { name: 'acme' },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  } as Challenge);
}

export function anAcmeIssuer(solvers: readonly object[] = [dnsSolver]): Issuer {
  const acme = { server, privateKeySecretRef: { name: 'account' }, solvers };
  return anIssuer({ name: 'acme', spec: { acme } as Issuer['spec'] });
}

export interface SeenTraits {
  readonly standing?: ChallengeSeen['standing'];
  readonly cleanUp?: Partial<ChallengeSeen['cleanUp']>;
  readonly slot?: ChallengeSeen['slot']['kind'];
  readonly http01?: Partial<Http01Seen>;
  readonly pausedUntil?: Date;
  readonly deadlineMs?: number | undefined;
  readonly credentials?: string;
  readonly progress?: Partial<Progress>;
}

/** A Challenge of ours that has a slot; nothing else is there. */
export function seenOf(challenge: Challenge, traits: SeenTraits = {}): ChallengeSeen {
  const issuer = anAcmeIssuer();
  const isWeb = challenge.spec.type === 'HTTP-01';
  return deepFreeze({
    challenge,
    standing: traits.standing ?? { kind: 'ours', issuer },
    cleanUp: { allowed: true, isShared: false, issuer, ...traits.cleanUp },
    slot: { kind: traits.slot ?? 'held' },
    http01: isWeb
      ? { found: nothingFound, wanted: wantedObjects(challenge), namedIngress: undefined, ...traits.http01 }
      : undefined,
    pausedUntil: traits.pausedUntil,
    deadlineMs: 'deadlineMs' in traits ? traits.deadlineMs : 180_000,
    credentials: traits.credentials ?? '1',
    progress: { ...noProgress, ...traits.progress },
  });
}

export const rules: ChallengeRules = {
  checkPeriodMs: 10_000,
  gatewayApi: true,
  exactPaths: true,
};

export const nothingFound = { pods: [], services: [], ingresses: [], httpRoutes: [] };

/** As src/solvers/http01 makes them, as far as the controller cares. */
export function wantedObjects(challenge: Challenge): { pod: Manifest; service: Manifest; ingress: Manifest } {
  const { namespace = '', uid, name } = challenge.metadata;
  const of = (kind: string, spec?: object): Manifest => ({
    apiVersion: kind === 'Ingress' ? 'networking.k8s.io/v1' : 'v1',
    kind,
    metadata: {
      name: 'solver',
      namespace,
      ownerReferences: [{ apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge', name, uid, controller: true }],
    },
    ...(spec === undefined ? {} : { spec }),
  });
  const backend = { service: { name: 'solver', port: { number: 8089 } } };
  return {
    pod: of('Pod'),
    service: of('Service'),
    ingress: of('Ingress', { rules: [{ host: 'web.example.com', http: { paths: [{ path: '/', backend }] } }] }),
  };
}

/** A stored object made of a manifest. */
export function stored(
  manifest: Manifest,
  traits: { name?: string; uid?: string; phase?: string; deleted?: boolean } = {},
): KubeObject {
  const name = traits.name ?? manifest.metadata.name;
  return deepFreeze({
    ...manifest,
    metadata: {
      ...manifest.metadata,
      name,
      uid: traits.uid ?? `${manifest.kind.toLowerCase()}-${name}`,
      resourceVersion: '1',
      creationTimestamp: someTimeText,
      ...(traits.deleted === true ? { deletionTimestamp: someTimeText } : {}),
    },
    ...(traits.phase === undefined ? {} : { status: { phase: traits.phase } }),
  } as KubeObject);
}
