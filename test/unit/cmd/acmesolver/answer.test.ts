import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedAnswer, solverAnswer } from '../../../../src/cmd/acmesolver/answer.ts';

const path = '/.well-known/acme-challenge/tok';

const table: [string, string, string, string, string | undefined][] = [
  ['the challenge', 'a.example', path, 'a.example', 'answered'],
  ['a port', 'a.example', path, 'a.example:8080', 'answered'],
  ['another case, and a dot at the end', 'a.example', path, 'A.Example.', 'answered'],
  ['an IPv4 address', '192.0.2.1', path, '192.0.2.1:80', 'answered'],
  ['an IPv6 address', '2001:db8::1', path, '[2001:db8::1]', 'answered'],
  ['an IPv6 address and a port', '2001:db8::1', path, '[2001:db8::1]:80', 'answered'],
  ['another host', 'a.example', path, 'b.example', 'wrong host'],
  ['a host that contains it', 'a.example', path, 'a.example.evil.example', 'wrong host'],
  ['no host', 'a.example', path, '', 'wrong host'],
  ['another token', 'a.example', `${path}2`, 'a.example', 'wrong token'],
  ['a longer path', 'a.example', `${path}/x`, 'a.example', 'wrong token'],
  ['no token', 'a.example', '/.well-known/acme-challenge/', 'a.example', 'wrong token'],
  ['another path', 'a.example', '/tok', 'a.example', 'wrong path'],
  ['a way around', 'a.example', '/x/../.well-known/acme-challenge/tok', 'a.example', 'wrong path'],
  ['health', 'a.example', '/healthz', '10.0.0.1:8089', undefined],
  ['root', 'a.example', '/', '10.0.0.1:8089', undefined],
];
for (const [name, domain, url, host, outcome] of table) {
  test(`the solver answers: ${name}`, () => {
    const answer = solverAnswer({ domain, token: 'tok', key: 'tok.print' }, url, host);
    const expected =
      outcome === undefined
        ? { status: 200, body: '' }
        : outcome === 'answered'
          ? { status: 200, body: 'tok.print', outcome }
          : { status: 404, body: '404 page not found\n', outcome };
    assert.deepEqual(answer, expected);
  });
}

const entry = (dnsName: string, key: string) => ({ dnsName, key });
const known: Readonly<Record<string, readonly { dnsName: string; key: string }[]>> = {
  tok: [entry('a.example', 'tok.a'), entry('2001:db8::1', 'tok.b')],
};
const sharedTable: [string, string, string, object][] = [
  ['the first', path, 'A.example:80', { status: 200, body: 'tok.a', outcome: 'answered' }],
  ['another of the same token', path, '[2001:db8::1]', { status: 200, body: 'tok.b', outcome: 'answered' }],
  ['not another host', path, 'b.example', { status: 404, body: '404 page not found\n', outcome: 'wrong host' }],
  ['not another token', `${path}2`, 'a.example', { status: 404, body: '404 page not found\n', outcome: 'wrong token' }],
  ['not another path', '/tok', 'a.example', { status: 404, body: '404 page not found\n', outcome: 'wrong path' }],
  ['health', '/healthz', '10.0.0.1:8089', { status: 200, body: '' }],
];
for (const [name, url, host, expected] of sharedTable) {
  test(`the shared solver answers: ${name}`, () => {
    assert.deepEqual(
      sharedAnswer((token) => known[token] ?? [], url, host),
      expected,
    );
  });
}
