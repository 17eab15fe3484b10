// From anything that a Challenge may look like, and whatever providers, DNS and the server answer: it comes to rest, and nothing is written twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Challenge, ChallengeStatus } from '../../../../src/api/challenge.ts';
import { finalizers } from '../../../../src/api/labels.ts';
import type { KubeObject } from '../../../../src/api/meta.ts';
import { deepEqual } from '../../../../src/base/deep-equal.ts';
import { AcmeProblem } from '../../../../src/base/errors.ts';
import { decideChallenge } from '../../../../src/controllers/challenge/decide.ts';
import { progressAfter, progressOf, progressOn } from '../../../../src/controllers/challenge/progress.ts';
import type {
  ChallengeCall,
  ChallengeOutcome,
  ChallengeSeen,
  FoundObjects,
  Progress,
} from '../../../../src/controllers/challenge/seen.ts';
import { settleChallenge } from '../../../../src/controllers/challenge/settle.ts';
import type { Action, Manifest, Wake } from '../../../../src/kube/reconcile.ts';
import {
  aChallenge,
  nothingFound,
  rules,
  type SeenTraits,
  seenOf,
  stored,
  wantedObjects,
} from '../../../support/challenge-builders.ts';

const start = new Date('2026-11-22T19:30:00Z');
const text = (seconds: number) => new Date(start.getTime() + seconds * 1000).toISOString().replace('.000', '');
const mostSteps = 120;

type Luck = 'good' | 'bad' | 'slow';

/** A cluster with one Challenge, and the world around it. */
class World {
  challenge: Challenge | undefined;
  found: FoundObjects = nothingFound;
  ingress = stored({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'front' }, spec: {} });
  progress: Progress;
  now = start;
  count = 0;
  readonly luck: Luck[];
  readonly traits: SeenTraits & { readonly inPlace: boolean; readonly isDown: boolean };

  constructor(challenge: Challenge, luck: readonly Luck[], traits: World['traits']) {
    this.challenge = challenge;
    this.progress = progressOf(challenge);
    this.luck = [...luck];
    this.traits = traits;
  }

  /** One look at it; answers when the next is due, and what was written. */
  step(): { readonly wake: Wake; readonly actions: readonly Action[] } {
    const { challenge } = this;
    if (challenge === undefined) return { wake: 'onChange', actions: [] };
    const seen = this.#seen(challenge);
    const decision = decideChallenge(seen, this.now, rules);
    this.progress = progressOn(seen, decision, this.now);
    if (decision.kind === 'write') {
      this.#execute(decision.actions);
      return decision;
    }
    const outcome = this.#outcome(decision.call);
    const writes = settleChallenge(seen, decision.call, outcome, this.now, rules);
    this.progress = progressAfter({ ...seen, progress: this.progress }, outcome, writes.wake, this.now, rules);
    this.#execute(writes.actions);
    return writes;
  }

  #seen(challenge: Challenge): ChallengeSeen {
    const { inPlace, isDown: _, ...traits } = this.traits;
    const { pod, service, ingress } = wantedObjects(challenge);
    const wanted = inPlace ? { pod, service } : { pod, service, ingress };
    const http01 = { found: this.found, wanted, namedIngress: inPlace ? 'front' : undefined };
    return seenOf(challenge, { ...traits, http01, progress: this.progress });
  }

  #outcome({ kind }: ChallengeCall): ChallengeOutcome {
    const luck = this.luck.shift() ?? 'good';
    switch (kind) {
      case 'cleanUp':
        if (this.traits.isDown) return { kind: 'failed', message: 'down' };
        return luck === 'good' ? { kind: 'done' } : { kind: 'failed', message: luck };
      case 'present':
        return luck === 'good' ? { kind: 'done' } : { kind: 'failed', message: luck };
      case 'readIngress':
        return { kind: 'ingress', ingress: luck === 'bad' ? undefined : this.ingress };
      case 'look':
        return { kind: 'looked', look: { isVisible: luck === 'good', ttlSeconds: 30, answers: [], problem: luck } };
      case 'fetchState':
        return luck === 'bad' ? trouble : { kind: 'state', state: 'pending', reason: '' };
      default:
        if (luck === 'slow' || (luck === 'good' && kind === 'accept'))
          return { kind: 'checking', isPending: this.luck.length % 2 === 0, retryAfter: undefined };
        return luck === 'bad' ? trouble : { kind: 'valid' };
    }
  }

  #execute(actions: readonly Action[]): void {
    for (const action of actions) this.#carryOut(action);
  }

  #carryOut(action: Action): void {
    const { challenge } = this;
    switch (action.kind) {
      case 'create':
        assert.ok(
          !this.#all().some((each) => each.kind === action.manifest.kind && sameName(each, action.manifest)),
          'made twice',
        );
        this.#change(action.manifest.kind, (objects) => [
          ...objects,
          stored(action.manifest, { uid: `uid-${++this.count}` }),
        ]);
        return;
      case 'delete':
        assert.ok(
          this.#all().some(({ metadata }) => metadata.uid === action.uid),
          'deleted twice',
        );
        this.#change(action.resource.kind, (objects) => objects.filter(({ metadata }) => metadata.uid !== action.uid));
        return;
      case 'update':
        assert.ok(!deepEqual(action.object, this.ingress), 'updated for nothing');
        this.ingress = action.object;
        return;
      case 'status':
        if (challenge === undefined) return;
        assert.ok(!deepEqual(action.status, challenge.status ?? {}), 'a status that was there');
        this.challenge = { ...challenge, status: action.status as ChallengeStatus };
        return;
      case 'finalizers':
        if (challenge === undefined) return;
        this.challenge = { ...challenge, metadata: { ...challenge.metadata, finalizers: action.finalizers } };
        if (challenge.metadata.deletionTimestamp !== undefined && action.finalizers.length === 0)
          this.challenge = undefined;
    }
  }

  #all(): readonly KubeObject[] {
    const { pods, services, ingresses, httpRoutes } = this.found;
    return [...pods, ...services, ...ingresses, ...httpRoutes];
  }

  #change(kind: string, change: (objects: readonly KubeObject[]) => readonly KubeObject[]): void {
    const list = ({ Pod: 'pods', Service: 'services', Ingress: 'ingresses' } as const)[kind as 'Pod'];
    this.found = { ...this.found, [list]: change(this.found[list]) };
  }
}

