import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InjectionRules, Source } from '../../../../src/controllers/cainjector/seen.ts';
import { type Found, refusalOf, sourceOf } from '../../../../src/controllers/cainjector/source.ts';
import type { Wish } from '../../../../src/controllers/cainjector/wish.ts';
import { aCaPem, injectionTime as now, injectionRules as rules } from '../../../support/injection-builders.ts';

const ca = Buffer.from(aCaPem('ca'));
const secret: Wish = { kind: 'secret', namespace: 'app', name: 'ca' };
const certificate: Wish = { kind: 'certificate', namespace: 'app', name: 'web' };
const apiserver: Wish = { kind: 'apiserver' };
const allowing = { 'cert-manager.io/allow-direct-injection': 'true' };
const owned = { 'cert-manager.io/certificate-name': 'web' };
const granted: Source = { kind: 'ca', ca };

/** [what, wish, found, source: granted, or `reason!` (at once) or `reason?` (may pass) with its message]. */
const table: readonly [string, Wish, Found, Source | string][] = [
  ['a Secret that allows it', secret, { secret: { annotations: allowing, ca } }, granted],
  [
    'a Secret that is not there',
    secret,
    {},
    'SourceNotFound? Secret app/ca does not exist; it is used as soon as it does',
  ],
  [
    'a Secret that does not allow it',
    secret,
    { secret: { annotations: owned, ca } },
    'SourceNotAllowed! Secret app/ca does not allow it; set its annotation cert-manager.io/allow-direct-injection: "true"',
  ],
  [
    'a Secret that nearly allows it',
    secret,
    { secret: { annotations: { 'cert-manager.io/allow-direct-injection': 'True' }, ca } },
    'SourceNotAllowed! Secret app/ca does not allow it; set its annotation cert-manager.io/allow-direct-injection: "true"',
  ],
  [
    'a Secret without a CA',
    secret,
    { secret: { annotations: allowing, ca: undefined } },
    'InvalidCA? Secret app/ca has no key ca.crt; put the CA there, or name a source whose issuer tells its CA',
  ],
  [
    'a Secret with an empty CA',
    secret,
    { secret: { annotations: allowing, ca: Buffer.alloc(0) } },
    'InvalidCA? ca.crt of Secret app/ca is empty; put the CA there as PEM certificates, or name another source',
  ],
  ['a Certificate', certificate, { secretName: 'tls', secret: { annotations: owned, ca } }, granted],
  [
    'a Certificate that is not there',
    certificate,
    {},
    'SourceNotFound? Certificate app/web does not exist; it is used as soon as it does',
  ],
  [
    'a Certificate that is not issued',
    certificate,
    { secretName: 'tls' },
    'SourceNotFound? Secret app/tls of Certificate app/web does not exist; it comes when the Certificate is issued, see its status',
  ],
  [
    "another Certificate's Secret",
    certificate,
    { secretName: 'tls', secret: { annotations: { 'cert-manager.io/certificate-name': 'other' }, ca } },
    'SourceNotAllowed? Secret app/tls of Certificate app/web belongs to Certificate other by its annotation cert-manager.io/certificate-name; give each Certificate a Secret of its own',
  ],
  [
    "nobody's Secret, even if it allows it",
    certificate,
    { secretName: 'tls', secret: { annotations: allowing, ca } },
    'SourceNotAllowed? Secret app/tls of Certificate app/web belongs to no Certificate by its annotation cert-manager.io/certificate-name; give each Certificate a Secret of its own',
  ],
  ['the API server', apiserver, { apiServerCA: ca }, granted],
  [
    'the API server, trusted without a CA',
    apiserver,
    {},
    'InvalidCA! The access of cainjector to the API server has no CA of its own; name a Secret or a Certificate instead',
  ],
];

function shown(source: Source): Source | string {
  if (source.kind === 'ca') return source;
  const { reason, message, mayPass } = source.problem;
  return `${reason}${mayPass ? '?' : '!'} ${message}`;
}

describe('the source of a CA', () => {
  for (const [what, wish, found, expected] of table)
    it(what, () => assert.deepEqual(shown(sourceOf(wish, found, now, rules)), expected));
});

/** [what, wish, rules, problem]. */
const refused: readonly [string, Wish, Partial<InjectionRules>, string | undefined][] = [
  ['any namespace', secret, {}, undefined],
  ['the one namespace', secret, { namespace: 'app' }, undefined],
  [
    'another than the one',
    certificate,
    { namespace: 'sole' },
    'SourceNotAllowed! Certificate app/web cannot be used: cainjector is bound to namespace sole; name a source there',
  ],
  [
    'an ignored one',
    secret,
    { ignoredNamespaces: new Set(['app']) },
    'SourceNotAllowed! Secret app/ca cannot be used: --ignore-namespaces of cainjector excludes namespace app; name a source elsewhere',
  ],
  ['no namespace', apiserver, { namespace: 'sole' }, undefined],
  [
    'what is no name',
    { kind: 'unreadable', annotation: 'cert-manager.io/inject-ca-from', value: 'x'.repeat(200), names: 'Certificate' },
    {},
    `InvalidSource! Annotation cert-manager.io/inject-ca-from has the value "${'x'.repeat(100)}…", which names no Certificate; write it as <namespace>/<name>`,
  ],
];

describe('what is refused whatever exists', () => {
  for (const [what, wish, change, expected] of refused) {
    it(what, () => {
      const refusal = refusalOf(wish, { ...rules, ...change });
      assert.equal(refusal === undefined ? undefined : shown(refusal), expected);
    });
  }
});
