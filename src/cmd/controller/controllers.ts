// The controller names that --controllers knows, and which of them a configuration switches on. The names are upstream's: dashboards,
// RBAC documentation and command lines use them; one of our controllers stands behind several of them.
import { didYouMean } from '../flags/suggest.ts';
import type { ControllerGateValues } from './feature-gates.ts';

export const defaultControllers = [
  'issuers',
  'clusterissuers',
  'certificates-metrics',
  'ingress-shim',
  'orders',
  'challenges',
  'certificaterequests-issuer-acme',
  'certificaterequests-approver',
  'certificaterequests-issuer-ca',
  'certificaterequests-issuer-selfsigned',
  'certificaterequests-issuer-vault',
  'certificaterequests-issuer-venafi',
  'certificates-trigger',
  'certificates-issuing',
  'certificates-key-manager',
  'certificates-request-manager',
  'certificates-readiness',
  'certificates-revision-manager',
] as const;

const signingRequestControllers = [
  'certificatesigningrequests-issuer-acme',
  'certificatesigningrequests-issuer-ca',
  'certificatesigningrequests-issuer-selfsigned',
  'certificatesigningrequests-issuer-venafi',
  'certificatesigningrequests-issuer-vault',
] as const;

/** Known, but only on when named or when a gate asks for them. */
export const optionalControllers = ['gateway-shim', ...signingRequestControllers] as const;

export const knownControllers = [...defaultControllers, ...optionalControllers] as const;

/** `listenerset` can only be switched on by its gate and flag, not by name. */
export type ControllerName = (typeof knownControllers)[number] | 'listenerset';

/** What this build can run. The others are accepted, so that a configuration for the whole product starts. */
export const builtControllers: ReadonlySet<ControllerName> = new Set<ControllerName>([
  'issuers',
  'clusterissuers',
  'certificates-metrics',
  'orders',
  'challenges',
  'certificaterequests-issuer-acme',
  'certificaterequests-approver',
  'certificaterequests-issuer-ca',
  'certificaterequests-issuer-selfsigned',
  'certificates-trigger',
  'certificates-issuing',
  'certificates-key-manager',
  'certificates-request-manager',
  'certificates-readiness',
  'certificates-revision-manager',
]);

export interface ControllerSelection {
  readonly enabled: ReadonlySet<ControllerName>;
  /** Enabled, but not part of this build. */
  readonly absent: readonly ControllerName[];
  readonly problems: readonly string[];
}

export interface ControllerSwitches {
  readonly controllers: readonly string[];
  readonly namespace: string;
  readonly gates: ControllerGateValues;
  readonly gatewayApi: boolean;
  readonly listenerSet: boolean;
}

/**
 * `*` stands for the default set; `-name` takes a name away and wins; a list of nothing but `-name` starts from `*`. Gates add their
 * controllers. With a namespace, what works on cluster-scoped objects is off.
 */
export function selectControllers(switches: ControllerSwitches): ControllerSelection {
  const known = new Set<string>(knownControllers);
  const named = switches.controllers.filter((item) => !item.startsWith('-'));
  const removed = new Set(switches.controllers.filter((item) => item.startsWith('-')).map((item) => item.slice(1)));
  const problems = [...named.filter((name) => name !== '*'), ...removed]
    .filter((name) => !known.has(name))
    .map(
      (name) =>
        `unknown controller "${name}"${didYouMean(name, knownControllers)}; known: *, ${knownControllers.join(', ')}`,
    );
  const wanted = new Set<string>(named.filter((name) => name !== '*'));
  const add = (names: readonly string[]): void => names.forEach((name) => void wanted.add(name));
  if (named.length === 0 || named.includes('*')) add(defaultControllers);
  if (switches.gates.ExperimentalCertificateSigningRequestControllers) add(signingRequestControllers);
  const gateway = switches.gates.ExperimentalGatewayAPISupport && switches.gatewayApi;
  if (gateway) add(['gateway-shim']);
  if (gateway && switches.gates.ListenerSets && switches.listenerSet) add(['listenerset']);
  for (const name of removed) wanted.delete(name);
  if (switches.namespace !== '')
    for (const name of ['clusterissuers', ...signingRequestControllers]) wanted.delete(name);
  const order: readonly ControllerName[] = [...knownControllers, 'listenerset'];
  const enabled = new Set(order.filter((name) => wanted.has(name)));
  return { enabled, absent: [...enabled].filter((name) => !builtControllers.has(name)), problems };
}
