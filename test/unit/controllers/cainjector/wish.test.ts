import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { validatingWebhookConfigurations } from '../../../../src/controllers/cainjector/targets.ts';
import { type Wish, wishIndexValues, wishOf } from '../../../../src/controllers/cainjector/wish.ts';
import { aTarget } from '../../../support/injection-builders.ts';

const fromSecret = 'cert-manager.io/inject-ca-from-secret';
const fromCertificate = 'cert-manager.io/inject-ca-from';
const fromApiServer = 'cert-manager.io/inject-apiserver-ca';
const of = (annotations: Record<string, string>, certificates = true): Wish | undefined =>
  wishOf(aTarget(validatingWebhookConfigurations, { annotations }), { certificates });
const unreadable = (annotation: string, value: string): Wish => ({
  kind: 'unreadable',
  annotation,
  value,
  names: annotation === fromSecret ? 'Secret' : 'Certificate',
});

/** [what, annotations, wish]. */
const table: readonly [string, Record<string, string>, Wish | undefined][] = [
  ['nothing', {}, undefined],
  ['others', { 'cert-manager.io/cluster-issuer': 'x' }, undefined],
  ['a Secret', { [fromSecret]: 'app/ca' }, { kind: 'secret', namespace: 'app', name: 'ca' }],
  ['a Certificate', { [fromCertificate]: 'app/web.tls' }, { kind: 'certificate', namespace: 'app', name: 'web.tls' }],
  ['the API server', { [fromApiServer]: 'true' }, { kind: 'apiserver' }],
  ['the API server, but not really', { [fromApiServer]: 'True' }, undefined],
  [
    'all of them: the Secret goes first',
    { [fromApiServer]: 'true', [fromCertificate]: 'app/web', [fromSecret]: 'app/ca' },
    { kind: 'secret', namespace: 'app', name: 'ca' },
  ],
  [
    'a Certificate before the API server',
    { [fromApiServer]: 'true', [fromCertificate]: 'app/web' },
    { kind: 'certificate', namespace: 'app', name: 'web' },
  ],
  [
    'a broken first one: no other is asked',
    { [fromSecret]: 'ca', [fromCertificate]: 'app/web' },
    unreadable(fromSecret, 'ca'),
  ],
  ['an empty value', { [fromSecret]: '' }, unreadable(fromSecret, '')],
  ['no namespace', { [fromCertificate]: '/web' }, unreadable(fromCertificate, '/web')],
  ['no name', { [fromCertificate]: 'app/' }, unreadable(fromCertificate, 'app/')],
  ['a path', { [fromCertificate]: 'app/web/x' }, unreadable(fromCertificate, 'app/web/x')],
  ['no name that could be', { [fromSecret]: 'app/../x' }, unreadable(fromSecret, 'app/../x')],
  ['capitals', { [fromSecret]: 'App/ca' }, unreadable(fromSecret, 'App/ca')],
];

describe('what a target asks for', () => {
  for (const [what, annotations, wish] of table) it(what, () => assert.deepEqual(of(annotations), wish));

  it('leaves out Certificates where they are no source', () => {
    assert.deepEqual(of({ [fromCertificate]: 'app/web', [fromApiServer]: 'true' }, false), { kind: 'apiserver' });
    assert.equal(of({ [fromCertificate]: 'web' }, false), undefined);
  });

  it('files a target under what it names', () => {
    assert.deepEqual(wishIndexValues(of({ [fromSecret]: 'app/ca' })), ['secret/app/ca']);
    assert.deepEqual(wishIndexValues(of({ [fromCertificate]: 'app/ca' })), ['certificate/app/ca']);
    assert.deepEqual(wishIndexValues(of({ [fromApiServer]: 'true' })), []);
    assert.deepEqual(wishIndexValues(of({ [fromSecret]: 'ca' })), []);
  });

  it('never asks for what could not be a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '/', '.', '-', '%', ' ', '0') }), (value) => {
        const wish = of({ [fromSecret]: value });
        if (wish?.kind === 'secret')
          assert.match(`${wish.namespace}/${wish.name}`, /^[a-z0-9][-a-z0-9]*\/[a-z0-9][-.a-z0-9]*$/);
        else assert.deepEqual(wish, unreadable(fromSecret, value));
      }),
    );
  });
});
