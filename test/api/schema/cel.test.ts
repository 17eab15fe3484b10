// The rules in the CRDs on a real API server where no webhook answers: what they refuse, that the webhook would refuse it too, and what becomes
// of objects that were stored before there were rules.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { type Kind, kinds } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { customResourceDefinitions, resourcePath } from '../../../src/kube/resources.ts';
import { defaultPemLimits } from '../../../src/pki/limits.ts';
import { customResourceDefinition } from '../../../src/schema/crd.ts';
import { formatFieldError } from '../../../src/webhook/findings.ts';
import type { RuleContext } from '../../../src/webhook/kind-rules.ts';
import { rulesOf } from '../../../src/webhook/rules/index.ts';
import { certificateSpec } from '../../oracle/certificate-variants.ts';
import { issuerSpec } from '../../oracle/issuer-variants.ts';
import {
  certificateRequestSpec,
  certificateRequestStatus,
  challengeParts,
  orderParts,
} from '../../oracle/request-variants.ts';
import type { Manifest } from '../../support/api-client.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { aRoot } from '../../support/pki-builders.ts';
import { until } from '../../support/until.ts';
import { request, rightCertificates, wrongCertificates } from './certificate-rows.ts';
import { rightIssuers, wrongIssuers } from './issuer-rows.ts';

type Parts = { readonly spec: unknown; readonly status?: unknown };

const context = {
  gates: { LiteralCertificateSubject: true, NameConstraints: true, OtherNames: true },
  limits: defaultPemLimits,
  request: { operation: 'CREATE', userInfo: {} },
} as unknown as RuleContext;

function kindOf(name: string): Kind {
  const kind = kinds.find((each) => each.kind === name);
  assert.ok(kind !== undefined, name);
  return kind;
}

const approved = { type: 'Approved', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
const denied = { ...approved, type: 'Denied' };
const order = { request: 'YQ==', issuerRef: { name: 'a' } };
const challenge = {
  url: 'u',
  authorizationURL: 'a',
  dnsName: 'd',
  type: 'DNS-01',
  token: 't',
  key: 'k',
  solver: { dns01: { route53: {} } },
  issuerRef: { name: 'a' },
};
const placed = {
  url: 'u',
  finalizeURL: 'f',
  certificate: 'YQ==',
  authorizations: [{ url: 'a' }],
};
const { certificate: _certificate, ...unfinished } = placed;

const immutable = 'cannot change spec after creation';
const once = 'field is immutable once set';

/** What is there, what it becomes, and the words of the refusal; none where both accept it. */
const changes: readonly [string, string, Parts, Parts, string?][] = [
  ...[
    { request: 'YQ==' },
    { issuerRef: { name: 'other' } },
    { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } },
    { duration: '1h' },
    { isCA: true },
    { usages: ['any'] },
    { username: 'joe' },
    { uid: '2' },
    { groups: ['a'] },
    { extra: { a: ['b'] } },
  ].map((change): [string, string, Parts, Parts, string] => [
    'CertificateRequest',
    `another ${Object.keys(change)[0]}`,
    { spec: request },
    { spec: { ...request, ...change } },
    immutable,
  ]),
  [
    'CertificateRequest',
    'the same in words of Go',
    { spec: { ...request, duration: '90m', isCA: false, username: '', issuerRef: { name: 'ca', group: '' } } },
    { spec: { ...request, duration: '1h30m0s', issuerRef: { name: 'ca', kind: '' } } },
  ],
  ['CertificateRequest', 'an approval', { spec: request }, { spec: request, status: { conditions: [approved] } }],
  [
    'CertificateRequest',
    'both decisions',
    { spec: request },
    { spec: request, status: { conditions: [approved, denied] } },
    "both 'Denied' and 'Approved' conditions cannot coexist",
  ],
  [
    'CertificateRequest',
    'an approval that is none',
    { spec: request },
    { spec: request, status: { conditions: [{ ...approved, status: 'False' }] } },
    '"Approved" condition may only be set to True',
  ],
  [
    'CertificateRequest',
    'a denial that is none',
    { spec: request },
    { spec: request, status: { conditions: [{ ...denied, status: 'Unknown' }] } },
    '"Denied" condition may only be set to True',
  ],
  [
    'CertificateRequest',
    'an approval taken back',
    { spec: request, status: { conditions: [approved] } },
    { spec: request, status: { conditions: [] } },
    "'Approved' condition may not be modified once set",
  ],
  [
    'CertificateRequest',
    'a denial taken back',
    { spec: request, status: { conditions: [denied] } },
    { spec: request, status: { certificate: 'YQ==' } },
    "'Denied' condition may not be modified once set",
  ],
  [
    'CertificateRequest',
    'an approval of another time',
    { spec: request, status: { conditions: [approved] } },
    { spec: request, status: { conditions: [{ ...approved, lastTransitionTime: '2026-02-02T00:00:00Z' }] } },
    "'Approved' and 'Denied' conditions may not be modified once set",
  ],
  [
    'CertificateRequest',
    'a further condition',
    { spec: request, status: { conditions: [approved] } },
    { spec: request, status: { conditions: [{ type: 'Ready', status: 'True' }, approved] } },
  ],
  ['Order', 'another request', { spec: order }, { spec: { ...order, request: 'Yg==' } }, once],
  ['Order', 'other names', { spec: order }, { spec: { ...order, dnsNames: ['a'] } }],
  ['Order', 'its first status', { spec: order }, { spec: order, status: placed }],
  [
    'Order',
    'an order that is placed anew',
    { spec: order, status: unfinished },
    { spec: order, status: { state: 'pending', failedAttempts: 1 } },
  ],
  [
    'Order',
    'an order that is placed anew, uncounted',
    { spec: order, status: { ...unfinished, failedAttempts: 1 } },
    { spec: order, status: { state: 'pending', failedAttempts: 1 } },
    once,
  ],
  ...[{ url: 'v' }, { finalizeURL: 'g' }, { certificate: 'Yg==' }, { authorizations: [] }].map(
    (change): [string, string, Parts, Parts, string] => [
      'Order',
      `another ${Object.keys(change)[0]} in its status`,
      { spec: order, status: placed },
      { spec: order, status: { ...placed, ...change } },
      `${Object.keys(change)[0]}: ${once}`,
    ],
  ),
  [
    'Challenge',
    'another key',
    { spec: challenge },
    { spec: { ...challenge, key: 'l' } },
    'challenge spec is immutable after creation',
  ],
  [
    'Challenge',
    'another solver',
    { spec: challenge },
    { spec: { ...challenge, solver: { http01: {} } } },
    'challenge spec is immutable after creation',
  ],
  ['Challenge', 'the same in words of Go', { spec: { ...challenge, wildcard: false } }, { spec: challenge }],
];

