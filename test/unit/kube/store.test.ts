import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/api/meta.ts';
import { createCollection, type StoredCollection } from '../../../src/kube/store.ts';
import { isLabelled, ModelServer, ModelWatch, resource, type Thing } from './store-model.ts';

interface Options {
  readonly value?: number;
  readonly labels?: Record<string, string>;
}

const thing = (
  name: string,
  uid: string,
  version: number | string,
  { value = 0, labels = {} }: Options = {},
): Thing => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace: 'n', uid, resourceVersion: String(version), creationTimestamp: '', labels },
  value,
});

const shown = (collection: StoredCollection<Thing>): Record<string, number> =>
  Object.fromEntries([...collection.all()].map((object) => [object.metadata.name, object.value]).sort());

const versions = (collection: StoredCollection<Thing>): Record<string, string> =>
  Object.fromEntries([...collection.all()].map((object) => [object.metadata.name, object.metadata.resourceVersion]));

const key = { namespace: 'n', name: 'a' };

describe('a collection', () => {
  it('is synced once every feed had a complete list', async () => {
    const collection = createCollection<Thing>({ resource });
    const one = collection.feed();
    const other = collection.feed({ decidesExistence: false });
    one.begin();
    one.listed(thing('a', 'u1', 5));
    one.complete('9');
    assert.equal(collection.synced, false);
    other.begin();
    other.complete('9');
    assert.equal(collection.synced, true);
    await collection.whenSynced();
  });

  it('keeps nothing of an object that it refuses, and lets go of one that it refuses later', () => {
    const collection = createCollection<Thing>({
      resource,
      keep: ({ metadata }) => metadata.labels?.['keep'] === 'yes',
    });
    const kept = { labels: { keep: 'yes' } };
    const changes: string[] = [];
    collection.onChange((now, before) => changes.push(`${before?.value ?? '-'} → ${now?.value ?? '-'}`));
    const feed = collection.feed();
    feed.begin();
    feed.listed(thing('a', 'u1', 1, { value: 1 }));
    feed.listed(thing('b', 'u2', 2, { ...kept, value: 2 }));
    feed.complete('5');
    assert.deepEqual([collection.size, shown(collection), collection.synced], [1, { b: 2 }, true]);
    feed.changed(thing('a', 'u1', 6, { ...kept, value: 6 }));
    feed.changed(thing('b', 'u2', 7, { value: 7 }));
    assert.deepEqual(shown(collection), { a: 6 });
    collection.put(thing('a', 'u1', 5, { value: 5 }));
    assert.deepEqual(shown(collection), { a: 6 });
    feed.changed(thing('b', 'u2', 8, { ...kept, value: 8 }));
    feed.deleted(thing('b', 'u2', 9));
    feed.begin();
    feed.listed(thing('a', 'u3', 10));
    feed.complete('11');
    assert.deepEqual([collection.size, shown(collection)], [0, {}]);
    assert.deepEqual(changes, ['- → 2', '- → 6', '2 → -', '- → 8', '8 → -', '6 → -']);
  });

  it('files objects under every value of its indexes, and takes them out again', () => {
    const collection = createCollection<Thing>({
      resource,
      indexes: { label: (object) => Object.keys(object.metadata.labels ?? {}) },
    });
    const feed = collection.feed();
    feed.changed(thing('a', 'u1', 1, { labels: { x: '', y: '' } }));
    feed.changed(thing('b', 'u2', 2, { labels: { y: '' } }));
    const names = (value: string): string[] => collection.by('label', value).map((object) => object.metadata.name);
    assert.deepEqual([names('x'), names('y'), names('z')], [['a'], ['a', 'b'], []]);
    feed.changed(thing('a', 'u1', 3, { labels: { z: '' } }));
    feed.deleted(thing('b', 'u2', 4, { labels: { y: '' } }));
    assert.deepEqual([names('x'), names('y'), names('z')], [[], [], ['a']]);
    assert.throws(() => collection.by('nothing', 'x'), /label/);
  });

  it('names what a list or a metadata-only watch leaves unnamed, and drops managed fields', () => {
    const collection = createCollection<KubeObject>({ resource });
    const { apiVersion, kind, ...bare } = thing('a', 'u1', 1);
    (bare.metadata as { managedFields?: unknown }).managedFields = [{ manager: 'm' }];
    collection.put(bare as unknown as KubeObject);
    assert.deepEqual(collection.get(key), { ...thing('a', 'u1', 1), apiVersion, kind });
  });

  it('hands managed fields to the transform, and freezes what it is told to', () => {
    const transform = (raw: KubeObject) => ({
      ...raw,
      managers: raw.metadata.managedFields?.map(({ manager }) => manager),
    });
    const collection = createCollection({ resource, transform, freeze: true });
    const raw = thing('a', 'u1', 1);
    collection.put({ ...raw, metadata: { ...raw.metadata, managedFields: [{ manager: 'm' }] } });
    const kept = collection.get(key);
    assert.deepEqual(
      [kept?.managers, kept?.metadata.managedFields, Object.isFrozen(kept?.metadata.labels)],
      [['m'], undefined, true],
    );
  });

  it('tells what changed, after the change', () => {
    const collection = createCollection<Thing>({ resource });
    const told: unknown[] = [];
    collection.onChange((object, previous) => told.push([object?.value, previous?.value, collection.get(key)?.value]));
    const feed = collection.feed();
    feed.changed(thing('a', 'u1', 1, { value: 1 }));
    feed.changed(thing('a', 'u1', 1, { value: 1 }));
    feed.changed(thing('a', 'u1', 2, { value: 2 }));
    feed.deleted(thing('a', 'u1', 3, { value: 2 }));
    feed.deleted(thing('a', 'u1', 3, { value: 2 }));
    assert.deepEqual(told, [
      [1, undefined, 1],
      [2, 1, 2],
      [undefined, 2, undefined],
    ]);
  });
});

