import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalIp, formatCidr, formatIp, parseCidr, parseIp } from '../../../src/pki/ip-address.ts';

const addresses: [string, string | undefined][] = [
  ['10.0.0.1', '10.0.0.1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
  ['1:2:3:4:5:6:0:8', '1:2:3:4:5:6:0:8'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::ffff:102:304', '1.2.3.4'],
  ['::1.2.3.4', '::102:304'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['', undefined],
  ['1.2.3', undefined],
  ['1.2.3.4.5', undefined],
  ['01.2.3.4', undefined],
  ['256.2.3.4', undefined],
  ['1.2.3.4 ', undefined],
  ['1.2.3.0x4', undefined],
  [':::', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1:2:3:4:5:6:7:8::', undefined],
  ['::1.2.3.4:5', undefined],
  ['1.2.3.4::', undefined],
  ['12345::', undefined],
  ['fe80::1%eth0', undefined],
  [':1', undefined],
  ['1:', undefined],
];
for (const [given, expected] of addresses) {
  test(`address ${JSON.stringify(given)}`, () => {
    const bytes = parseIp(given);
    assert.equal(bytes && formatIp(bytes), expected);
    assert.equal(canonicalIp(given), expected ?? given);
  });
}

test('formatIp takes 4 and 16 bytes only', () => {
  for (const length of [0, 3, 5, 8, 15, 17, 32]) assert.equal(formatIp(new Uint8Array(length)), undefined);
});

test('any IPv6 address is read as Node reads it, and comes back', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      assert.equal(parseIp(text) !== undefined, isIP(text) === 6);
      const canonical = canonicalIp(text);
      assert.equal(canonicalIp(canonical), canonical);
      assert.deepEqual(parseIp(canonical), parseIp(text));
    }),
    { numRuns: 500 },
  );
});

test('any text is an address to us only if it is one to Node', () => {
  const part = fc.constantFrom(':', '::', '.', '0', '1', 'ff', '255', '256', '01', 'g', '%');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      assert.equal(parseIp(text) !== undefined, isIP(text) !== 0 && !text.includes('%'), text);
    }),
    { numRuns: 3000 },
  );
});

const networks: [string, string | undefined][] = [
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.1.2.3/32', '10.1.2.3/32'],
  ['2001:db8::1/33', '2001:db8::/33'],
  ['::/0', '::/0'],
  ['::ffff:1.2.3.4/120', '::ffff:1.2.3.0/120'],
  ['10.1.2.3', undefined],
  ['10.1.2.3/33', undefined],
  ['10.1.2.3/-1', undefined],
  ['10.1.2.3/08', undefined],
  ['10.1.2.3/255.0.0.0', undefined],
  ['::/129', undefined],
  ['/8', undefined],
];
for (const [given, expected] of networks) {
  test(`network ${given}`, () => {
    const bytes = parseCidr(given);
    assert.equal(bytes && formatCidr(bytes), expected);
  });
}

test('formatCidr refuses masks with holes and other lengths', () => {
  assert.equal(formatCidr(Uint8Array.of(10, 0, 0, 0, 255, 0, 255, 0)), undefined);
  assert.equal(formatCidr(new Uint8Array(16)), undefined);
});
