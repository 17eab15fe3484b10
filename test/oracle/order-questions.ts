// Orders, issuers and authorizations made at random for the comparison with upstream's own code. Whole solvers are made of the Challenge's CRD, so
// that no field of the API is forgotten; selectors and annotations are made so that they often fit.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { OrderAuthorization } from '../../src/api/order.ts';
import type { Solver } from '../../src/api/solver.ts';
import { durations, type Json, list, maybe, record } from './admission-words.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

const crd = parse(readFileSync(new URL('../../crds/acme.cert-manager.io_challenges.yaml', import.meta.url), 'utf8'));
const solverSchema: Schema = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.solver;

const texts = fc.constantFrom(
  '',
  'a',
  'b.example.com',
  'x < y & z > 0',
  'straße',
  '\u2028',
  '😀',
  'tab\there',
  '"quoted\\"',
);
const keys = fc.constantFrom('a', 'b', '9', '10', 'app.kubernetes.io/name', 'Z', 'é');
const quantities = fc.oneof(
  fc.constantFrom(
    '64Mi',
    '1024Mi',
    '0.5',
    '100m',
    '1000m',
    '1.5Gi',
    '1e3',
    '1E3',
    '0',
    '0.0001',
    '1234567890123456789k',
    '1.234k',
  ),
  fc.constantFrom(
    '10Ki',
    '8Mi',
    '1500',
    '2000',
    '0.1Ki',
    '+5',
    '-1',
    '-1.5Gi',
    '1.5E',
    '100Ei',
    '.5',
    '1n',
    '0.1n',
    '12e-3',
    '3.0',
  ),
  fc.constantFrom(2, 1000),
);
const anything = fc.constantFrom<Json>({ a: '<1>', b: [1, null, true, { c: 'é' }] }, {}, [], 'text', 7);

function ofSchema(schema: Schema): fc.Arbitrary<Json> {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return anything;
  if (schema['x-kubernetes-int-or-string'] === true) return quantities;
  if (schema.additionalProperties !== undefined)
    return fc.dictionary(keys, ofSchema(schema.additionalProperties), { maxKeys: 3 });
  if (schema.items !== undefined) return fc.array(ofSchema(schema.items), { maxLength: 2 });
  if (schema.type === 'object') return ofProperties(schema.properties ?? {});
  if (schema.type === 'boolean') return fc.boolean();
  return schema.type === 'integer' ? fc.integer({ min: 0, max: 100_000 }) : texts;
}

function ofProperties(properties: Readonly<Record<string, Schema>>): fc.Arbitrary<Json> {
  const entries = Object.entries(properties).map(([name, schema]) => {
    const value = name === 'waitInsteadOfSelfCheck' ? fc.constantFrom(...durations) : ofSchema(schema);
    return [name, fc.option(value, { nil: undefined, freq: 2 })] as const;
  });
  return record(Object.fromEntries(entries));
}

/** Any solver that the API lets through, fitting or not. */
const anySolver = ofSchema(solverSchema) as fc.Arbitrary<Solver>;

const domains = ['example.com', 'www.example.com', 'a.b.example.com', 'example.org', 'com'];
const zones = [
  ...domains,
  'EXAMPLE.com',
  'example.com.',
  '*.example.com',
  '.',
  '',
  'ample.com',
  'b.example.com',
  '.example.com',
];
const label = fc.constantFrom('x', 'y');
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'team'), label, { maxKeys: 3 });

const selector = record({
  matchLabels: fc.oneof(maybe({}), labels),
  dnsNames: list(fc.constantFrom(...domains, '*.example.com', 'WWW.example.com')),
  dnsZones: list(fc.constantFrom(...zones)),
});
const parentRef = record({
  name: fc.constantFrom<Json>('gateway', 'other'),
  kind: maybe('Gateway', 'ListenerSet'),
  namespace: maybe('ns', 'elsewhere'),
  group: maybe('gateway.networking.k8s.io'),
});
const fittingSolver = record({
  selector: fc.option(selector, { nil: undefined, freq: 3 }),
  http01: fc.option(
    fc.oneof(
      record({ ingress: record({ class: maybe('', 'nginx'), name: maybe('web'), ingressClassName: maybe('nginx') }) }),
      record({ gatewayHTTPRoute: record({ parentRefs: list(parentRef, 3), labels: maybe({ a: 'b' }) }) }),
    ),
    { nil: undefined, freq: 2 },
  ),
  dns01: maybe({ cloudflare: { email: 'a@b.c' } }, { route53: { region: 'eu' } }),
}) as fc.Arbitrary<Solver>;