/** What is wrong with the shape of an object keeps the API server from looking at the rules. */
const isOfSchema = (answer: string) => /some validation rules were not checked|: Duplicate value: /.test(answer);

function nothingIfRefused(error: unknown): [] {
  if (error instanceof ApiError && error.status === 422) return [];
  throw error;
}

describe('the rules in the CRDs', () => {
  let plane: ControlPlane;
  let namespace: string;
  const told = new Map<unknown, Set<string>>();
  let made = 0;

  const manifestOf = (kind: Kind, { spec, status }: Parts, name = `o${++made}`): KubeObject & Manifest =>
    ({
      apiVersion: `${kind.group}/${kind.version}`,
      kind: kind.kind,
      metadata: kind.namespaced ? { name, namespace } : { name },
      spec,
      ...(status === undefined ? {} : { status }),
    }) as unknown as KubeObject & Manifest;

  /** What the API server says; undefined where it accepts. Its words are kept for the count of rules at the end. */
  async function refusal(kind: Kind, asked: Promise<unknown>): Promise<string | undefined> {
    try {
      await asked;
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 422) throw error;
      const words = told.get(kind.rules) ?? new Set();
      for (const { message } of kind.rules) if (error.message.includes(message)) words.add(message);
      told.set(kind.rules, words);
      return error.message;
    }
  }

  const dryCreate = (kind: Kind, parts: Parts) => {
    const manifest = manifestOf(kind, parts);
    const path = `${resourcePath(kind, kind.namespaced ? { namespace } : {})}?dryRun=All`;
    return refusal(kind, plane.client.request('POST', path, manifest));
  };

  /** Creates what is there. The answer to each of the two writes that change it, of which none is kept. */
  async function change(kind: Kind, from: Parts, to: Parts) {
    const stored = await plane.client.create<KubeObject>(kind, manifestOf(kind, from));
    const whole = { ...stored, status: from.status } as unknown as Manifest;
    const there = from.status === undefined ? stored : await plane.client.replace<KubeObject>(kind, whole, 'status');
    const { name } = stored.metadata;
    const key = kind.namespaced ? { name, namespace } : { name };
    const write = async (body: object, subresource?: string) =>
      refusal(kind, plane.client.request('PUT', `${resourcePath(kind, key, subresource)}?dryRun=All`, body));
    const changed = { ...there, spec: to.spec };
    const moved = { ...there, status: to.status };
    return [
      { answer: await write(changed), before: there, after: changed },
      { answer: await write(moved, 'status'), before: there, after: moved },
    ];
  }

  const webhookOnCreate = (kind: Kind, parts: Parts) =>
    rulesOf(kind.kind)?.create?.(manifestOf(kind, parts), context).errors.map(formatFieldError) ?? [];
  const webhookOnUpdate = (kind: Kind, from: object, to: object) =>
    rulesOf(kind.kind)
      ?.update?.(from as KubeObject, to as KubeObject, context)
      .errors.map(formatFieldError) ?? [];

  before(async () => {
    plane = await startControlPlane({ crds: true });
    namespace = await plane.createNamespace('cel');
  });
  after(() => plane.stop());

  for (const [kind, name, spec] of [...rightCertificates, ...rightIssuers]) {
    it(`accepts, as the webhook does: ${kind} with ${name}`, async () => {
      assert.equal(await dryCreate(kindOf(kind), { spec }), undefined);
      assert.deepEqual(webhookOnCreate(kindOf(kind), { spec }), []);
    });
  }

  for (const [kind, name, spec, words] of [...wrongCertificates, ...wrongIssuers]) {
    it(`refuses, as the webhook does: ${kind} with ${name}`, async () => {
      const answer = await dryCreate(kindOf(kind), { spec });
      assert.ok(answer?.includes(words), `${answer} lacks ${words}`);
      assert.notDeepEqual(webhookOnCreate(kindOf(kind), { spec }), []);
    });
  }

  for (const [kind, name, from, to, words] of changes) {
    it(`${words === undefined ? 'accepts' : 'refuses'} a change, as the webhook does: ${kind} with ${name}`, async () => {
      const writes = await change(kindOf(kind), from, to);
      const answers = writes.map(({ answer }) => answer).filter((answer) => answer !== undefined);
      const findings = writes.flatMap(({ before, after }) => webhookOnUpdate(kindOf(kind), before, after));
      if (words === undefined) assert.deepEqual([answers, findings], [[], []]);
      else {
        assert.ok(
          answers.some((answer) => answer.includes(words)),
          `${answers} lacks ${words}`,
        );
        assert.notDeepEqual(findings, []);
      }
    });
  }

  it('leaves to the webhook what `cmctl check api` expects it, and nobody else, to refuse', async () => {
    const spec = { request: Buffer.from('invalid-csr').toString('base64'), issuerRef: { name: 'cmapichecker' } };
    assert.equal(await dryCreate(kindOf('CertificateRequest'), { spec }), undefined);
    assert.notDeepEqual(webhookOnCreate(kindOf('CertificateRequest'), { spec }), []);
  });

  it('accepts what a cluster holds that cert-manager has run, and what the examples apply', async () => {
    const root = join(import.meta.dirname, '..', '..', '..');
    const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
    const held = kinds.flatMap(
      ({ plural }) => (JSON.parse(read('test/golden/adopted', `${plural}.json`)) as { items: KubeObject[] }).items,
    );
    const examples = readdirSync(join(root, 'docs/examples'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) => parseAllDocuments(read('docs/examples', name)))
      .map((document) => document.toJS() as KubeObject)
      .filter(({ apiVersion }) => apiVersion.includes('cert-manager.io'));
    assert.ok(held.length > 20 && examples.length > 5);
    for (const object of [...held, ...examples]) {
      assert.equal(await dryCreate(kindOf(object.kind), object as unknown as Parts), undefined, object.metadata.name);
    }
  });

  it('has no rule that the rows above do not know', () => {
    for (const kind of kinds) {
      const known = told.get(kind.rules);
      const unknown = kind.rules.filter(({ message }) => known?.has(message) !== true).map(({ message }) => message);
      assert.deepEqual(unknown, [], kind.kind);
    }
  });

  const requests = [request.request];
  const created: readonly [string, fc.Arbitrary<unknown>][] = [
    ['Certificate', certificateSpec],
    ['CertificateRequest', certificateRequestSpec(requests)],
    ['Issuer', issuerSpec(aRoot().pem)],
  ];

  for (const [name, specs] of created) {
    it(`refuses no ${name} at random that the webhook accepts`, async () => {
      const kind = kindOf(name);
      let refused = 0;
      for (const spec of fc.sample(specs, { seed: 1, numRuns: 400 })) {
        if (!kind.spec.safeParse(spec).success) continue;
        const answer = await dryCreate(kind, { spec });
        if (answer === undefined || isOfSchema(answer)) continue;
        refused++;
        assert.notDeepEqual(webhookOnCreate(kind, { spec }), [], `${answer}\n${JSON.stringify(spec)}`);
      }
      assert.ok(refused > 20, `${refused} refused`);
    });
  }

  const changed: readonly [string, fc.Arbitrary<unknown>][] = [
    [
      'CertificateRequest',
      fc.record({
        spec: certificateRequestSpec(requests),
        status: fc.option(certificateRequestStatus, { nil: undefined }),
      }),
    ],
    ['Order', orderParts],
    ['Challenge', challengeParts],
  ];

  for (const [name, parts] of changed) {
    it(`refuses no change of a ${name} at random that the webhook accepts`, async () => {
      const kind = kindOf(name);
      const valid = (each: unknown) =>
        kind.spec.safeParse((each as Parts).spec).success &&
        kind.status.optional().safeParse((each as Parts).status).success;
      const pairs = fc.sample(fc.tuple(parts, parts), { seed: 2, numRuns: 200 }) as [Parts, Parts][];
      let refused = 0;
      for (const [from, to] of pairs) {
        if (!valid(from) || !valid(to)) continue;
        const writes = await change(kind, from, to).catch(nothingIfRefused);
        for (const { answer, before, after } of writes) {
          if (answer === undefined || isOfSchema(answer)) continue;
          refused++;
          assert.notDeepEqual(
            webhookOnUpdate(kind, before, after),
            [],
            `${answer}\n${JSON.stringify([before, after])}`,
          );
        }
      }
      assert.ok(refused > 20, `${refused} refused`);
    });
  }

  it('leaves alone what is stored already: only a changed spec is looked at', async () => {
    const [certificates, issuers] = [kindOf('Certificate'), kindOf('Issuer')];
    const bad = { spec: { secretName: '', issuerRef: { name: 'ca' }, duration: '1m' } };
    await withoutRules(async () => {
      await plane.client.create(certificates, manifestOf(certificates, bad, 'old'));
      await plane.client.create(issuers, manifestOf(issuers, { spec: {} }, 'old'));
    });
    const key = { namespace, name: 'old' };
    for (const kind of [certificates, issuers]) {
      const condition = { type: 'Ready', status: 'False', reason: 'Old' };
      await plane.client.merge(kind, key, { status: { conditions: [condition] } }, 'status');
      await plane.client.merge(kind, key, { metadata: { labels: { a: 'b' }, finalizers: ['example.com/a'] } });
      await plane.client.merge(kind, key, { metadata: { finalizers: null } });
    }
    const worse = plane.client.merge(certificates, key, { spec: { commonName: 'a' } });
    assert.equal(await refusal(certificates, worse), undefined, 'a member that is wrong already stays so');
    assert.match(
      (await refusal(issuers, plane.client.merge(issuers, key, { spec: { acme: null, ca: { secretName: '' } } }))) ??
        '',
      /must be specified/,
    );
    const mended = { spec: { secretName: 'tls', duration: '1h' } };
    assert.equal(await refusal(certificates, plane.client.merge(certificates, key, mended)), undefined);
    assert.match(
      (await refusal(certificates, plane.client.merge(certificates, key, { spec: { duration: '1m' } }))) ?? '',
      /1h0m0s/,
    );
    await plane.client.delete(issuers, key);
  });

  /** As the CRDs of a version without rules. */
  async function withoutRules(make: () => Promise<void>): Promise<void> {
    const install = (rules: boolean) =>
      Promise.all(
        kinds.map((kind) =>
          plane.client.apply(
            customResourceDefinitions,
            customResourceDefinition(rules ? kind : { ...kind, rules: [] }) as unknown as Manifest,
            'install',
          ),
        ),
      );
    const nothing = { spec: { secretName: '', issuerRef: { name: '' } } };
    const isRefused = async (kind: string, spec: unknown) => (await dryCreate(kindOf(kind), { spec })) !== undefined;
    const bothAre = async (refused: boolean) =>
      (await isRefused('Certificate', nothing.spec)) === refused && (await isRefused('Issuer', {})) === refused;
    await install(false);
    await until('there are no rules', () => bothAre(false));
    await make();
    await install(true);
    await until('the rules are back', () => bothAre(true));
  }
});
