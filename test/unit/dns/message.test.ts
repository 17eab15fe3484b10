// dns-packet writes what is read here and reads what is written: two hands, one protocol.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Answer, decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import {
  decodeHeader,
  decodeMessage,
  decodeQuestions,
  encodeQuery,
  type RecordData,
  rcodeText,
  words,
} from '../../../src/dns/message.ts';

const question = { type: 'TXT', name: 'example.com', class: 'IN' } as const;
const response = (answers: Answer[], flags = 0) =>
  encode({ type: 'response', id: 7, flags, questions: [question], answers });

describe('encodeQuery', () => {
  it('asks as other libraries read it: one question, recursion, EDNS0 with 4096 bytes', () => {
    const { id, type, flag_rd, opcode, questions, answers, additionals } = decode(
      encodeQuery(513, 'Example.com.', 'TXT'),
    ) as ReturnType<typeof decode> & { opcode: string };
    assert.deepEqual([id, type, flag_rd, opcode, questions, answers], [513, 'query', true, 'QUERY', [question], []]);
    const [opt] = additionals ?? [];
    assert.ok(opt?.type === 'OPT');
    assert.deepEqual([additionals?.length, opt.udpPayloadSize, opt.ednsVersion], [1, 4096, 0]);
  });
});

describe('decodeMessage', () => {
  const rows: readonly (readonly [name: string, given: Answer, expected: RecordData])[] = [
    ['A', { type: 'A', name: 'x', data: '192.0.2.1' }, { kind: 'address', address: '192.0.2.1' }],
    ['AAAA', { type: 'AAAA', name: 'x', data: '2001:db8::1:0:0:1' }, { kind: 'address', address: '2001:db8::1:0:0:1' }],
    ['NS', { type: 'NS', name: 'x', data: 'NS1.example.com' }, { kind: 'name', name: 'ns1.example.com.' }],
    ['CNAME', { type: 'CNAME', name: 'x', data: 'y' }, { kind: 'name', name: 'y.' }],
    ['TXT', { type: 'TXT', name: 'x', data: ['a', 'b c', ''] }, { kind: 'text', text: Buffer.from('ab c') }],
    ['MX', { type: 'MX', name: 'x', data: { preference: 1, exchange: 'y' } }, { kind: 'other' }],
    [
      'SOA',
      {
        type: 'SOA',
        name: 'x',
        data: { mname: 'a', rname: 'b', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
      { kind: 'soa', minimumSeconds: 5 },
    ],
    ['TXT of another class', { type: 'TXT', name: 'x', class: 'CH', data: 'a' }, { kind: 'other' }],
  ];
  for (const [name, given, expected] of rows) {
    it(`reads ${name}`, () => {
      const { answers } = decodeMessage(response([{ ...given, ttl: 60 } as Answer]));
      assert.deepEqual(
        answers.map(({ name: own, ttlSeconds, data }) => [own, ttlSeconds, data]),
        [['x.', 60, expected]],
      );
    });
  }

  it('reads header and question', () => {
    const message = decodeMessage(response([], 0x0400 | 0x0200 | 0x0080 | 3));
    const { id, isResponse, authoritative, truncated, recursionAvailable, rcode, questions } = message;
    assert.deepEqual(
      [id, isResponse, authoritative, truncated, recursionAvailable, rcode],
      [7, true, true, true, true, 3],
    );
    assert.deepEqual(questions, [{ name: 'example.com.', type: 16, class: 1 }]);
    assert.deepEqual(decodeQuestions(response([])), questions);
  });

  it('reads a response code with the bits of EDNS0', () => {
    const opt = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 1,
      flags: 0,
      options: [],
      extendedRcode: 1,
    } as unknown as Answer;
    const { rcode } = decodeMessage(encode({ type: 'response', questions: [question], additionals: [opt] }));
    assert.deepEqual([rcode, rcodeText(rcode), rcodeText(3), rcodeText(11)], [16, 'BADVERS', 'NXDOMAIN', 'RCODE11']);
  });

  it('holds a TTL that is too large for none', () => {
    const { answers } = decodeMessage(response([{ type: 'A', name: 'x', ttl: 0x8000_0000, data: '192.0.2.1' }]));
    assert.equal(answers[0]?.ttlSeconds, 0);
  });

  it('keeps a dot within a label apart from one between labels', () => {
    const bytes = response([{ type: 'A', name: 'wwwxexample.com', data: '192.0.2.1' }]);
    bytes[bytes.indexOf('wwwxexample') + 3] = 0x2e;
    assert.equal(decodeMessage(bytes).answers[0]?.name, 'www\\.example.com.');
  });

  it('follows compressed names', () => {
    // The owner is the question's name, the target a label before it.
    const record = Buffer.concat([words(0xc00c, 5, 1, 0, 60, 4), Buffer.from([1, 0x61]), words(0xc00c)]);
    const bytes = Buffer.concat([response([]), record]);
    bytes.writeUInt16BE(1, 6);
    const [answer] = decodeMessage(bytes).answers;
    assert.deepEqual([answer?.name, answer?.data], ['example.com.', { kind: 'name', name: 'a.example.com.' }]);
  });

  const withRecord = (...parts: readonly Buffer[]) => {
    const bytes = Buffer.concat([response([]), ...parts]);
    bytes.writeUInt16BE(1, 6);
    return bytes;
  };
  const at = response([]).length;
  const rubbish: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['nothing', Buffer.alloc(0)],
    ['half a header', Buffer.alloc(11)],
    ['no question where one is counted', response([]).subarray(0, 12)],
    ['a pointer to itself', withRecord(words(0xc000 | at, 1, 1, 0, 60, 4), Buffer.alloc(4))],
    ['a pointer forwards', withRecord(words(0xc000 | (at + 4), 1, 1, 0, 60, 4), Buffer.alloc(4))],
    ['a pointer into the header', withRecord(words(0xc000, 1, 1, 0, 60, 4), Buffer.alloc(4))],
    ['a label that leads back to itself', withRecord(Buffer.from([1, 0x61]), words(0xc000 | at, 1, 1, 0, 60, 0))],
    ['a label of a kind that is not', withRecord(Buffer.from([0x41]), Buffer.alloc(80))],
    ['an address of three bytes', withRecord(words(0xc00c, 1, 1, 0, 60, 3), Buffer.alloc(3))],
    ['an address of five bytes', withRecord(words(0xc00c, 1, 1, 0, 60, 5), Buffer.alloc(5))],
    ['data beyond the end', withRecord(words(0xc00c, 99, 1, 0, 60, 5), Buffer.alloc(4))],
    [
      'a TXT string beyond its record',
      withRecord(words(0xc00c, 16, 1, 0, 60, 2), Buffer.from([9, 0x61]), Buffer.alloc(20)),
    ],
    [
      'a name of 300 bytes',
      withRecord(...Array.from({ length: 30 }, () => Buffer.from('\u0009123456789')), Buffer.alloc(11)),
    ],
  ];
  for (const [name, bytes] of rubbish) {
    it(`refuses ${name}`, () => assert.throws(() => decodeMessage(bytes), DecodeError));
  }

  it('reads what dns-packet writes, and refuses all else in its own words', () => {
    const whole = response([
      { type: 'TXT', name: 'example.com', ttl: 1, data: ['a'.repeat(200)] },
      { type: 'CNAME', name: 'a.example.com', ttl: 1, data: 'b.example.com' },
      { type: 'SOA', name: 'example.com', ttl: 1, data: { mname: 'a', rname: 'b' } },
    ]);
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
    const mutated = fc.tuple(fc.array(change, { maxLength: 6 }), fc.nat(whole.length)).map(([changes, length]) => {
      const bytes = Buffer.from(whole);
      for (const { at: place, to } of changes) bytes[place] = to;
      return bytes.subarray(0, length);
    });
    const anything = fc.oneof(
      mutated,
      fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        for (const read of [decodeHeader, decodeQuestions, decodeMessage]) {
          try {
            read(bytes);
          } catch (error) {
            assert.ok(error instanceof DecodeError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives up on chains of pointers', () => {
    // As many records as fit, each with a name that is a chain through all of the pointers before it.
    const pointers = Array.from({ length: 200 }, (_, index) => words(0xc000 | (at + 10 + 2 * Math.max(0, index - 1))));
    const chain = Buffer.concat([words(0xc00c, 99, 1, 0, 60, 400), ...pointers]);
    const last = 0xc000 | (at + 12 + 2 * 199);
    const bytes = Buffer.concat([response([]), chain, words(last, 1, 1, 0, 60, 4), Buffer.alloc(4)]);
    bytes.writeUInt16BE(2, 6);
    assert.throws(() => decodeMessage(bytes), DecodeError);
  });
});
