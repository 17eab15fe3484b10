import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAnswerCache, negativeSeconds } from '../../../src/dns/cache.ts';
import { type DnsMessage, type DnsRecord, recordTypes } from '../../../src/dns/message.ts';

const now = new Date('2026-11-22T19:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

const record = (ttlSeconds: number): DnsRecord => ({
  name: 'example.com.',
  type: recordTypes.NS,
  class: 1,
  ttlSeconds,
  data: { kind: 'name', name: 'ns.example.com.' },
  at: 0,
  dataAt: 0,
  end: 0,
});
const soa = (ttlSeconds: number, minimumSeconds: number): DnsRecord => ({
  ...record(ttlSeconds),
  type: recordTypes.SOA,
  data: { kind: 'soa', minimumSeconds },
});
const message = (change: Partial<DnsMessage>): DnsMessage => ({
  id: 0,
  isResponse: true,
  opcode: 0,
  authoritative: true,
  truncated: false,
  recursionAvailable: true,
  rcode: 0,
  counts: [1, 0, 0, 0],
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
  ...change,
});

describe('the cache of answers', () => {
  const rows: readonly (readonly [name: string, answer: DnsMessage, seconds: number])[] = [
    ['a record', message({ answers: [record(30)] }), 30],
    ['records, by the shortest TTL', message({ answers: [record(30), record(20), record(40)] }), 20],
    ['a record with TTL 0', message({ answers: [record(30), record(0)] }), 0],
    ['a record for days, ten minutes', message({ answers: [record(86_400)] }), 600],
    ['absence, by the minimum', message({ authorities: [soa(30, 7)] }), 7],
    ['absence, by the TTL of the SOA', message({ rcode: 3, authorities: [soa(8, 3600)] }), 8],
    ['absence for hours, a minute', message({ rcode: 3, authorities: [soa(3600, 3600)] }), 60],
    [
      'absence behind an alias, by that alias, too',
      message({ rcode: 3, answers: [record(5)], authorities: [soa(30, 30)] }),
      5,
    ],
    ['absence that has no SOA', message({ rcode: 3, authorities: [record(30)] }), 0],
    ['a failure', message({ rcode: 2, answers: [record(30)], authorities: [soa(30, 30)] }), 0],
  ];
  for (const [name, answer, seconds] of rows) {
    it(`keeps ${name}: ${seconds} s`, () => {
      const cache = createAnswerCache();
      cache.put('one', 'example.com.', 'NS', answer, now);
      assert.equal(cache.size, seconds === 0 ? 0 : 1);
      assert.equal(cache.get('one', 'example.com.', 'NS', later(seconds - 0.001)), seconds === 0 ? undefined : answer);
      assert.equal(cache.get('one', 'example.com.', 'NS', later(seconds)), undefined);
      assert.equal(cache.size, 0);
    });
  }

  it('tells servers, names and types apart', () => {
    const cache = createAnswerCache();
    const answer = message({ answers: [record(30)] });
    cache.put('one', 'example.com.', 'NS', answer, now);
    const others = [
      ['two', 'example.com.', 'NS'] as const,
      ['one', 'example.org.', 'NS'] as const,
      ['one', 'example.com.', 'SOA'] as const,
    ];
    assert.deepEqual(
      others.map(([server, name, type]) => cache.get(server, name, type, now)),
      [undefined, undefined, undefined],
    );
  });

  it('keeps a bounded number: the longest unused goes', () => {
    const cache = createAnswerCache(2);
    const put = (name: string) => cache.put('one', name, 'NS', message({ answers: [record(30)] }), now);
    const has = (name: string) => cache.get('one', name, 'NS', now) !== undefined;
    for (const name of ['a', 'b']) put(name);
    assert.equal(has('a'), true);
    put('c');
    assert.deepEqual([has('a'), has('b'), has('c'), cache.size], [true, false, true, 2]);
  });

  it('keeps the last of two answers', () => {
    const cache = createAnswerCache();
    const [old, fresh] = [message({ answers: [record(300)] }), message({ answers: [record(30)] })];
    for (const answer of [old, fresh]) cache.put('one', 'a', 'NS', answer, now);
    assert.equal(cache.get('one', 'a', 'NS', now), fresh);
    assert.equal(cache.get('one', 'a', 'NS', later(30)), undefined);
  });
});

describe('negativeSeconds', () => {
  it('is the least of what the SOA says', () => {
    assert.deepEqual(
      [message({ authorities: [soa(30, 7)] }), message({ authorities: [record(3)] })].map(negativeSeconds),
      [7, undefined],
    );
  });
});
