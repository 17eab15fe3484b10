import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrivateKeySpec } from '../../../../src/api/private-key.ts';
import { keyStep } from '../../../../src/controllers/certificate/key.ts';
import type { SecretFacts, Seen } from '../../../../src/controllers/certificate/seen.ts';
import type { TlsFacts } from '../../../../src/pki/facts.ts';
import { aCertificate, aSecret, someKey, someTls } from '../../../support/certificate-builders.ts';

const keySecret = (name: string, tls: Partial<TlsFacts> = {}): SecretFacts =>
  aSecret({ tls: someTls(tls) }, { name, uid: `uid-of-${name}` });
const [a, b] = [keySecret('a'), keySecret('b')];
const absent = keySecret('absent', { key: { kind: 'absent' } });
const bad = keySecret('bad', { key: { kind: 'bad', error: 'not PEM' } });
const never: PrivateKeySpec = { rotationPolicy: 'Never' };

interface Given {
  readonly keys?: readonly SecretFacts[];
  readonly named?: string;
  readonly target?: SecretFacts;
  readonly privateKey?: PrivateKeySpec;
}

function seen({ keys = [], named, target, privateKey }: Given): Seen {
  const certificate = aCertificate(
    privateKey === undefined ? {} : { privateKey },
    named === undefined ? {} : { nextPrivateKeySecretName: named },
  );
  return {
    certificate,
    secret: target,
    sharing: [certificate],
    requests: [],
    nameHolder: undefined,
    keySecrets: keys,
    issuer: { kind: 'foreign' },
  };
}

describe('keyStep', () => {
  const make = (from: 'new' | 'target', warning?: string) => ({ kind: 'make', from, warning });
  const discard = (secrets: readonly SecretFacts[], because?: string) => ({ kind: 'discard', secrets, because });
  const rows: readonly (readonly [string, Given, unknown])[] = [
    ['no key yet', {}, make('new')],
    ['a key of the right kind is used', { keys: [a], named: 'a' }, { kind: 'usable', secret: a, key: someKey }],
    ['a key that nobody has named is adopted', { keys: [a] }, { kind: 'usable', secret: a, key: someKey }],
    ['a key of another name goes', { keys: [a], named: 'z' }, discard([a])],
    ['of two the named one stays', { keys: [a, b], named: 'b' }, discard([a])],
    ['of two that nobody has named one stays', { keys: [a, b] }, discard([b])],
    ['a Secret without a key goes', { keys: [absent], named: 'absent' }, discard([absent])],
    ['a key that cannot be read goes', { keys: [bad], named: 'bad' }, discard([bad])],
    [
      'a key of another algorithm goes',
      { keys: [a], named: 'a', privateKey: { algorithm: 'ECDSA' } },
      discard([a], 'Regenerating private key due to change in fields: [spec.privateKey.algorithm]'),
    ],
    [
      'a key of another size goes',
      { keys: [a], named: 'a', privateKey: { size: 4096 } },
      discard([a], 'Regenerating private key due to change in fields: [spec.privateKey.size]'),
    ],
    ['Never, nothing stored', { privateKey: never }, make('new')],
    ['Never, stored without a key', { privateKey: never, target: absent }, make('new')],
    ['Never, a good key is kept', { privateKey: never, target: aSecret() }, make('target')],
    [
      'Never, a broken key is replaced',
      { privateKey: never, target: bad },
      make('new', 'Failed to decode private key stored in Secret "web-tls" - generating new key'),
    ],
    ['Always, a good key is replaced', { privateKey: { rotationPolicy: 'Always' }, target: aSecret() }, make('new')],
  ];
  for (const [name, given, expected] of rows) it(name, () => assert.deepEqual(keyStep(seen(given)), expected));

  it('Never, a key that may not change but must, stalls with upstream’s words', () => {
    const step = keyStep(seen({ privateKey: { ...never, size: 4096 }, target: aSecret() }));
    assert.equal(step.kind, 'stalled');
    assert.match(
      step.kind === 'stalled' ? step.message : '',
      /^User intervention required: existing private key in Secret "web-tls" .*mismatching fields: \[spec\.privateKey\.size\].*renewed\) $/,
    );
  });
});
