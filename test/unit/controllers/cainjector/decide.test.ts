import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../../../../src/api/meta.ts';
import { decideInjection, freeWrites, heldBack } from '../../../../src/controllers/cainjector/decide.ts';
import type { InjectionSeen, Problem } from '../../../../src/controllers/cainjector/seen.ts';
import {
  apiServices,
  definitions,
  mutatingWebhookConfigurations,
  type TargetKind,
  targetKinds,
  validatingWebhookConfigurations,
} from '../../../../src/controllers/cainjector/targets.ts';
import type { Writes } from '../../../../src/kube/reconcile.ts';
import {
  aCaPem,
  aTarget,
  base64,
  injectionTime as now,
  injectionRules as rules,
  seenWith,
} from '../../../support/injection-builders.ts';

const one = aCaPem('one');
const two = aCaPem('two');
const old = aCaPem('old', -1);
const nothing: Writes = { kind: 'write', actions: [], wake: 'onChange' };
const by = 'cert-manager-cainjector';
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

/** The decision as users would see it: fields that are applied, or events. */
const applied = (kind: TargetKind, live: KubeObject, ca: string, merging = true): object | undefined => {
  const { actions } = decideInjection(seenWith(live, ca), now, kind, { ...rules, merging });
  const [action] = actions;
  if (action === undefined) return undefined;
  assert.ok(actions.length === 1 && action.kind === 'apply' && action.by === by && action.resource === kind.resource);
  const { apiVersion, kind: name, metadata, ...fields } = action.manifest;
  assert.deepEqual([apiVersion, name], [live.apiVersion, live.kind]);
  assert.deepEqual(metadata, { name: 'web', uid: 'target-uid', resourceVersion: '7' });
  return fields;
};
const hook = (index: number, bundle: string) => ({
  name: `hook-${index}.web.example`,
  clientConfig: { caBundle: base64(bundle) },
});
const bundles = (...texts: string[]) => ({ bundles: texts.map(base64) });

/** [what, kind, live target, what is applied]. */
const table: readonly [string, TargetKind, KubeObject, object | undefined][] = [
  ...[validatingWebhookConfigurations, mutatingWebhookConfigurations].flatMap((kind): typeof table => [
    ['all webhooks without one', kind, aTarget(kind, bundles('', '')), { webhooks: [hook(0, one), hook(1, one)] }],
    [
      'all webhooks, each by itself',
      kind,
      aTarget(kind, bundles(two, one)),
      { webhooks: [hook(0, two + one), hook(1, one)] },
    ],
    ['what is right', kind, aTarget(kind, bundles(two + one, one)), undefined],
    ['no webhooks', kind, aTarget(kind, bundles()), undefined],
  ]),
  ['an APIService', apiServices, aTarget(apiServices), { spec: { caBundle: base64(one) } }],
  ['an APIService that is right', apiServices, aTarget(apiServices, bundles(one)), undefined],
  [
    'an APIService that the API server serves itself',
    apiServices,
    { ...aTarget(apiServices), spec: { group: 'apps', version: 'v1' } } as KubeObject,
    undefined,
  ],
  [
    'a conversion webhook',
    definitions,
    aTarget(definitions, bundles(old)),
    { spec: { conversion: { webhook: { clientConfig: { caBundle: base64(one) } } } } },
  ],
  ['a conversion webhook that is right', definitions, aTarget(definitions, bundles(one)), undefined],
  [
    'no conversion',
    definitions,
    { ...aTarget(definitions), spec: { conversion: { strategy: 'None' } } } as KubeObject,
    undefined,
  ],
  ['no spec', definitions, { ...aTarget(definitions), spec: {} } as KubeObject, undefined],
];

describe('what is injected into', () => {
  for (const [what, kind, live, expected] of table)
    it(`${kind.resource.kind}: ${what}`, () => assert.deepEqual(applied(kind, live, one), expected));

  it('a bundle that is not merged', () => {
    const live = aTarget(apiServices, bundles(two + one));
    assert.deepEqual(applied(apiServices, live, one, false), { spec: { caBundle: base64(one) } });
  });
});