const trouble: ChallengeOutcome = {
  kind: 'trouble',
  error: new AcmeProblem({ status: 500, type: 'serverInternal', detail: 'no' }),
};
const sameName = (object: KubeObject, manifest: Manifest) => object.metadata.name === manifest.metadata.name;

const someTime = fc.integer({ min: -400, max: 20 }).map(text);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const statuses: fc.Arbitrary<ChallengeStatus | undefined> = maybe(
  fc
    .record({
      processing: maybe(fc.boolean()),
      presented: maybe(fc.boolean()),
      presentedAt: maybe(someTime),
      visibleSince: maybe(someTime),
      acceptedAt: maybe(someTime),
      nextAttemptAt: maybe(someTime),
      failedAttempts: maybe(fc.nat(5)),
      state: maybe(fc.constantFrom('pending', 'processing', 'valid', 'invalid', 'errored', 'expired')),
      reason: maybe(fc.constantFrom('', 'bad', 'slow')),
      checks: maybe(fc.constant([])),
    })
    .map(
      (status) =>
        Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as ChallengeStatus,
    ),
);

const worlds = fc
  .record({
    type: fc.constantFrom('HTTP-01' as const, 'DNS-01' as const),
    status: statuses,
    deleted: maybe(someTime),
    held: fc.subarray([finalizers.challenge, finalizers.legacyChallenge]),
    inPlace: fc.boolean(),
    /** The provider takes nothing away, ever. */
    isDown: fc.boolean(),
    deadlineMs: fc.constantFrom(undefined, 0, 30_000, 180_000),
    wait: maybe(fc.constantFrom('0s', '90s', 'nonsense')),
    cleanUp: fc.record({ allowed: fc.boolean(), isShared: fc.boolean() }),
    standing: maybe(fc.constantFrom({ kind: 'unknown' } as const, { kind: 'stranger', why: 'no' } as const)),
    luck: fc.array(fc.constantFrom<Luck[]>('good', 'bad', 'slow'), { maxLength: 25 }),
  })
  .map(({ type, status, deleted, held, wait, luck, standing, ...traits }) => {
    const plain = aChallenge({ type });
    const solver = { ...plain.spec.solver, ...(wait === undefined ? {} : { waitInsteadOfSelfCheck: wait }) };
    const challenge = aChallenge({
      type,
      finalizers: held,
      spec: { solver },
      ...(status === undefined ? {} : { status }),
      ...(deleted === undefined ? {} : { deletionTimestamp: deleted }),
    });
    return new World(challenge, luck, { ...traits, ...(standing === undefined ? {} : { standing }) });
  });

test('it comes to rest, and nothing is written twice', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      let steps = 0;
      for (let rests = 0; rests < 2; steps++) {
        assert.ok(
          steps < mostSteps,
          `still at work after ${mostSteps} steps: ${JSON.stringify(world.challenge?.status)}`,
        );
        const { wake, actions } = world.step();
        // A write to the Challenge wakes it; so does its time.
        const isQuiet = wake === 'onChange' && actions.length === 0;
        rests = isQuiet ? rests + 1 : 0;
        if (wake !== 'onChange' && actions.length === 0 && wake.at > world.now) world.now = wake.at;
      }
      const { challenge } = world;
      if (challenge === undefined || world.traits.standing !== undefined) return;
      assert.equal(challenge.metadata.finalizers?.length, 0);
    }),
    { numRuns: 2000 },
  );
});
