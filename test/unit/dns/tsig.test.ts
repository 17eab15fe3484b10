// BIND checks signatures and makes those that are checked here: test/conformance/dns01-rfc2136.test.ts. This is what it never sends.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import { DnsError } from '../../../src/dns/dns-error.ts';
import { sign, type TsigKey, tsigAlgorithms, verify } from '../../../src/dns/tsig.ts';
import { updateMessage } from '../../../src/dns/update.ts';

const now = new Date('2026-11-22T19:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const keyOf = (algorithm: TsigKey['algorithm']): TsigKey => ({
  name: 'Key.example.',
  algorithm,
  secret: Buffer.from('0123456789abcdef'),
});
const key = keyOf('HMACSHA256');
const none = Buffer.alloc(0);
const message = updateMessage(77, {
  action: 'add',
  zone: 'example.com.',
  fqdn: '_acme-challenge.example.com.',
  strings: ['v'],
  ttlSeconds: 60,
});

describe('sign', () => {
  it('adds one record behind the message and nothing else', () => {
    const before = Buffer.from(message);
    const { bytes, mac } = sign(message, key, now);
    assert.deepEqual([message.equals(before), bytes.readUInt16BE(10), mac.length], [true, 1, 32]);
    assert.deepEqual(bytes.subarray(12, message.length), message.subarray(12));
  });
});

describe('verify', () => {
  // A request is signed as an answer is, but for the request's MAC before it: with none, two bytes of length are what differs.
  for (const algorithm of tsigAlgorithms) {
    it(`does not take a request for an answer, ${algorithm}`, () => {
      const { bytes, mac } = sign(message, keyOf(algorithm), now);
      for (const requestMac of [none, mac]) {
        assert.throws(() => verify(bytes, requestMac, keyOf(algorithm), now), { name: 'DnsError', code: 'BAD_ANSWER' });
      }
    });
  }

  it('says where there is no signature', () => {
    assert.deepEqual(verify(message, none, key, now), { kind: 'unsigned', error: '' });
  });

  it('fails in its own words, whatever the bytes', () => {
    const { bytes, mac } = sign(message, key, now);
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(400), (changes, seconds) => {
        const copy = Buffer.from(bytes);
        for (const { at, to } of changes) copy[at] = to;
        try {
          assert.notEqual(verify(copy, mac, key, later(seconds)).kind, 'signed');
        } catch (error) {
          assert.ok(error instanceof DnsError || error instanceof DecodeError, String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('updateMessage', () => {
  it('adds with class IN, removes with class NONE and TTL 0', () => {
    const update = { zone: 'example.com.', fqdn: 'a.example.com.', strings: ['xy', 'z'], ttlSeconds: 60 };
    const zone = Buffer.concat([Buffer.from('\u0007example\u0003com\u0000'), Buffer.from([0, 6, 0, 1])]);
    const owner = Buffer.from('\u0001a\u0007example\u0003com\u0000');
    const data = Buffer.concat([Buffer.from([0, 5]), Buffer.from('\u0002xy\u0001z')]);
    const header = Buffer.from([0, 1, 0x28, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
    const expected = (klass: number, ttl: number) =>
      Buffer.concat([header, zone, owner, Buffer.from([0, 16, 0, klass, 0, 0, 0, ttl]), data]);
    assert.deepEqual(updateMessage(1, { action: 'add', ...update }), expected(1, 60));
    assert.deepEqual(updateMessage(1, { action: 'remove', ...update }), expected(254, 0));
  });
});
