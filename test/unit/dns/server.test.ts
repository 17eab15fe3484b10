import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Server, serverOf } from '../../../src/dns/server.ts';

const plain = (host: string, port: number, text: string): Server => ({ kind: 'plain', host, port, text });

describe('serverOf', () => {
  const rows: readonly (readonly [given: string, expected: Server])[] = [
    ['192.0.2.1', plain('192.0.2.1', 53, '192.0.2.1:53')],
    ['192.0.2.1:5353', plain('192.0.2.1', 5353, '192.0.2.1:5353')],
    ['ns.example.com', plain('ns.example.com', 53, 'ns.example.com:53')],
    ['ns.example.com:54', plain('ns.example.com', 54, 'ns.example.com:54')],
    ['2001:db8::1', plain('2001:db8::1', 53, '[2001:db8::1]:53')],
    ['[2001:db8::1]', plain('2001:db8::1', 53, '[2001:db8::1]:53')],
    ['[2001:db8::1]:54', plain('2001:db8::1', 54, '[2001:db8::1]:54')],
    ['https://dns.example/q', { kind: 'https', url: 'https://dns.example/q', text: 'https://dns.example/q' }],
    ['HTTPS://dns.example/q', { kind: 'https', url: 'HTTPS://dns.example/q', text: 'HTTPS://dns.example/q' }],
    [':53', plain('', 53, ':53')],
  ];
  for (const [given, expected] of rows) it(`reads ${given}`, () => assert.deepEqual(serverOf(given), expected));
});
