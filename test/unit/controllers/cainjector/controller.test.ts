import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../../src/api/meta.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { createInjector, type InjectionOutcome } from '../../../../src/controllers/cainjector/controller.ts';
import { freeWrites } from '../../../../src/controllers/cainjector/decide.ts';
import type { InjectionIo } from '../../../../src/controllers/cainjector/io.ts';
import { asksForCA, bareTarget, targetIndexes } from '../../../../src/controllers/cainjector/observe.ts';
import type { SecretFacts } from '../../../../src/controllers/cainjector/source.ts';
import { definitions as kind } from '../../../../src/controllers/cainjector/targets.ts';
import { reconcileOnce } from '../../../../src/kube/controller.ts';
import type { Execute } from '../../../../src/kube/execute.ts';
import type { Action } from '../../../../src/kube/reconcile.ts';
import {
  aCaPem,
  aTarget,
  base64,
  injectionTime,
  injectionRules as rules,
} from '../../../support/injection-builders.ts';
import { collectionOf } from '../../../support/memory-collection.ts';

const ca = aCaPem('ca');
const wanting = { 'cert-manager.io/inject-ca-from': 'app/web' };
const owned: SecretFacts = { annotations: { 'cert-manager.io/certificate-name': 'web' }, ca: Buffer.from(ca) };

/** One target, what is found for it, and what was asked for. */
function world(
  change: {
    live?: KubeObject | undefined;
    target?: KubeObject;
    secret?: SecretFacts | undefined;
    leads?: boolean;
  } = {},
) {
  const target = bareTarget(change.target ?? aTarget(kind, { annotations: wanting }));
  const state = {
    live: 'live' in change ? change.live : aTarget(kind, { annotations: wanting }),
    now: injectionTime,
    leads: change.leads ?? true,
  };
  const secret = 'secret' in change ? change.secret : owned;
  const [asked, sent, outcomes, logged]: [string[], Action[], InjectionOutcome[], string[]] = [[], [], [], []];
  const note = <T>(what: string, found: T): Promise<T> => {
    asked.push(what);
    return Promise.resolve(found);
  };
  const io: InjectionIo = {
    target: (_resource, name) => note(`target ${name}`, state.live),
    secret: (namespace, name) => note(`secret ${namespace}/${name}`, secret),
    secretNameOf: (namespace, name) => note(`certificate ${namespace}/${name}`, 'tls'),
    apiServerCA: () => note('API server', Buffer.from(ca)),
  };
  const say = (_fields: object, message: string): void => void logged.push(message);
  const injector = createInjector({
    kind,
    targets: collectionOf([target], targetIndexes(rules)),
    io,
    rules,
    log: { debug: say, info: say, warn: say, error: say },
    now: () => state.now,
    leads: () => state.leads,
    onOutcome: (_controller, outcome) => outcomes.push(outcome),
  });
  const look = async (answer: Execute = async () => undefined) => {
    const execute = injector.guard(async (actions, signal) => {
      sent.push(...actions);
      await answer(actions, signal);
    });
    return reconcileOnce(injector, { name: 'web' }, { execute, now: () => state.now });
  };
  return { injector, look, asked, sent, outcomes, logged, state };
}