describe('a fault in what a collection calls', () => {
  const faulty = (object: KubeObject): boolean => object.metadata.labels?.['bad'] !== undefined;
  const bad = (name: string, uid: string, version: number) => thing(name, uid, version, { labels: { bad: '' } });

  it('in the transform leaves the object as it was, and is told', () => {
    const faults: unknown[] = [];
    const transform = (raw: KubeObject): Thing => {
      if (faulty(raw)) throw new Error('bad');
      return raw as Thing;
    };
    const collection = createCollection<Thing>({
      resource,
      transform,
      onFault: (fault, { name }) => faults.push([`${fault}`, name]),
    });
    const feed = collection.feed();
    feed.changed(thing('a', 'u', 1));
    feed.changed(bad('a', 'u', 2));
    feed.changed(bad('b', 'v', 3));
    assert.deepEqual(versions(collection), { a: '1' });
    feed.changed(thing('b', 'v', 4));
    feed.changed(thing('a', 'u', 5));
    assert.deepEqual(versions(collection), { a: '5', b: '4' });
    assert.deepEqual(faults, [
      ['Error: bad', 'a'],
      ['Error: bad', 'b'],
    ]);
  });

  it('in a handler or an index does not keep the others from their work', () => {
    const names: string[] = [];
    const indexes = {
      bad: (object: Thing) => {
        if (faulty(object)) throw new Error('bad');
        return ['x'];
      },
      all: () => ['x'],
    };
    const collection = createCollection<Thing>({ resource, indexes });
    collection.onChange(() => {
      throw new Error('bad');
    });
    collection.onChange((object) => names.push(object?.metadata.name ?? ''));
    collection.put(bad('a', 'u', 1));
    collection.put(thing('b', 'v', 2));
    assert.deepEqual([names, collection.by('bad', 'x').length, collection.by('all', 'x').length], [['a', 'b'], 1, 2]);
  });
});

