import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alternatesOf, chainOf, leadsTo } from '../../../src/acme/chains.ts';
import { DecodeError } from '../../../src/base/errors.ts';
import type { HttpAnswer } from '../../../src/net/http.ts';
import { anIntermediate, aRoot } from '../../support/pki-builders.ts';

const root = aRoot('The Root');
const middle = anIntermediate('The Middle', root);
const below = anIntermediate('Below', middle);

const answer = (body: string, headers: Record<string, string> = {}): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/pem-certificate-chain', ...headers },
  body: Buffer.from(body),
});

const chains: readonly (readonly [string, HttpAnswer, string])[] = [
  ['as it is', answer(below.pem + middle.pem), below.pem + middle.pem],
  [
    'with a parameter',
    answer(below.pem, { 'content-type': 'Application/PEM-certificate-chain; charset=utf-8' }),
    below.pem,
  ],
  ['called something else', answer(below.pem, { 'content-type': 'application/x-pem-file' }), below.pem],
  ['called nothing', { ...answer(below.pem), headers: {} }, below.pem],
  ['without what stands between', answer(`who: me\n${below.pem}\n\ni: you\n${middle.pem}`), below.pem + middle.pem],
  [
    'with the ends of lines of elsewhere',
    answer((below.pem + middle.pem).replaceAll('\n', '\r\n')),
    below.pem + middle.pem,
  ],
  ['without its last end of line', answer(below.pem.trimEnd()), below.pem],
];
for (const [name, given, expected] of chains) test(`a chain ${name}`, () => assert.equal(chainOf(given), expected));

const refused: readonly (readonly [string, HttpAnswer])[] = [
  ['nothing', answer('')],
  ['a key', answer('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')],
  ['a certificate cut off', answer(below.pem.slice(0, -10))],
  ['21 certificates', answer(below.pem.repeat(21))],
];
for (const [name, given] of refused) {
  test(`no chain: ${name}`, () => assert.throws(() => chainOf(given), DecodeError));
}

const base = 'https://acme.example/certificate/1';
const links: readonly (readonly [string, string | undefined, readonly string[]])[] = [
  ['none', undefined, []],
  ['one', '<https://acme.example/c/1/1>;rel="alternate"', ['https://acme.example/c/1/1']],
  [
    'two among others, joined',
    '<https://acme.example/dir>;rel="index", </c/1/1>; rel="alternate", <2>;title="a, b";rel=alternate, <3>;rel="up"',
    ['https://acme.example/c/1/1', 'https://acme.example/certificate/2'],
  ],
  ['no parameter', '<https://acme.example/x>', []],
  ['a word that only contains it', '<https://acme.example/x>;rel="alternates"', []],
  ['nonsense', 'rel="alternate"; <', []],
];
for (const [name, link, expected] of links) {
  test(`links to other chains: ${name}`, () => {
    assert.deepEqual(alternatesOf(answer('', link === undefined ? {} : { link }), base), expected);
  });
}

test('a link that leads from HTTPS to plain HTTP is refused; there are ten at most', () => {
  const given = (link: string) => answer('', { link });
  assert.throws(() => alternatesOf(given('<http://acme.example/x>;rel="alternate"'), base), DecodeError);
  const many = Array.from({ length: 50 }, (_, index) => `<${index}>;rel="alternate"`).join(', ');
  assert.equal(alternatesOf(given(many), base).length, 10);
});

const preferences: readonly (readonly [string, string, string, boolean])[] = [
  ['the issuer of the last certificate', below.pem + middle.pem, 'The Root', true],
  ['the issuer of the first only', below.pem + middle.pem, 'The Middle', false],
  ['a root that is sent along', below.pem + middle.pem + root.pem, 'The Root', true],
  ['another case', below.pem + middle.pem, 'the root', false],
  ['a part of the name', below.pem + middle.pem, 'Root', false],
  ['no certificate', 'nothing', 'The Root', false],
  ['a certificate that is none', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'The Root', false],
];
for (const [name, chain, wanted, expected] of preferences) {
  test(`a chain leads to: ${name}`, () => assert.equal(leadsTo(chain, wanted), expected));
}

test('whatever a server sends is a chain or refused', () => {
  const words = fc.constantFrom(
    '-----BEGIN CERTIFICATE-----',
    '-----END CERTIFICATE-----',
    '\n',
    'MIIB',
    '<',
    '>;rel="alternate"',
    ',',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      for (const read of [
        () => leadsTo(chainOf(answer(text)), 'x'),
        () => alternatesOf(answer('', { link: text }), base),
      ]) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
      }
    }),
  );
});