describe('the injector', () => {
  it('reads the Certificate, its Secret and then the target, and applies', async () => {
    const { look, asked, sent, outcomes, logged, injector } = world();
    assert.equal(injector.name, 'customresourcedefinition');
    assert.equal(await look(), 'onChange');
    assert.deepEqual(asked, ['certificate app/web', 'secret app/tls', 'target web']);
    assert.deepEqual(
      sent.map((action) => action.kind),
      ['apply'],
    );
    assert.deepEqual([outcomes, logged], [['set'], ['set the CA bundle']]);
  });

  it('does not read a target for which there is no CA; logs the problem once, tells it when it has lasted', async () => {
    const { look, asked, sent, logged, state } = world({ secret: undefined });
    await look();
    await look();
    assert.deepEqual(asked.includes('target web'), false);
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? '', /^Secret app\/tls of Certificate app\/web does not exist;/);
    state.now = new Date(injectionTime.getTime() + 60_000);
    await look();
    assert.deepEqual(
      sent.map((action) => (action.kind === 'event' ? action.reason : action.kind)),
      ['SourceNotFound'],
    );
  });

  const other = aTarget(kind, { annotations: { 'cert-manager.io/inject-ca-from': 'app/other' } });
  const reborn = aTarget(kind, { annotations: wanting });
  const dying = { ...reborn, metadata: { ...reborn.metadata, deletionTimestamp: '2026-11-22T19:00:00Z' } };
  const gone: readonly [string, KubeObject | undefined][] = [
    ['is gone', undefined],
    ['asks for something else now', other],
    ['is being deleted', dying],
    ['is another one of that name', { ...reborn, metadata: { ...reborn.metadata, uid: 'another' } }],
  ];
  for (const [what, live] of gone) {
    it(`does nothing to a target that ${what}`, async () => {
      const { look, sent, asked } = world({ live });
      assert.equal(await look(), 'onChange');
      assert.deepEqual([sent, asked.length], [[], 3]);
    });
  }

  it('asks nothing for a target that was watched being deleted', async () => {
    const { look, asked } = world({ target: dying });
    await look();
    assert.deepEqual(asked, []);
  });

  it('says on the target what the API server does not take, and has it tried again', async () => {
    const { look, sent, outcomes } = world();
    const refuse: Execute = async (actions) => {
      if (actions.some((action) => action.kind === 'apply')) throw new ApiError(422, 'Invalid', 'caBundle: no');
    };
    await assert.rejects(look(refuse), { name: 'ApiError', status: 422 });
    const [, event] = sent;
    assert.ok(event?.kind === 'event');
    assert.deepEqual(
      [event.reason, event.message, event.about.metadata.name],
      ['InjectionRefused', 'The API server does not take the CA bundle: caBundle: no', 'web'],
    );
    assert.deepEqual(outcomes, ['refused']);
  });

  it('does not fight without end', async () => {
    const { look, asked, sent, outcomes, logged, state } = world();
    for (let count = 0; count < 3 * freeWrites; count++) {
      state.now = new Date(state.now.getTime() + 100);
      await look();
    }
    assert.equal(sent.filter((action) => action.kind === 'apply').length, freeWrites);
    assert.equal(outcomes.filter((outcome) => outcome === 'contested').length, 1);
    const reads = asked.length;
    const wake = await look();
    assert.ok(wake !== 'onChange' && wake.at > state.now);
    assert.deepEqual([asked.length, sent.length, logged.length], [reads, freeWrites + 1, freeWrites + 1]);
    state.now = wake.at;
    await look();
    assert.equal(sent.at(-1)?.kind, 'apply');
  });

  describe('that stands by', () => {
    const later = (seconds: number) => new Date(injectionTime.getTime() + seconds * 1000);

    it('fills a missing bundle once, after a moment for whoever leads; a later quarrel does not count it', async () => {
      const { look, sent, outcomes, logged, state } = world({ leads: false });
      assert.deepEqual(await look(), { at: later(1) });
      assert.deepEqual([sent, logged], [[], []]);
      state.now = later(1);
      assert.equal(await look(), 'onChange');
      state.now = later(9);
      assert.equal(await look(), 'onChange');
      assert.deepEqual([sent.map(({ kind: what }) => what), outcomes], [['apply'], ['set']]);
      state.leads = true;
      for (let count = 0; count < 2 * freeWrites; count++) await look();
      assert.equal(sent.filter((action) => action.kind === 'apply').length, 1 + freeWrites);
    });

    it('says nothing of problems, which are told once it leads', async () => {
      const { look, sent, logged, state } = world({ leads: false, secret: { ...owned, annotations: {} } });
      await look();
      state.now = later(600);
      assert.equal(await look(), 'onChange');
      assert.deepEqual([sent, logged], [[], []]);
      state.leads = true;
      assert.deepEqual(await look(), { at: later(660) });
      assert.equal(logged.length, 1);
    });

    it('leaves it to the leader to say what the API server does not take', async () => {
      const { look, sent, outcomes, logged, state } = world({ leads: false });
      await look();
      state.now = later(1);
      const answer = await look(() => Promise.reject(new ApiError(422, 'Invalid', 'caBundle: no')));
      assert.deepEqual([answer, sent.map(({ kind: what }) => what), outcomes, logged], ['onChange', ['apply'], [], []]);
    });

    it('looks again where somebody else was faster', async () => {
      const { look, outcomes, state } = world({ leads: false });
      await look();
      state.now = later(1);
      await assert.rejects(
        look(() => Promise.reject(new ApiError(409, 'Conflict', 'changed'))),
        { status: 409 },
      );
      await look();
      assert.deepEqual(outcomes, ['set']);
    });
  });

  it('is woken by the Secrets and Certificates that targets name', () => {
    const secret = (namespace: string, name: string, annotations = {}): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name, uid: 'u', resourceVersion: '1', creationTimestamp: '', annotations },
    });
    const { injector } = world();
    const web = [{ name: 'web' }];
    assert.deepEqual(injector.ofSecret(secret('app', 'tls', owned.annotations)), web);
    assert.deepEqual(injector.ofSecret(secret('other', 'tls', owned.annotations)), []);
    assert.deepEqual(injector.ofSecret(secret('app', 'web')), []);
    assert.deepEqual(injector.ofCertificate(secret('app', 'web')), web);
    assert.deepEqual(injector.ofCertificate(secret('app', 'tls')), []);
    const direct = world({
      target: aTarget(kind, { annotations: { 'cert-manager.io/inject-ca-from-secret': 'app/ca' } }),
    });
    assert.deepEqual(direct.injector.ofSecret(secret('app', 'ca')), web);
    assert.deepEqual(direct.injector.ofCertificate(secret('app', 'ca')), []);
  });
});

describe('what is kept of targets', () => {
  it('is who they are, and the annotations that matter', () => {
    const target = aTarget(kind, { annotations: { ...wanting, 'kubectl.kubernetes.io/last-applied': 'x'.repeat(99) } });
    assert.deepEqual(
      bareTarget({ ...target, metadata: { ...target.metadata, labels: { a: 'b' }, managedFields: [] } }),
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: {
          name: 'web',
          uid: 'target-uid',
          resourceVersion: '7',
          creationTimestamp: '2026-11-22T19:00:00Z',
          annotations: wanting,
        },
      },
    );
  });

  it('is nothing where they ask for nothing', () => {
    assert.equal(asksForCA(aTarget(kind, { annotations: wanting }), rules), true);
    assert.equal(asksForCA(aTarget(kind, { annotations: wanting }), { certificates: false }), false);
    assert.equal(asksForCA(aTarget(kind, { bundles: [base64('x')] }), rules), false);
  });
});
