import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../../../../src/api/meta.ts';
import { SourceWatches } from '../../../../src/cmd/cainjector/source-watches.ts';

const target = (name: string, namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Target',
  metadata: { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '' },
});

function world(most: number) {
  const open = new Set<string>();
  const ended = new AbortController();
  const watches = new SourceWatches({
    namespaceOf: ({ metadata }) => (metadata.namespace === '' ? undefined : metadata.namespace),
    watch: (namespace = '*', signal) => {
      assert.ok(!open.has(namespace), `${namespace} is watched twice`);
      open.add(namespace);
      signal.addEventListener('abort', () => open.delete(namespace), { once: true });
    },
    most,
    signal: ended.signal,
  });
  return { watches, ended, shown: () => [...open].sort() };
}

describe('sources are watched', () => {
  it('where targets name them, from the start on, until nobody does', () => {
    const { watches, shown, ended } = world(4);
    watches.changed(target('a', 'one'), undefined);
    assert.deepEqual(shown(), []);
    watches.start();
    assert.deepEqual(shown(), ['one']);
    watches.changed(target('b', 'one'), undefined);
    watches.changed(target('c', 'two'), undefined);
    watches.changed(target('d', ''), undefined);
    assert.deepEqual(shown(), ['one', 'two']);
    watches.changed(target('a', 'two'), target('a', 'one'));
    assert.deepEqual(shown(), ['one', 'two']);
    watches.changed(undefined, target('b', 'one'));
    assert.deepEqual(shown(), ['two']);
    ended.abort();
    assert.deepEqual(shown(), []);
  });

  it('everywhere, from when they are named in many namespaces', () => {
    const { watches, shown } = world(2);
    watches.start();
    for (const name of ['a', 'b']) watches.changed(target(name, name), undefined);
    assert.deepEqual(shown(), ['a', 'b']);
    watches.changed(target('c', 'c'), undefined);
    assert.deepEqual(shown(), ['*']);
    watches.changed(undefined, target('c', 'c'));
    watches.changed(target('d', 'd'), undefined);
    assert.deepEqual(shown(), ['*']);
  });

  it('exactly there, whatever comes and goes', () => {
    const change = fc.record({
      name: fc.integer({ min: 0, max: 5 }),
      namespace: fc.constantFrom('', 'x', 'y', 'z', 'gone'),
    });
    fc.assert(
      fc.property(fc.array(change), fc.nat(10), (changes, startAt) => {
        const { watches, shown } = world(4);
        const present = new Map<number, KubeObject>();
        if (startAt >= changes.length) watches.start();
        for (const [index, { name, namespace }] of changes.entries()) {
          if (index === startAt) watches.start();
          const next = namespace === 'gone' ? undefined : target(String(name), namespace);
          watches.changed(next, present.get(name));
          if (next === undefined) present.delete(name);
          else present.set(name, next);
          const named = [...present.values()].flatMap(({ metadata }) => metadata.namespace || []);
          if (index >= startAt) assert.deepEqual(shown(), [...new Set(named)].sort());
        }
      }),
    );
  });
});
