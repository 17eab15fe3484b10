import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Claim, Slots } from '../../../../src/controllers/challenge/slots.ts';

const start = new Date('2026-11-22T19:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);

const claim = (name: string, traits: Partial<Claim> & { namespace?: string } = {}): Claim => ({
  key: { namespace: traits.namespace ?? 'app', name },
  uid: name,
  issuer: 'acme',
  place: `DNS-01 ${name}`,
  order: `order of ${name}`,
  createdAt: start.getTime(),
  ...traits,
});

function slotsOf(size: number) {
  const granted: string[] = [];
  return { granted, slots: new Slots(size, ({ name }) => granted.push(name)) };
}

test('who comes while there is room has a slot at once, and keeps it', () => {
  const { slots, granted } = slotsOf(2);
  const kinds = ['a', 'b', 'c', 'a'].map((name) => slots.claim(claim(name), start).kind);
  assert.deepEqual(kinds, ['held', 'held', 'waiting', 'held']);
  assert.deepEqual(granted, []);
});

test('a slot that comes free goes to the oldest that waits, who is told', () => {
  const { slots, granted } = slotsOf(1);
  slots.claim(claim('a'), start);
  slots.claim(claim('young', { createdAt: start.getTime() + 1 }), start);
  slots.claim(claim('old'), start);
  slots.release('a', start);
  assert.deepEqual(granted, ['old']);
  assert.equal(slots.claim(claim('old'), start).kind, 'held');
  assert.equal(slots.claim(claim('young'), start).kind, 'waiting');
});

test('issuers take turns, and the namespaces of an issuer do', () => {
  const { slots, granted } = slotsOf(1);
  slots.claim(claim('first', { issuer: 'other' }), start);
  for (const name of ['a1', 'a2', 'a3']) slots.claim(claim(name, { namespace: 'a' }), start);
  for (const name of ['b1', 'b2']) slots.claim(claim(name, { namespace: 'b', createdAt: start.getTime() + 5 }), start);
  slots.claim(claim('o1', { issuer: 'other', namespace: 'c', createdAt: start.getTime() + 9 }), start);
  for (let last = 'first'; ; ) {
    slots.release(last, start);
    const next = granted.at(-1);
    if (next === undefined || next === last) break;
    last = next;
  }
  assert.deepEqual(granted, ['a1', 'o1', 'b1', 'a2', 'b2', 'a3']);
});

test('apex and wildcard of one order go together; another order of the same namespace waits for them', () => {
  const { slots, granted } = slotsOf(10);
  const at = (name: string, order: string, namespace = 'app') =>
    slots.claim(claim(name, { order, place: 'DNS-01 example.com', namespace }), start).kind;
  assert.deepEqual(
    [at('apex', '1'), at('wildcard', '1'), at('other', '2'), at('elsewhere', '3', 'shop')],
    ['held', 'held', 'waiting', 'held'],
  );
  slots.release('apex', start);
  assert.deepEqual(granted, []);
  slots.release('wildcard', start);
  assert.deepEqual(granted, ['other']);
});

test('after a restart those whose answer stands there have slots, more than there are if need be', () => {
  const { slots, granted } = slotsOf(1);
  slots.hold(claim('a'), start);
  slots.hold(claim('b'), start);
  assert.equal(slots.claim(claim('c'), start).kind, 'waiting');
  slots.release('a', start);
  assert.deepEqual(granted, []);
  slots.release('b', start);
  assert.deepEqual(granted, ['c']);
});

test('who stands there for very long does not count any more', () => {
  const { slots } = slotsOf(1);
  slots.hold(claim('stuck'), start);
  assert.equal(slots.claim(claim('other'), later(14)).kind, 'waiting');
  assert.equal(slots.claim(claim('other'), later(15)).kind, 'held');
});

test('who waited and is gone is forgotten', () => {
  const { slots, granted } = slotsOf(1);
  slots.claim(claim('a'), start);
  slots.claim(claim('b'), start);
  slots.release('b', start);
  slots.release('a', start);
  assert.deepEqual(granted, []);
  assert.deepEqual(slots.load, { held: 0, waiting: 0 });
});

test('there are never more at work than slots, and none stays free while somebody may use it', () => {
  const step = fc.record({
    release: fc.boolean(),
    id: fc.nat(12),
    namespace: fc.nat(2),
    issuer: fc.nat(1),
    place: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (size, steps) => {
      const { slots } = slotsOf(size);
      for (const { release, id, namespace, issuer, place } of steps) {
        if (release) slots.release(`${id}`, start);
        else
          slots.claim(
            claim(`${id}`, { namespace: `${namespace}`, issuer: `${issuer}`, place: `${place} ${id}` }),
            start,
          );
        const { held, waiting } = slots.load;
        assert.ok(held <= size);
        assert.ok(held === size || waiting === 0);
      }
    }),
  );
});
