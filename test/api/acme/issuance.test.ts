// From an ACME Issuer to Order, Challenge and Secret, on a real API server with a real ACME server and a real DNS server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type AcmeWorld, startAcmeWorld } from '../../support/acme-world.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { untilReady } from '../../support/private-ca.ts';

describe('an ACME issuer', () => {
  let world: AcmeWorld;
  let operator: Operator;

  before(async () => {
    world = await startAcmeWorld();
    operator = await startOperator(world.plane, { flags: world.flags });
  });
  after(async () => {
    await operator?.stop();
    await world?.stop();
  });

  it('issues by DNS-01', async () => {
    const namespace = await world.issuer('plain');
    await world.certificate(namespace, 'web');
    const certificate = await untilReady(world.plane, namespace, 'web');
    assert.equal(certificate.status?.revision, 1);
  });
});