describe('the decision about a target', () => {
  const kind = validatingWebhookConfigurations;
  const live = aTarget(kind);
  const decide = (change: Partial<InjectionSeen>, at = now) =>
    decideInjection(seenWith(live, one, change), at, kind, rules);
  const event = (about: KubeObject, reason: string, message: string) => ({
    kind: 'event',
    by,
    about,
    type: 'Warning',
    reason,
    message,
  });

  it('is none where the target has gone in between', () => {
    const { live: _, ...rest } = seenWith(live, one);
    assert.deepEqual(decideInjection(rest, now, kind, rules), nothing);
  });

  it('tells a problem that may pass only once it has lasted', () => {
    const problem: Problem = { reason: 'SourceNotFound', message: 'Not there', mayPass: true };
    const source = { kind: 'problem', problem } as const;
    const wait = { kind: 'write', actions: [], wake: { at: later(60) } };
    assert.deepEqual(decide({ source }), wait);
    assert.deepEqual(decide({ source, past: { writes: [], troubledSince: now } }, later(59)), wait);
    const told = { kind: 'write', actions: [event(live, 'SourceNotFound', 'Not there')], wake: 'onChange' };
    assert.deepEqual(decide({ source, past: { writes: [], troubledSince: now } }, later(60)), told);
    assert.deepEqual(decide({ source: { kind: 'problem', problem: { ...problem, mayPass: false } } }), told);
  });

  it('looks again at the CA of the API server, since nobody tells of its change', () => {
    assert.deepEqual(decide({ lookAgain: true }).wake, { at: later(600) });
    const right = aTarget(kind, bundles(one));
    assert.deepEqual(decide({ lookAgain: true, live: right }), {
      kind: 'write',
      actions: [],
      wake: { at: later(600) },
    });
  });

  it('first takes over what an older release owns by updates', () => {
    const fieldsV1 = {
      'f:webhooks': { 'k:{"name":"hook-0.web.example"}': { 'f:clientConfig': { 'f:caBundle': {} } } },
    };
    const before = aTarget(kind, { managedFields: [{ manager: by, operation: 'Update', fieldsV1 }] });
    assert.deepEqual(decide({ live: before }), {
      kind: 'write',
      actions: [
        {
          kind: 'ownership',
          by,
          resource: kind.resource,
          object: before,
          managedFields: [{ manager: by, operation: 'Apply', fieldsV1 }],
        },
      ],
      wake: { at: now },
    });
    const right = {
      ...before,
      ...{ webhooks: (aTarget(kind, bundles(one)) as unknown as { webhooks: unknown }).webhooks },
    };
    assert.deepEqual(decide({ live: right }), nothing);
  });

  it('leaves all but a missing bundle to the leader while it stands by', () => {
    const waited: Partial<InjectionSeen> = { leads: false, past: { writes: [], troubledSince: later(-1) } };
    const problem: Problem = { reason: 'InvalidSource', message: 'No', mayPass: false };
    const fields = (...texts: string[]) => ({ webhooks: texts.map((text, index) => hook(index, text)) });
    type Row = readonly [string, readonly string[], Partial<InjectionSeen>, Writes['wake'], (readonly string[])?];
    const rows: readonly Row[] = [
      ['a missing bundle, seen just now', [''], { leads: false }, { at: later(1) }],
      ['a missing bundle', [''], waited, 'onChange', [one]],
      ['a missing one beside others: as they are', [two, '', old], waited, 'onChange', [two, one, old]],
      ['a wrong bundle', [two], waited, 'onChange'],
      ['an expired bundle', [old], waited, 'onChange'],
      ['no bundle at all', [], waited, 'onChange'],
      [
        'a bundle that it filled in before',
        [''],
        { ...waited, past: { ...waited.past, writes: [later(-600)] } },
        'onChange',
      ],
      ['a problem', [''], { ...waited, source: { kind: 'problem', problem } }, 'onChange'],
      ['the CA of the API server', [one], { ...waited, lookAgain: true }, 'onChange'],
    ];
    for (const [what, present, change, expectedWake, filled] of rows) {
      const target = aTarget(kind, bundles(...present));
      const { actions, wake } = decideInjection(seenWith(target, one, change), now, kind, rules);
      const manifests = actions.map((action) => (action.kind === 'apply' ? action.manifest : action.kind));
      const metadata = { name: 'web', uid: 'target-uid', resourceVersion: '7' };
      const head = { apiVersion: target.apiVersion, kind: target.kind, metadata };
      assert.deepEqual(manifests, filled === undefined ? [] : [{ ...head, ...fields(...filled) }], what);
      assert.deepEqual(wake, expectedWake, what);
    }
  });

  it('holds back from a fight, and says with whom', () => {
    const writes = Array.from({ length: freeWrites }, (_, index) => later(index - freeWrites));
    const fieldsV1 = {
      'f:webhooks': { 'k:{"name":"hook-0.web.example"}': { 'f:clientConfig': { 'f:caBundle': {} } } },
    };
    const contested = aTarget(kind, { managedFields: [{ manager: 'argocd', operation: 'Update', fieldsV1 }] });
    const message =
      'argocd keeps changing the CA bundle, which is therefore set at most 10 times in 5 minutes; have it leave caBundle alone';
    assert.deepEqual(decide({ live: contested, past: { writes } }), {
      kind: 'write',
      actions: [event(live, 'InjectionContested', message)],
      wake: { at: later(300 - freeWrites) },
    });
    assert.deepEqual(decide({ live: aTarget(kind, bundles(one)), past: { writes } }), nothing);
    assert.equal(decide({ past: { writes } }, later(300)).actions[0]?.kind, 'apply');
    assert.equal(decide({ past: { writes: writes.slice(1) } }).actions[0]?.kind, 'apply');
  });

  it('never sets a bundle more often than that, however often it looks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 }), (pauses) => {
        const times: Date[] = [];
        let at = now;
        for (const pause of pauses) {
          at = new Date(at.getTime() + pause * 1000);
          if (heldBack(times.slice(-freeWrites), at) === undefined) times.push(at);
        }
        for (const [index, time] of times.entries()) {
          const before = times[index - freeWrites];
          assert.ok(before === undefined || time.getTime() - before.getTime() >= 300_000);
        }
      }),
    );
  });

  it('comes to rest: with what it applied in place there is nothing to do', () => {
    const text = fc
      .array(fc.constantFrom(one, two, old, 'rubbish', ''), { maxLength: 4 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom(...targetKinds),
        fc.array(text, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(one, two, one + two, two + old),
        fc.boolean(),
        (each, present, ca, merging) => {
          const before = aTarget(each, bundles(...present));
          const [action] = decideInjection(seenWith(before, ca), now, each, { ...rules, merging }).actions;
          if (action === undefined) return;
          assert.ok(action.kind === 'apply');
          const slots = each.slots(action.manifest as unknown as KubeObject);
          const after = aTarget(each, {
            bundles: slotBundles(each, action.manifest as unknown as KubeObject, slots.length),
          });
          assert.deepEqual(decideInjection(seenWith(after, ca), now, each, { ...rules, merging }), nothing);
        },
      ),
    );
  });
});

/** The bundles in what was applied, in order. */
function slotBundles(kind: TargetKind, manifest: KubeObject, count: number): string[] {
  if (count > 0) return kind.slots(manifest).map(({ caBundle }) => caBundle);
  const text = JSON.stringify(manifest);
  return [...text.matchAll(/"caBundle":"([^"]*)"/g)].map((match) => match[1] ?? '');
}
