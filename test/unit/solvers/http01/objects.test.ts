// The objects of an HTTP-01 challenge: those that cert-manager left in a real cluster, and what each setting and template changes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Challenge } from '../../../../src/api/challenge.ts';
import type { SolverPodTemplate } from '../../../../src/api/pod-template.ts';
import type { HTTP01Solver } from '../../../../src/api/solver.ts';
import { objectName } from '../../../../src/solvers/http01/metadata.ts';
import { http01Objects } from '../../../../src/solvers/http01/objects.ts';
import type { Http01Settings } from '../../../../src/solvers/http01/settings.ts';
import { anHttp01Challenge, plainSettings, sharedSettings } from '../../../support/http01-builders.ts';
import { deepFreeze } from '../../../support/request-builders.ts';

// biome-ignore lint/suspicious/noExplicitAny: stored objects of several kinds
type Anything = any;

function left(name: string): Anything {
  const path = new URL(`../../../golden/adopted/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).items[0];
}

/** Without what the API server added. */
function asSent(object: Anything, ...defaults: readonly string[]): Anything {
  const { status: _, ...sent } = structuredClone(object);
  const {
    creationTimestamp: _1,
    generation: _2,
    managedFields: _3,
    resourceVersion: _4,
    uid: _5,
    generateName: _6,
    ...metadata
  } = sent.metadata;
  sent.metadata = metadata;
  for (const path of defaults) {
    const names = path.split('.');
    const last = names.pop() as string;
    delete names.reduce((at, name) => at[name], sent)[last];
  }
  return sent;
}

describe('the objects of the challenge that cert-manager left half-way', () => {
  const [challenge, pod, service, ingress] = ['challenges', 'pods', 'services', 'ingresses'].map(left);
  const settings = { ...plainSettings, solverImage: pod.spec.containers[0].image };
  const made = http01Objects(deepFreeze(challenge) as Challenge, settings);
  const name = objectName(challenge);

  it('has the same pod, but for its name and the word for our image', () => {
    const expected = asSent(
      pod,
      'spec.dnsPolicy',
      'spec.preemptionPolicy',
      'spec.priority',
      'spec.schedulerName',
      'spec.serviceAccount',
      'spec.serviceAccountName',
      'spec.terminationGracePeriodSeconds',
      'spec.tolerations',
      'spec.containers.0.ports.0.protocol',
      'spec.containers.0.terminationMessagePath',
      'spec.containers.0.terminationMessagePolicy',
    );
    expected.metadata.name = name;
    expected.spec.containers[0].args.unshift('acmesolver');
    assert.deepEqual(made.pod, expected);
  });

  it('has the same Service', () => {
    const defaults = [
      'clusterIP',
      'clusterIPs',
      'externalTrafficPolicy',
      'internalTrafficPolicy',
      'ipFamilies',
      'ipFamilyPolicy',
      'sessionAffinity',
    ];
    const expected = asSent(
      service,
      ...defaults.map((each) => `spec.${each}`),
      'spec.ports.0.nodePort',
      'spec.ports.0.protocol',
    );
    expected.metadata.name = name;
    assert.deepEqual(made.service, expected);
  });

  it('has the same Ingress, but for the name of the Service', () => {
    const expected = asSent(ingress);
    expected.metadata.name = name;
    expected.spec.rules[0].http.paths[0].backend.service.name = name;
    assert.deepEqual(made.ingress, expected);
  });

  it('has nothing else', () => {
    assert.deepEqual(Object.keys(made), ['pod', 'service', 'ingress']);
  });
});

describe('the name of the objects', () => {
  it('is that of a generated name, and the same for each attempt', () => {
    assert.equal(objectName(anHttp01Challenge()), 'cm-acme-http-solver-xslvwgb694');
  });
  it('is another for another Challenge of the same name', () => {
    const again = anHttp01Challenge(undefined, {}, undefined, { uid: 'another' });
    assert.notEqual(objectName(again), objectName(anHttp01Challenge()));
  });
});

const identity = {
  'acme.cert-manager.io/http-domain': '776275398',
  'acme.cert-manager.io/http-token': '914362025',
  'acme.cert-manager.io/http01-solver': 'true',
};
const name = objectName(anHttp01Challenge());
const owned = {
  name,
  namespace: 'app',
  ownerReferences: [
    {
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Challenge',
      name: 'web',
      uid: 'uid-of-web',
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
};

describe('the pod', () => {
  const podWith = (podTemplate: SolverPodTemplate, settings: Partial<Http01Settings> = {}) =>
    http01Objects(anHttp01Challenge({ ingress: { podTemplate } }), { ...plainSettings, ...settings }).pod as Anything;
  const plain = podWith({});
  const table: readonly (readonly [
    string,
    SolverPodTemplate,
    Partial<Http01Settings>,
    (pod: Anything) => unknown,
    unknown,
  ])[] = [
    [
      'labels',
      { metadata: { labels: { team: 'a' } } },
      { extraLabels: { team: 'b', from: 'flag' } },
      ({ metadata }) => metadata.labels,
      { ...identity, team: 'a', from: 'flag' },
    ],
    [
      'labels that identify are nobody’s to change',
      { metadata: { labels: { 'acme.cert-manager.io/http-token': '1' } } },
      { extraLabels: { 'acme.cert-manager.io/http-domain': '1' } },
      ({ metadata }) => metadata.labels,
      identity,
    ],
    [
      'annotations',
      { metadata: { annotations: { 'sidecar.istio.io/inject': 'true', a: 'b' } } },
      {},
      ({ metadata }) => metadata.annotations,
      { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true', 'sidecar.istio.io/inject': 'true', a: 'b' },
    ],
    [
      'node selector',
      { spec: { nodeSelector: { a: 'b' } } },
      {},
      ({ spec }) => spec.nodeSelector,
      { 'kubernetes.io/os': 'linux', a: 'b' },
    ],
    [
      'another system',
      { spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } },
      {},
      ({ spec }) => spec.nodeSelector,
      { 'kubernetes.io/os': 'windows' },
    ],
    [
      'resources, key by key',
      { spec: { resources: { limits: { memory: '1Gi' } } } },
      {},
      ({ spec }) => spec.containers[0].resources,
      { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '100m', memory: '1Gi' } },
    ],
    [
      'security context as a whole',
      { spec: { securityContext: { runAsUser: 7 } } },
      {},
      ({ spec }) => spec.securityContext,
      { runAsUser: 7 },
    ],
    [
      'root',
      {},
      { runAsNonRoot: false },
      ({ spec }) => spec.securityContext,
      { runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } },
    ],
    ['runtime class', {}, { runtimeClassName: 'kata' }, ({ spec }) => spec.runtimeClassName, 'kata'],
    ['no runtime class', {}, {}, ({ spec }) => 'runtimeClassName' in spec, false],
    [
      'placement',
      {
        spec: {
          tolerations: [{ key: 'a' }],
          affinity: {},
          priorityClassName: 'high',
          serviceAccountName: 'solver',
          imagePullSecrets: [{ name: 'pull' }],
        },
      },
      {},
      ({ spec: { tolerations, affinity, priorityClassName, serviceAccountName, imagePullSecrets } }) => ({
        tolerations,
        affinity,
        priorityClassName,
        serviceAccountName,
        imagePullSecrets,
      }),
      {
        tolerations: [{ key: 'a' }],
        affinity: {},
        priorityClassName: 'high',
        serviceAccountName: 'solver',
        imagePullSecrets: [{ name: 'pull' }],
      },
    ],
    [
      'an empty template',
      { metadata: {}, spec: { tolerations: [], imagePullSecrets: [], priorityClassName: '', serviceAccountName: '' } },
      {},
      (pod) => pod,
      plain,
    ],
  ];
  for (const [what, template, settings, part, expected] of table)
    it(what, () => assert.deepEqual(part(podWith(template, settings)), expected));

  it('takes the template of an HTTPRoute solver', () => {
    const solver: HTTP01Solver = { gatewayHTTPRoute: { podTemplate: { metadata: { labels: { a: 'b' } } } } };
    const { pod } = http01Objects(anHttp01Challenge(solver), plainSettings);
    assert.deepEqual(pod?.metadata['labels'], { ...identity, a: 'b' });
  });
});

describe('the Service', () => {
  const table: readonly (readonly [string, HTTP01Solver, unknown])[] = [
    ['of an Ingress', { ingress: {} }, 'NodePort'],
    ['empty', { ingress: { serviceType: '' } }, 'NodePort'],
    ['ClusterIP', { ingress: { serviceType: 'ClusterIP' } }, 'ClusterIP'],
    ['of an HTTPRoute', { gatewayHTTPRoute: { serviceType: 'ClusterIP' } }, 'ClusterIP'],
  ];
  for (const [what, solver, type] of table)
    it(what, () => {
      const { service } = http01Objects(anHttp01Challenge(solver), { ...plainSettings, extraLabels: { a: 'b' } });
      assert.deepEqual(service, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { ...owned, labels: { ...identity, a: 'b' }, annotations: { 'auth.istio.io/8089': 'NONE' } },
        spec: { type, ports: [{ name: 'http', port: 8089, targetPort: 8089 }], selector: identity },
      });
    });
});

const whitelist = { 'nginx.ingress.kubernetes.io/whitelist-source-range': '0.0.0.0/0,::/0' };
const pathTo = (service: string, pathType = 'Exact') => ({
  path: `/.well-known/acme-challenge/${anHttp01Challenge().spec.token}`,
  pathType,
  backend: { service: { name: service, port: { number: 8089 } } },
});
const web = { host: 'web.example.com', http: { paths: [pathTo(name)] } };

describe('the Ingress', () => {
  type Row = readonly [string, Challenge, Http01Settings, object, object];
  const of = (ingress: NonNullable<HTTP01Solver['ingress']>, dnsName?: string) =>
    anHttp01Challenge({ ingress }, dnsName === undefined ? {} : { dnsName });
  const beside = { ...owned, labels: identity, annotations: whitelist };
  const plain: Http01Settings = plainSettings;
  const table: readonly Row[] = [
    ['without a class', of({}), plain, beside, { rules: [web] }],
    ['by class name', of({ ingressClassName: 'nginx' }), plain, beside, { ingressClassName: 'nginx', rules: [web] }],
    [
      'by class',
      of({ class: 'nginx' }),
      plain,
      { ...beside, annotations: { ...whitelist, 'kubernetes.io/ingress.class': 'nginx' } },
      { rules: [web] },
    ],
    [
      'of the empty class',
      of({ class: '' }),
      plain,
      { ...beside, annotations: { ...whitelist, 'kubernetes.io/ingress.class': '' } },
      { rules: [web] },
    ],
    [
      'with another path type',
      of({}),
      { ...plain, exactPaths: false },
      beside,
      { rules: [{ ...web, http: { paths: [pathTo(name, 'ImplementationSpecific')] } }] },
    ],
    [
      'for an IPv4 address',
      of({}, '192.0.2.1'),
      plain,
      { ...beside, labels: { ...identity, 'acme.cert-manager.io/http-domain': '147259834' } },
      { rules: [{ http: web.http }] },
    ],
    [
      'for an IPv6 address',
      of({}, '2001:db8::1'),
      plain,
      { ...beside, labels: { ...identity, 'acme.cert-manager.io/http-domain': '257163937' } },
      { rules: [{ http: web.http }] },
    ],
    [
      'by a template',
      of({ ingressTemplate: { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } } }),
      { ...plain, extraLabels: { e: 'f' } },
      { ...beside, labels: { ...identity, a: 'b', e: 'f' }, annotations: { ...whitelist, c: 'd' } },
      { rules: [web] },
    ],
    [
      'by a template that limits sources in its own way',
      of({ ingressTemplate: { metadata: { annotations: { 'other.example/whitelist-source-range': '10.0.0.0/8' } } } }),
      plain,
      { ...beside, annotations: { 'other.example/whitelist-source-range': '10.0.0.0/8' } },
      { rules: [web] },
    ],
  ];
  for (const [what, challenge, settings, metadata, spec] of table)
    it(what, () => {
      assert.deepEqual(http01Objects(challenge, settings).ingress, {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata,
        spec,
      });
    });

  it('is not made where one is named', () => {
    assert.deepEqual(Object.keys(http01Objects(of({ name: 'shop' }), plain)), ['pod', 'service']);
  });
});

describe('the HTTPRoute', () => {
  const parentRefs = [{ name: 'gateway', kind: 'Gateway', namespace: 'infra', sectionName: 'http' }];
  const backendRefs = [{ group: '', kind: 'Service', name, namespace: 'app', port: 8089, weight: 1 }];
  const rules = [{ matches: [{ path: { type: 'Exact', value: pathTo('').path } }], backendRefs }];

  it('leads a name to the Service', () => {
    const challenge = anHttp01Challenge({ gatewayHTTPRoute: { parentRefs, labels: { a: 'b' } } });
    assert.deepEqual(http01Objects(challenge, { ...plainSettings, extraLabels: { a: 'c', d: 'e' } }).httpRoute, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { ...owned, labels: { ...identity, a: 'b', d: 'e' } },
      spec: { parentRefs, hostnames: ['web.example.com'], rules },
    });
  });

  it('leads every host to the Service where an address is proved', () => {
    const challenge = anHttp01Challenge({ gatewayHTTPRoute: {} }, { dnsName: '192.0.2.1' });
    assert.deepEqual(http01Objects(challenge, plainSettings).httpRoute?.['spec'], { rules });
  });
});

describe('the shared solver', () => {
  const shared = (challenge: Challenge) => http01Objects(challenge, sharedSettings);

  it('needs an Ingress beside its Service, and nothing else', () => {
    assert.deepEqual(shared(anHttp01Challenge({ ingress: { ingressClassName: 'nginx' } })), {
      ingress: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: {
          name,
          namespace: 'cert-manager',
          labels: { ...identity, 'acme.cert-manager.io/challenge-uid': 'uid-of-web' },
          annotations: { ...whitelist, 'acme.cert-manager.io/challenge': 'app/web' },
        },
        spec: {
          ingressClassName: 'nginx',
          rules: [{ host: 'web.example.com', http: { paths: [pathTo('cert-manager-acme-solver')] } }],
        },
      },
    });
  });

  const template = { metadata: { annotations: { 'nginx.ingress.kubernetes.io/auth-secret': 'any' } } };
  const table: readonly (readonly [string, Challenge, readonly string[]])[] = [
    ['an existing Ingress leads to a pod', anHttp01Challenge({ ingress: { name: 'shop' } }), ['pod', 'service']],
    ['an HTTPRoute leads to a pod', anHttp01Challenge({ gatewayHTTPRoute: {} }), ['pod', 'service', 'httpRoute']],
    [
      'annotations of an Issuer stay in its namespace',
      anHttp01Challenge({ ingress: { ingressTemplate: template } }),
      ['pod', 'service', 'ingress'],
    ],
    [
      'annotations of a ClusterIssuer are taken',
      anHttp01Challenge(
        { ingress: { ingressTemplate: template } },
        { issuerRef: { name: 'acme', kind: 'ClusterIssuer' } },
      ),
      ['ingress'],
    ],
    ['a solver for DNS-01 has no objects', anHttp01Challenge({}), []],
  ];
  for (const [what, challenge, kinds] of table) it(what, () => assert.deepEqual(Object.keys(shared(challenge)), kinds));
});
