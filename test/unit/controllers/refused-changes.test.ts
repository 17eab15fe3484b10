import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../src/base/errors.ts';
import { changeAction } from '../../../src/controllers/changes.ts';
import { RefusedChanges } from '../../../src/controllers/refused-changes.ts';
import type { Change } from '../../../src/issuers/backend.ts';
import type { Action } from '../../../src/kube/reconcile.ts';
import { aRequest } from '../../support/request-builders.ts';

const resource = { group: 'g', version: 'v1', plural: 'orders', kind: 'Order', namespaced: true };
const create = (name: string): Change => ({
  kind: 'create',
  resource,
  object: { apiVersion: 'g/v1', kind: 'Order', metadata: { name, namespace: 'app' } },
  refused: { reason: 'OrderCreatingError', message: `Failed to make ${name}` },
});
const event: Action = { kind: 'event', by: 'b', about: aRequest(), type: 'Normal', reason: 'R', message: 'm' };
const quota = new ApiError(403, 'Forbidden', 'exceeded quota');

/** Executes like a server that refuses these names; writes down what was done. */
function executor(refused: Readonly<Record<string, Error>>) {
  const done: string[] = [];
  const execute = async (actions: readonly Action[]) => {
    for (const action of actions) {
      const name = action.kind === 'create' ? action.manifest.metadata.name : action.kind;
      const error = refused[name];
      if (error !== undefined) throw error;
      done.push(name);
    }
  };
  return { done, execute };
}

const actions = (...names: readonly string[]) => names.map((name) => changeAction(create(name), 'by'));

describe('what the API server would not let us make', () => {
  it('is remembered until it is made', async () => {
    const refused = new RefusedChanges();
    const changes = [create('a'), create('b')];
    await assert.rejects(refused.guard(executor({ b: quota }).execute)(actions('a', 'b')), quota);
    assert.deepEqual(refused.noteOn(changes), {
      reason: 'OrderCreatingError',
      message: 'Failed to make b: exceeded quota',
    });
    assert.equal(refused.noteOn([create('a')]), undefined);
    assert.equal(refused.noteOn([create('c')]), undefined);
    assert.equal(refused.noteOn(), undefined);
    await refused.guard(executor({}).execute)(actions('b'));
    assert.equal(refused.noteOn(changes), undefined);
  });

  it('ends the run: what comes after it is not done', async () => {
    const { done, execute } = executor({ b: quota });
    const guarded = new RefusedChanges().guard(execute);
    await assert.rejects(guarded([event, ...actions('a', 'b'), event]), quota);
    assert.deepEqual(done, ['event', 'a']);
  });

  it('everything is done in order where nothing is refused', async () => {
    const { done, execute } = executor({});
    await new RefusedChanges().guard(execute)([event, ...actions('a'), event, ...actions('b'), event]);
    assert.deepEqual(done, ['event', 'a', 'event', 'b', 'event']);
  });

  it('a lost connection is no refusal, and a change that has no words for it stays silent', async () => {
    const refused = new RefusedChanges();
    const guarded = refused.guard(executor({ a: new Error('lost'), b: quota }).execute);
    await assert.rejects(guarded(actions('a')));
    assert.equal(refused.noteOn([create('a')]), undefined);
    await assert.rejects(guarded(actions('b')));
    const { refused: _words, ...wordless } = create('b') as Extract<Change, { kind: 'create' }>;
    assert.equal(refused.noteOn([wordless]), undefined);
  });
});