type Step = (collection: StoredCollection<Thing>, feed: ReturnType<StoredCollection<Thing>['feed']>) => void;
const list =
  (version: number, ...items: Thing[]): Step =>
  (_, feed) => {
    feed.begin();
    for (const item of items) feed.listed(item);
    feed.complete(String(version));
  };
const put =
  (object: Thing): Step =>
  (collection) =>
    collection.put(object);
const changed =
  (object: Thing): Step =>
  (_, feed) =>
    feed.changed(object);
const deleted =
  (object: Thing): Step =>
  (_, feed) =>
    feed.deleted(object);
const gone =
  (uid: string): Step =>
  (collection) =>
    collection.gone(key, uid);

const cases: readonly [string, readonly Step[], Record<string, string>][] = [
  [
    'an older event after our write is ignored',
    [changed(thing('a', 'u', 3)), put(thing('a', 'u', 7)), changed(thing('a', 'u', 5))],
    { a: '7' },
  ],
  [
    'versions are compared as numbers, beyond what a double can hold',
    [put(thing('a', 'u', '99999999999999999998')), changed(thing('a', 'u', '99999999999999999999'))],
    { a: '99999999999999999999' },
  ],
  ['9 is older than 10', [put(thing('a', 'u', 10)), changed(thing('a', 'u', 9))], { a: '10' }],
  [
    'a change that arrives after our delete does not bring it back',
    [put(thing('a', 'u', 3)), gone('u'), changed(thing('a', 'u', 4))],
    {},
  ],
  [
    'nor does an answer that arrives after somebody deleted it',
    [changed(thing('a', 'u', 3)), deleted(thing('a', 'u', 5)), put(thing('a', 'u', 4))],
    {},
  ],
  ['nor one that arrives after a list without it', [list(8), put(thing('a', 'u', 4))], {}],
  [
    'a new object of that name is another one',
    [put(thing('a', 'u', 3)), gone('u'), changed(thing('a', 'v', 6))],
    { a: '6' },
  ],
  [
    'the end of the old one does not end the new one',
    [put(thing('a', 'u', 3)), put(thing('a', 'v', 6)), deleted(thing('a', 'u', 5))],
    { a: '6' },
  ],
  [
    'a late event of the old one does not replace the new one',
    [put(thing('a', 'v', 6)), changed(thing('a', 'u', 4))],
    { a: '6' },
  ],
  [
    'a list takes away what it does not name',
    [changed(thing('a', 'u', 3)), changed(thing('b', 'w', 4)), list(9, thing('b', 'w', 4))],
    { b: '4' },
  ],
  [
    'but not what was written after it was made',
    [
      list(5),
      (collection, feed) => {
        feed.begin();
        collection.put(thing('a', 'u', 8));
        feed.complete('7');
      },
    ],
    { a: '8' },
  ],
  [
    'a list made before our delete was carried out does not bring it back',
    [
      put(thing('a', 'u', 3)),
      (collection, feed) => {
        feed.begin();
        collection.gone(key, 'u');
        feed.listed(thing('a', 'u', 3));
        feed.complete('4');
      },
    ],
    {},
  ],
  [
    'a list made after the object left and came back to the selector has it',
    [changed(thing('a', 'u', 3)), deleted(thing('a', 'u', 4)), changed(thing('a', 'u', 6))],
    { a: '6' },
  ],
  [
    'after etcd was restored, lower versions of a list are right',
    [list(90, thing('a', 'u', 80)), list(50, thing('a', 'u', 40))],
    { a: '40' },
  ],
  [
    'and what was deleted since the copy exists again',
    [list(90, thing('a', 'u', 80)), gone('u'), list(50, thing('a', 'u', 40))],
    { a: '40' },
  ],
];

describe('a collection reads its own writes', () => {
  for (const [name, steps, expected] of cases) {
    it(name, () => {
      const collection = createCollection<Thing>({ resource });
      const feed = collection.feed();
      for (const step of steps) step(collection, feed);
      assert.deepEqual(versions(collection), expected);
    });
  }
});

