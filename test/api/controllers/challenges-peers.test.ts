// Challenges before real peers: Pebble looks into the zones of a BIND, which takes our records.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type AcmeClient, createAcmeClient } from '../../../src/acme/client.ts';
import type { Challenge } from '../../../src/api/challenge.ts';
import { challenges } from '../../../src/api/kinds.ts';
import type { OrderAuthorization } from '../../../src/api/order.ts';
import type { Solver } from '../../../src/api/solver.ts';
import { createResolver } from '../../../src/dns/resolver.ts';
import { createHttpAccess, type HttpAccess } from '../../../src/net/http.ts';
import { rfc2136 } from '../../../src/solvers/dns01/rfc2136/provider.ts';
import { type Bind, missingBind, startBind } from '../../support/bind.ts';
import { aChallengeWorld, type ChallengeWorld, type Peers } from '../../support/challenge-world.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { type Pebble, startPebble } from '../../support/pebble.ts';

const skip = await missingBind();
const zone = 'example.com';

describe('Challenges before Pebble and BIND', { skip: skip ?? false }, () => {
  let plane: ControlPlane;
  let bind: Bind;
  let pebble: Pebble;
  let http: HttpAccess;
  let client: AcmeClient;
  const signal = new AbortController().signal;

  before(async () => {
    plane = await sharedControlPlane();
    bind = await startBind({ zones: { [zone]: '' } });
    pebble = await startPebble({ dnsServer: `${bind.address}:${bind.port}` });
    http = createHttpAccess({ userAgent: 'test' });
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const trusting = http.open({ caPem: pebble.apiCaPem });
    client = createAcmeClient({ directoryUrl: pebble.directoryUrl, key, http: trusting, now: () => new Date() });
    await client.createAccount({ contact: [] }, signal);
  });
  after(async () => {
    await pebble?.stop();
    await bind?.stop();
    http?.close();
  });

  /** Places an order for these names; the Challenges are those that it asks for. */
  async function placed(
    dnsNames: readonly string[],
    { secret = bind.keys.HMACSHA256.secret, providers = [rfc2136] as Peers['providers'], wait = '' } = {},
  ): Promise<ChallengeWorld> {
    const order = await client.newOrder({ identifiers: dnsNames.map((value) => ({ type: 'dns', value })) }, signal);
    const authorizations: OrderAuthorization[] = [];
    for (const url of order.authorizations) {
      const { identifier, wildcard, challenges: offered } = await client.fetchAuthorization(url, signal);
      const named = offered.map(({ url: each, token = '', type }) => ({ url: each, token, type }));
      authorizations.push({ url, identifier: identifier.value, wildcard, initialState: 'pending', challenges: named });
    }
    const nameserver = `${bind.address}:${bind.port}`;
    const tsigSecretSecretRef = { name: 'tsig', key: 'secret' };
    const solver: Solver = {
      ...(wait === '' ? {} : { waitInsteadOfSelfCheck: wait }),
      dns01: {
        rfc2136: {
          nameserver,
          tsigKeyName: bind.keys.HMACSHA256.name,
          tsigAlgorithm: 'HMACSHA256',
          tsigSecretSecretRef,
        },
      },
    };
    const resolver = createResolver({
      servers: [nameserver],
      systemServers: [],
      http,
      now: () => new Date(),
      authoritativePort: bind.port,
    });
    const peers: Peers = { client, providers, resolver, authorizations };
    const world = await aChallengeWorld(plane, { dnsNames, solver, peers });
    await plane.client.request('POST', `/api/v1/namespaces/${world.namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tsig' },
      stringData: { secret },
    });
    return world;
  }

  const statesOf = async (world: ChallengeWorld) =>
    (await world.list<Challenge>(challenges)).map(({ status, metadata }) => [status?.state, metadata.finalizers]);

  it('a name', async () => {
    const world = await placed([`web.${zone}`]);
    await world.settle();
    assert.deepEqual(await statesOf(world), [['valid', undefined]]);
    assert.deepEqual(world.writes, ['status Challenge', 'status Challenge', 'finalizers Challenge']);
    assert.deepEqual(await bind.txt(`_acme-challenge.web.${zone}`), []);
  });

  it('apex and wildcard, which share a name, at the same time', async () => {
    const world = await placed([zone, `*.${zone}`]);
    await world.settle();
    assert.deepEqual(await statesOf(world), [
      ['valid', undefined],
      ['valid', undefined],
    ]);
    assert.deepEqual(await bind.txt(`_acme-challenge.${zone}`), []);
  });

  it('a crash after the server was told: it is told again, and what it knows counts', async () => {
    const world = await placed([`crash.${zone}`]);
    await world.look();
    await world.look();
    await client.acceptChallenge(world.challenge.spec.url, signal);
    world.restart();
    await world.settle();
    assert.deepEqual(await statesOf(world), [['valid', undefined]]);
  });

  it('a wrong key, and then the right one', async () => {
    const world = await placed([`key.${zone}`], { secret: Buffer.from('wrong').toString('base64') });
    await world.look();
    const { status } = (await world.find()) as Challenge;
    assert.deepEqual(
      [status?.reason, status?.presented, status?.failedAttempts],
      ['DNS update failed. Server replied: NOTAUTH (BADSIG)', undefined, 1],
    );
    const key = { namespace: world.namespace, name: 'tsig' };
    const data = { secret: Buffer.from(bind.keys.HMACSHA256.secret).toString('base64') };
    await plane.client.request(
      'PATCH',
      `/api/v1/namespaces/${key.namespace}/secrets/${key.name}`,
      { data },
      'application/merge-patch+json',
    );
    await world.settle();
    assert.deepEqual(await statesOf(world), [['valid', undefined]]);
  });

  it('an answer that is not there', async () => {
    const silent = { ...rfc2136, open: async () => ({ add: async () => undefined, remove: async () => undefined }) };
    const world = await placed([`gone.${zone}`], { providers: [silent], wait: '0s' });
    await world.settle();
    const { status } = (await world.find()) as Challenge;
    const error = `acme: authorization error for gone.${zone}: 403 urn:ietf:params:acme:error:unauthorized: `;
    assert.equal(status?.state, 'invalid');
    assert.ok(status?.reason?.startsWith(`Error accepting authorization: ${error}`), status?.reason);
    assert.deepEqual(world.events, ['Normal Presented', 'Warning Failed']);
  });
});
