// Renewals over simulated months on a real API server: the controllers' clock is moved, everything else is as it is.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { certificates, issuers } from '../../src/api/kinds.ts';
import { type ControlPlane, sharedControlPlane } from '../support/control-plane.ts';
import { TestNamespace } from '../support/in-cluster.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { leaf, untilReady } from '../support/private-ca.ts';

const apiVersion = 'cert-manager.io/v1';
const dayMs = 86_400_000;

describe('renewal', () => {
  let plane: ControlPlane;
  let operator: Operator;
  let space: TestNamespace;
  let clock: ManualClock;

  before(async () => {
    plane = await sharedControlPlane();
    space = await TestNamespace.create(plane, 'renewal');
    clock = new ManualClock(new Date());
    // One namespace only: what other tests left behind does not age with us.
    operator = await startOperator(plane, { clock, flags: [`--namespace=${space.name}`] });
    const metadata = { name: 'self', namespace: space.name };
    await plane.client.create(issuers, { apiVersion, kind: 'Issuer', metadata, spec: { selfSigned: {} } });
  });
  after(async () => {
    await space?.clear();
    await operator?.stop();
  });

  const issue = async (name: string, spec: object = {}) => {
    await plane.client.create(certificates, leaf(space.name, name, { issuerRef: { name: 'self' }, ...spec }));
    return untilReady(plane, space.name, name);
  };
  const times = async (name: string) => {
    const { status } = await space.certificate(name);
    return [status?.notBefore, status?.renewalTime, status?.notAfter].map((time) => Date.parse(time ?? ''));
  };
  const keyOf = async (name: string) => (await space.secret(`${name}-tls`)).data?.['tls.key'];

  it('comes after two thirds of the lifetime, six times a year, and leaves one request and nothing else', async () => {
    await issue('web');
    await issue('kept', { privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Never' }, revisionHistoryLimit: 2 });
    await issue('disabled', { renewal: { policy: 'Disabled' } });
    const [key, kept] = [await keyOf('web'), await keyOf('kept')];
    for (let revision = 2; revision <= 7; revision++) {
      const [notBefore = 0, renewalTime = 0, notAfter = 0] = await times('web');
      assert.deepEqual([renewalTime - notBefore, notAfter - notBefore], [60 * dayMs, 90 * dayMs]);
      await clock.advance('59d');
      assert.equal((await space.certificate('web')).status?.revision, revision - 1);
      await clock.advance('2d');
      for (const name of ['web', 'kept']) {
        const { status } = await untilReady(plane, space.name, name, revision);
        assert.equal(status?.revision, revision);
        assert.deepEqual(await space.said(name, 'IssuanceSuspended'), [undefined, undefined, undefined]);
      }
    }
    assert.notEqual(await keyOf('web'), key);
    assert.equal(await keyOf('kept'), kept);
    assert.deepEqual(await space.requestsOf('web'), ['web-7']);
    assert.deepEqual(await space.requestsOf('kept'), ['kept-6', 'kept-7']);
    assert.equal((await space.certificate('disabled')).status?.revision, 1);
    assert.deepEqual((await space.said('disabled', 'Ready')).slice(0, 2), ['False', 'Expired']);
  });

  it('of what has expired while the machine was suspended comes within two minutes (upstream #8464)', async () => {
    await issue('asleep');
    clock.suspend('200d');
    await clock.advance('2m');
    const { status } = await untilReady(plane, space.name, 'asleep', 2);
    assert.ok(Date.parse(status?.notAfter ?? '') > clock.now().getTime());
  });
});
