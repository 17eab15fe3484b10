import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Certificate } from '../../../src/api/certificate.ts';
import { certificates, issuers, type Kind, kinds } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { parseStored } from '../../../src/api/stored.ts';
import { structural } from '../../../src/schema/structural.ts';
import type { StructuralSchema } from '../../../src/schema/structural-rules.ts';

const metadata = {
  name: 'a',
  namespace: 'b',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-11-22T20:00:00Z',
};
const stored = (kind: Kind, rest: object): KubeObject => ({
  apiVersion: `${kind.group}/${kind.version}`,
  kind: kind.kind,
  metadata,
  ...rest,
});

const spec = { secretName: 's', issuerRef: { name: 'ca' } };

const bad: readonly [string, Kind, object, RegExp][] = [
  ['no spec', certificates, {}, /^spec: /],
  ['no secretName', certificates, { spec: { issuerRef: { name: 'x' } } }, /^spec\.secretName: /],
  ['a number for a name', certificates, { spec: { ...spec, dnsNames: ['a', 1] } }, /^spec\.dnsNames\.?\[1\]: /],
  [
    'an unknown algorithm',
    certificates,
    { spec: { ...spec, privateKey: { algorithm: 'DSA' } } },
    /^spec\.privateKey\.algorithm: /,
  ],
  ['a bad status', certificates, { spec, status: { revision: 'one' } }, /^status\.revision: /],
  ['a vault issuer without auth', issuers, { spec: { vault: { server: 's', path: 'p' } } }, /^spec\.vault\.auth: /],
];

for (const [name, kind, rest, expected] of bad) {
  test(`parseStored keeps and marks ${name}`, () => {
    const object = stored(kind, rest);
    const result = parseStored(kind, object);
    assert.equal(result.kind, 'bad');
    assert.equal(result.object, object);
    if (result.kind === 'bad') assert.match(result.error, expected);
  });
}

test('parseStored gives back the very object, members that we do not know included', () => {
  const object = stored(certificates, { spec: { ...spec, later: 1 }, status: { conditions: [], fromTomorrow: true } });
  const before = structuredClone(object);
  const result = parseStored<Certificate>(certificates, object);
  assert.equal(result.kind, 'ok');
  assert.equal(result.object, object);
  assert.deepEqual(object, before);
});

test('the error of many faults is short', () => {
  const object = stored(certificates, { spec: { ...spec, dnsNames: Array.from({ length: 100 }, () => 1) } });
  const result = parseStored(certificates, object);
  assert.equal(result.kind === 'bad' && result.error.split('; ').length, 3);
});

// Any value that the CRD allows, made from the CRD itself.
function anyValue(schema: StructuralSchema): fc.Arbitrary<unknown> {
  if (schema['x-kubernetes-int-or-string'] === true) return fc.constantFrom(1, '100m', '64Mi');
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return fc.jsonValue();
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.items !== undefined) return fc.array(anyValue(schema.items), { maxLength: 2 });
  if (schema.additionalProperties !== undefined) {
    return fc.dictionary(fc.constantFrom('a', 'b.c/d', ''), anyValue(schema.additionalProperties), {
      maxKeys: 2,
      noNullPrototype: true,
    });
  }
  if (schema.properties !== undefined) return objectOf(schema.properties, schema.required ?? []);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 2 ** 40 });
  if (schema.format === 'date-time') return fc.constantFrom('2026-11-22T20:00:00Z', '2026-11-22T20:00:00.123456+02:00');
  if (schema.pattern !== undefined) {
    const pattern = new RegExp(schema.pattern);
    return fc.constantFrom(...['a', '1h', '1.5h30m'].filter((text) => pattern.test(text)));
  }
  return fc.string({ minLength: schema.minLength ?? 0, maxLength: 8 });
}

function objectOf(
  properties: Readonly<Record<string, StructuralSchema>>,
  required: readonly string[],
): fc.Arbitrary<object> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, anyValue(each)]));
  return fc.record(members, { requiredKeys: [...required], noNullPrototype: true });
}

for (const kind of kinds) {
  for (const part of ['spec', 'status'] as const) {
    test(`what the CRD of ${kind.kind} allows in ${part} passes the parser unchanged`, () => {
      fc.assert(
        fc.property(anyValue(structural(kind[part], part)), (value) => {
          assert.deepEqual(kind[part].parse(value), value);
        }),
        { numRuns: 30 },
      );
    });
  }
}

const manifests: readonly [string, Kind, object][] = [
  [
    'a Certificate with everything that a user mostly says',
    certificates,
    {
      secretName: 'www-tls',
      commonName: 'www.example.com',
      dnsNames: ['www.example.com', '*.example.com'],
      ipAddresses: ['10.0.0.1', '::1'],
      duration: '1440h',
      renewBefore: '90m',
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always', encoding: 'PKCS8' },
      usages: ['server auth', 'client auth'],
      issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' },
      keystores: { pkcs12: { create: true, profile: 'Modern2023', passwordSecretRef: { name: 'p', key: 'k' } } },
      renewal: {
        policy: 'RenewBefore',
        windows: [{ cron: '0 3 * * *', windowDuration: '2h', timezone: 'Europe/Berlin' }],
      },
      secretTemplate: { labels: { a: 'b' }, annotations: { c: 'd' } },
    },
  ],
  [
    'an ACME issuer with solver pods and a DNS webhook',
    issuers,
    {
      acme: {
        server: 'https://acme.example.com/directory',
        privateKeySecretRef: { name: 'account' },
        solvers: [
          {
            selector: { dnsZones: ['example.com'] },
            dns01: { webhook: { groupName: 'g', solverName: 's', config: { any: [1, { thing: null }] } } },
          },
          {
            http01: {
              ingress: {
                ingressClassName: 'nginx',
                podTemplate: {
                  spec: {
                    tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }],
                    imagePullSecrets: [{ name: 'pull' }],
                    resources: { limits: { cpu: 1, memory: '64Mi' } },
                  },
                },
              },
            },
          },
          { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'gw', kind: 'Gateway', port: 80 }] } } },
        ],
      },
    },
  ],
];

for (const [name, kind, manifest] of manifests) {
  test(`${name} passes unchanged, and only what is unknown is stripped`, () => {
    assert.deepEqual(kind.spec.parse(manifest), manifest);
    assert.deepEqual(kind.spec.parse({ ...manifest, unknownMember: { a: 1 } }), manifest);
  });
}
