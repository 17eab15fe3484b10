import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../../src/api/meta.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { createIssuerController, issuerIndexes } from '../../../../src/controllers/issuer/controller.ts';
import { issuerBackends } from '../../../../src/issuers/index.ts';
import { reconcileOnce } from '../../../../src/kube/controller.ts';
import type { Action } from '../../../../src/kube/reconcile.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { collectionOf } from '../../../support/memory-collection.ts';
import { anIssuer, someTimeText } from '../../../support/request-builders.ts';
import { aCa, noAcme, secretData, testIo } from '../../../support/signing-builders.ts';

const backends = issuerBackends({ limits: defaultPemLimits, acme: noAcme });
const root = aCa('root');
const data = secretData({ 'tls.crt': root.pem, 'tls.key': root.keyPem });

function controllerOf(scope: 'Issuer' | 'ClusterIssuer') {
  const objects = [
    anIssuer({ kind: scope, name: 'first', spec: { ca: { secretName: 'pair' } } }),
    anIssuer({ kind: scope, name: 'second', spec: { ca: { secretName: 'pair' } } }),
    anIssuer({ kind: scope, name: 'third', spec: { ca: { secretName: 'other' } } }),
    anIssuer({ kind: scope, name: 'self', spec: { selfSigned: {} } }),
  ];
  const io = testIo({ 'app/pair': data, 'kube-system/other': data });
  const issuers = collectionOf(objects, issuerIndexes(backends, 'kube-system'));
  const built = createIssuerController({
    scope,
    issuers,
    io: io.factory,
    backends,
    clusterResourceNamespace: 'kube-system',
  });
  return { ...built, objects };
}
const secret = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, uid: 'u', resourceVersion: '1', creationTimestamp: someTimeText },
});

describe('the issuer controller', () => {
  it('bears the name of its scope', () => {
    assert.deepEqual(
      [controllerOf('Issuer').controller.name, controllerOf('ClusterIssuer').controller.name],
      ['issuers', 'clusterissuers'],
    );
  });

  it('is woken by its own objects, and by the Secrets that they refer to', () => {
    const { watches, objects } = controllerOf('Issuer');
    assert.deepEqual(watches.issuers(objects[0], undefined), [{ namespace: 'app', name: 'first' }]);
    assert.deepEqual(watches.issuers(undefined, objects[0]), []);
    assert.deepEqual(
      watches.secrets(secret('app', 'pair'), undefined).map((key) => key.name),
      ['first', 'second'],
    );
    assert.deepEqual(watches.secrets(secret('kube-system', 'pair'), undefined), []);
    const cluster = controllerOf('ClusterIssuer').watches;
    assert.deepEqual(cluster.secrets(undefined, secret('kube-system', 'other')), [{ name: 'third' }]);
  });

  for (const [scope, name, status] of [
    ['Issuer', 'first', 'True'],
    ['Issuer', 'third', 'False'],
    ['ClusterIssuer', 'first', 'False'],
    ['ClusterIssuer', 'third', 'True'],
  ] as const) {
    it(`finds the Secret of ${scope} ${name} in the right namespace: Ready ${status}`, async () => {
      const made: Action[] = [];
      const execute = async (actions: readonly Action[]) => void made.push(...actions);
      const key = scope === 'Issuer' ? { namespace: 'app', name } : { name };
      await reconcileOnce(controllerOf(scope).controller, key, { execute, now: () => new Date(someTimeText) });
      const [write] = made;
      assert.ok(write?.kind === 'status');
      assert.equal((write.status as { conditions: { status: string }[] }).conditions[0]?.status, status);
    });
  }

  it('says why the key of an account could not be made', async () => {
    const acme = { server: 'https://ca.example/directory', privateKeySecretRef: { name: 'account' } };
    const issuers = collectionOf([anIssuer({ spec: { acme } })], issuerIndexes(backends, 'kube-system'));
    const io = testIo().factory;
    const { controller, guard } = createIssuerController({
      scope: 'Issuer',
      issuers,
      io,
      backends,
      clusterResourceNamespace: 'kube-system',
    });
    const made: Action[] = [];
    const execute = guard(async (actions) => {
      if (actions.some(({ kind }) => kind === 'create')) throw new ApiError(403, 'Forbidden', 'exceeded quota');
      made.push(...actions);
    });
    const look = () =>
      reconcileOnce(controller, { namespace: 'app', name: 'ca' }, { execute, now: () => new Date(someTimeText) });
    await assert.rejects(look(), { message: 'exceeded quota' });
    assert.deepEqual(made.splice(0), []);
    await assert.rejects(look(), { message: 'exceeded quota' });
    const [write] = made;
    assert.ok(write?.kind === 'status');
    const [condition] = (write.status as { conditions: { reason: string; message: string }[] }).conditions;
    assert.equal(condition?.reason, 'ErrRegisterACMEAccount');
    assert.equal(condition.message, 'Failed to register ACME account: exceeded quota');
  });
});
