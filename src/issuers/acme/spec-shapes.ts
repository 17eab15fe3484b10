// The Go types of OrderSpec, ChallengeSpec and all they are made of (cert-manager v1.21, core/v1, Gateway API), as shapes for spec-text.ts: the
// order of members is that of the types, not of our schemas. An oracle test compares with upstream's own code.
import type { Member, Presence, Shape } from './spec-text.ts';

const struct = (...members: readonly Member[]): Shape => ({ struct: members });
const list = (shape: Shape): Shape => ({ list: shape });
const member =
  (presence: Presence) =>
  (name: string, shape: Shape = 'text'): Member => [name, shape, presence];

const always = member('always');
const filled = member('filled');
const set = member('set');
const nullable = member('nullable');

const texts = list('text');
const textMap: Shape = { map: 'text' };
const numbers = list('number');

const secretKey = struct(always('name'), filled('key'));
const issuerRef = struct(always('name'), filled('kind'), filled('group'));

const comparison = struct(always('key'), always('operator'), filled('values', texts));
const labelSelector = struct(filled('matchLabels', textMap), filled('matchExpressions', list(comparison)));
const nodeTerm = struct(filled('matchExpressions', list(comparison)), filled('matchFields', list(comparison)));
const podTerm = struct(
  set('labelSelector', labelSelector),
  filled('namespaces', texts),
  always('topologyKey'),
  set('namespaceSelector', labelSelector),
  filled('matchLabelKeys', texts),
  filled('mismatchLabelKeys', texts),
);
const podRules = struct(
  filled('requiredDuringSchedulingIgnoredDuringExecution', list(podTerm)),
  filled(
    'preferredDuringSchedulingIgnoredDuringExecution',
    list(struct(always('weight', 'number'), always('podAffinityTerm', podTerm))),
  ),
);
const nodeRules = struct(
  set('requiredDuringSchedulingIgnoredDuringExecution', struct(always('nodeSelectorTerms', list(nodeTerm)))),
  filled(
    'preferredDuringSchedulingIgnoredDuringExecution',
    list(struct(always('weight', 'number'), always('preference', nodeTerm))),
  ),
);
const affinity = struct(set('nodeAffinity', nodeRules), set('podAffinity', podRules), set('podAntiAffinity', podRules));
const toleration = struct(
  filled('key'),
  filled('operator'),
  filled('value'),
  filled('effect'),
  set('tolerationSeconds', 'number'),
);
const securityContext = struct(
  set('seLinuxOptions', struct(filled('user'), filled('role'), filled('type'), filled('level'))),
  set('runAsUser', 'number'),
  set('runAsGroup', 'number'),
  set('runAsNonRoot', 'flag'),
  filled('supplementalGroups', numbers),
  set('fsGroup', 'number'),
  filled('sysctls', list(struct(always('name'), always('value')))),
  set('fsGroupChangePolicy'),
  set('seccompProfile', struct(always('type'), set('localhostProfile'))),
);
const quantities: Shape = { map: 'quantity' };
const podSpec = struct(
  filled('nodeSelector', textMap),
  set('affinity', affinity),
  filled('tolerations', list(toleration)),
  filled('priorityClassName'),
  filled('serviceAccountName'),
  filled('imagePullSecrets', list(struct(filled('name')))),
  set('securityContext', securityContext),
  set('resources', struct(filled('limits', quantities), filled('requests', quantities))),
);
const templateMeta = struct(filled('annotations', textMap), filled('labels', textMap));
const podTemplate = struct(always('metadata', templateMeta), always('spec', podSpec));

const ingress = struct(
  filled('serviceType'),
  set('ingressClassName'),
  set('class'),
  filled('name'),
  set('podTemplate', podTemplate),
  set('ingressTemplate', struct(always('metadata', templateMeta))),
);
const parentRef = struct(
  set('group'),
  set('kind'),
  set('namespace'),
  always('name'),
  set('sectionName'),
  set('port', 'number'),
);
const gatewayHTTPRoute = struct(
  filled('serviceType'),
  filled('labels', textMap),
  filled('parentRefs', list(parentRef)),
  set('podTemplate', podTemplate),
);

const serviceAccount = struct(always('name'), filled('audiences', texts));
const route53 = struct(
  set('auth', struct(nullable('kubernetes', struct(nullable('serviceAccountRef', serviceAccount))))),
  filled('accessKeyID'),
  set('accessKeyIDSecretRef', secretKey),
  always('secretAccessKeySecretRef', secretKey),
  filled('role'),
  filled('hostedZoneID'),
  filled('region'),
);
const azureDNS = struct(
  filled('clientID'),
  set('clientSecretSecretRef', secretKey),
  always('subscriptionID'),
  filled('tenantID'),
  always('resourceGroupName'),
  filled('hostedZoneName'),
  filled('environment'),
  set('managedIdentity', struct(filled('clientID'), filled('resourceID'), filled('tenantID'))),
  filled('zoneType'),
);
const rfc2136 = struct(
  always('nameserver'),
  always('tsigSecretSecretRef', secretKey),
  filled('tsigKeyName'),
  filled('tsigAlgorithm'),
  filled('protocol'),
);
const akamai = struct(
  always('serviceConsumerDomain'),
  always('clientTokenSecretRef', secretKey),
  always('clientSecretSecretRef', secretKey),
  always('accessTokenSecretRef', secretKey),
);
const dns01 = struct(
  filled('cnameStrategy'),
  set('akamai', akamai),
  set('cloudDNS', struct(set('serviceAccountSecretRef', secretKey), always('project'), filled('hostedZoneName'))),
  set('cloudflare', struct(filled('email'), set('apiKeySecretRef', secretKey), set('apiTokenSecretRef', secretKey))),
  set('route53', route53),
  set('azureDNS', azureDNS),
  set('digitalocean', struct(always('tokenSecretRef', secretKey))),
  set('acmeDNS', struct(always('host'), always('accountSecretRef', secretKey))),
  set('rfc2136', rfc2136),
  set('webhook', struct(always('groupName'), always('solverName'), set('config', 'json'))),
);

const selector = struct(filled('matchLabels', textMap), filled('dnsNames', texts), filled('dnsZones', texts));

export const solverShape: Shape = struct(
  set('selector', selector),
  set('http01', struct(set('ingress', ingress), set('gatewayHTTPRoute', gatewayHTTPRoute))),
  set('dns01', dns01),
  set('waitInsteadOfSelfCheck', 'duration'),
);

/** ACMEIssuer's `solvers` stand apart: this is the spec of a Challenge. */
export const challengeShape: Shape = struct(
  always('url'),
  always('authorizationURL'),
  always('dnsName'),
  always('wildcard', 'flag'),
  always('type'),
  always('token'),
  always('key'),
  always('solver', solverShape),
  always('issuerRef', issuerRef),
);

/** `request` is null where it is absent. */
export const orderShape: Shape = struct(
  nullable('request'),
  always('issuerRef', issuerRef),
  filled('commonName'),
  filled('dnsNames', texts),
  filled('ipAddresses', texts),
  set('duration', 'duration'),
  filled('profile'),
  filled('replaces'),
);