const action = fc.tuple(fc.nat(15), fc.nat(3), fc.nat(7));
type Act = readonly [number, number, number];
const names = ['a', 'b', 'c', 'd'];

/** Interprets random numbers as what may happen; checks after each that no answered write is lost. */
function play(
  acts: readonly Act[],
  collection: StoredCollection<Thing>,
  server: ModelServer,
  watches: readonly ModelWatch[],
): void {
  for (const [what, which, detail] of acts) {
    const name = names[which] as string;
    const watch = watches[detail % watches.length] as ModelWatch;
    if (what <= 2) server.write(name, (detail & 1) === 1, (detail & 2) === 2);
    else if (what === 3) server.delete(name, (detail & 2) === 2);
    else if (what <= 5) server.answers.splice(detail % Math.max(1, server.answers.length), 1)[0]?.();
    else if (what === 6) watch.relist();
    else if (what === 7) watch.repeat(detail);
    else watch.step();
    assert.equal(server.brokenPromise(), undefined);
  }
  const isAnsweredFirst = acts.length % 2 === 0;
  if (isAnsweredFirst) for (const answer of server.answers.splice(0)) answer();
  for (const watch of watches) while (watch.step()) assert.equal(server.brokenPromise(), undefined);
  for (const answer of server.answers.splice(0)) answer();
  assert.deepEqual(shown(collection), server.state());
  assert.equal(collection.size, server.objects.size);
}

describe('whatever is late, repeated or starts over', () => {
  it('a collection with one watch converges and never goes back behind an answer', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (acts) => {
        const collection = createCollection<Thing>({ resource, freeze: true });
        const server = new ModelServer(collection);
        play(acts, collection, server, [new ModelWatch(server, collection.feed())]);
      }),
      { numRuns: 1500 },
    );
  });

  it('a collection with two watches does too, objects moving between them included', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (acts) => {
        const collection = createCollection<Thing>({ resource });
        const server = new ModelServer(collection);
        const all = new ModelWatch(server, collection.feed({ isContent: (raw) => !isLabelled(raw) }));
        const labelled = new ModelWatch(server, collection.feed({ decidesExistence: false }), isLabelled);
        play(acts, collection, server, [all, labelled]);
      }),
      { numRuns: 1500 },
    );
  });

  it('an object that is only relabelled is never missing in between', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 8 }), fc.array(fc.nat(1), { maxLength: 40 }), (labels, order) => {
        const collection = createCollection<Thing>({ resource });
        const server = new ModelServer(collection);
        const all = new ModelWatch(server, collection.feed({ isContent: (raw) => !isLabelled(raw) }));
        const labelled = new ModelWatch(server, collection.feed({ decidesExistence: false }), isLabelled);
        server.write('a', false, false);
        for (const watch of [all, labelled]) while (watch.step());
        for (const label of labels) server.write('a', label, false);
        for (const which of order) {
          (which === 0 ? all : labelled).step();
          assert.equal(collection.size, 1);
        }
      }),
    );
  });

  it('even events out of order lead to the right end', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40, size: 'max' }), fc.infiniteStream(fc.nat(1000)), (acts, random) => {
        const collection = createCollection<Thing>({ resource });
        const feed = collection.feed();
        const server = new ModelServer(collection);
        const events: (() => void)[] = [];
        for (const [what, which, detail] of acts) {
          if (what < 10) server.write(names[which] as string, false, (detail & 1) === 1);
          else server.delete(names[which] as string, (detail & 1) === 1);
        }
        for (const { before, after, version } of server.history) {
          if (after !== undefined) events.push(() => feed.changed(structuredClone(after)));
          else if (before !== undefined) {
            const last = { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } };
            events.push(() => feed.deleted(last));
          }
        }
        const pending = [...events, ...events, ...server.answers];
        while (pending.length > 0) pending.splice((random.next().value as number) % pending.length, 1)[0]?.();
        assert.deepEqual(shown(collection), server.state());
      }),
      { numRuns: 500 },
    );
  });
});