const prefix = 'acme.cert-manager.io/http01-';
const annotations = record({
  [`${prefix}override-ingress-name`]: maybe('web', ''),
  [`${prefix}override-ingress-class`]: maybe('nginx', ''),
  [`${prefix}override-ingress-ingressclassname`]: maybe('nginx', ''),
  [`${prefix}parentrefname`]: fc.constantFrom<Json>(undefined, 'gateway', ''),
  [`${prefix}parentrefkind`]: fc.constantFrom<Json>(undefined, 'Gateway', ''),
  [`${prefix}parentrefnamespace`]: maybe('elsewhere', ''),
  other: maybe('x'),
}) as fc.Arbitrary<Record<string, string>>;

const offered = fc.shuffledSubarray([
  { url: 'https://ca/chall/1', token: 'token-1', type: 'http-01' },
  { url: 'https://ca/chall/2', token: 'token<2>', type: 'dns-01' },
  { url: 'https://ca/chall/3', token: '', type: 'tls-alpn-01' },
]);
const authorization = record({
  url: fc.constant('https://ca/authz/1'),
  identifier: fc.constantFrom(...domains),
  wildcard: fc.constantFrom<Json>(undefined, true, false),
  initialState: fc.constant('pending'),
  challenges: offered,
}) as unknown as fc.Arbitrary<OrderAuthorization>;

const issuerRef = record({
  name: fc.constantFrom<Json>('acme', 'straße & <co>'),
  kind: maybe('', 'Issuer', 'ClusterIssuer'),
  group: maybe('', 'cert-manager.io'),
});

const names = fc.constantFrom(
  'web-1',
  'a.b.c-1',
  'x'.repeat(51),
  `${'x'.repeat(51)}y`,
  `${'x'.repeat(49)}...y`,
  'long-'.repeat(20).slice(0, 99),
);

export interface ChallengeQuestion {
  readonly solvers: readonly Solver[];
  readonly authorization: OrderAuthorization;
  readonly order: {
    readonly metadata: {
      readonly name: string;
      readonly namespace: string;
      readonly labels?: Record<string, string>;
      readonly annotations?: Record<string, string>;
    };
    readonly spec: { readonly issuerRef: never; readonly request: string };
  };
}

const questionWith = (solvers: fc.Arbitrary<readonly Solver[]>): fc.Arbitrary<ChallengeQuestion> =>
  fc.record({
    solvers,
    authorization,
    order: fc.record({
      metadata: record({
        name: names,
        namespace: fc.constant('ns'),
        labels: fc.option(labels, { nil: undefined }),
        // The API server leaves an empty map out.
        annotations: annotations.map((each) => (Object.keys(each).length === 0 ? undefined : each)),
      }),
      spec: fc.record({ issuerRef, request: fc.constant('') }),
    }),
  }) as unknown as fc.Arbitrary<ChallengeQuestion>;

/** Which solver is taken, and what annotations make of it. */
export const choices = questionWith(fc.array(fittingSolver, { maxLength: 6 }));

/** Every field that a solver may have, in the name of the Challenge. */
export const fields = questionWith(
  fc.tuple(anySolver.map(({ selector: _selector, ...rest }) => ({ ...rest, http01: rest.http01 ?? {} }))),
);

export interface OrderQuestion {
  readonly requestName: string;
  readonly issuerRef: never;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly duration?: string;
  readonly profile?: string;
  readonly replaces?: string;
}

export const orders = record({
  requestName: names,
  issuerRef,
  commonName: fc.constantFrom('', 'a.example.com', 'a & b'),
  dnsNames: fc.array(fc.constantFrom('a.example.com', '*.example.com', 'B.example.com', 'xn--strae-oqa.example'), {
    maxLength: 3,
  }),
  ipAddresses: fc.array(fc.constantFrom('10.0.0.1', '2001:db8::1', '::ffff:1.2.3.4'), { maxLength: 2 }),
  duration: maybe(...durations),
  profile: maybe('', 'tlsserver'),
  replaces: maybe('', 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE'),
}) as unknown as fc.Arbitrary<OrderQuestion>;
