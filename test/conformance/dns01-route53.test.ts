// Route 53 keeps the contract of DNS01 providers: static keys, a role, a service account's token and the process's own token, each on moto; and what is its own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpAccess, type HttpAccess } from '../../src/net/http.ts';
import { route53 } from '../../src/solvers/dns01/route53/provider.ts';
import { aTxtRecord, dns01TestIo, secretsOf } from '../support/dns01-io.ts';
import { type Moto, startMoto, withoutMoto } from '../support/moto.ts';
import {
  type Dns01Peer,
  dns01ProviderConformance,
  garbledHttp,
  rateLimitedHttp,
  silentHttp,
  unreachableHttp,
} from './dns01-provider.ts';

const gone = 'gone.example.';
const noZone = 'failed to determine Route 53 hosted zone ID';
const instantiating = 'error instantiating route53 challenge solver';

/** The strings of a value, put together. */
const unquoted = (value: string) =>
  [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1')).join('');

/** Each row has a zone of its own. */
async function peerOn(
  moto: Moto,
  zone: string,
): Promise<Dns01Peer & { readonly role: string; readonly powerless: readonly [string, string] }> {
  const id = await moto.createZone(zone);
  // What must not be taken for the zone.
  await moto.createZone(zone, { isPrivate: true });
  await moto.createZone(`deeper.n1.${zone}`);
  const secrets = secretsOf({ aws: { secret: `${moto.keys.secretAccessKey}\n` } });
  return {
    solver: {
      route53: { accessKeyID: moto.keys.accessKeyId, secretAccessKeySecretRef: { name: 'aws', key: 'secret' } },
    },
    secrets,
    io: { environment: { AWS_ENDPOINT_URL: moto.url } },
    zone,
    values: async (fqdn) => {
      const sets = (await moto.recordSets(id)).filter(({ name, type }) => name === fqdn && type === 'TXT');
      return sets.flatMap(({ values }) => values.map(unquoted));
    },
    wrongCredentials: {
      secrets: secretsOf({ aws: { secret: 'not-the-secret-access-key' } }),
      code: 'Unauthorized',
      message:
        `${noZone}: SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. ` +
        'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    },
    missingSecret: ({ name }) => ({
      code: 'NotConfigured',
      message: `error getting route53 secret access key: secret "${name}" not found`,
    }),
    missingKey: ({ key }) => ({
      code: 'NotConfigured',
      message: `error getting route53 secret access key: key '${key}' not found in secret`,
    }),
    goneZone: {
      zone: gone,
      code: 'ZoneNotFound',
      message: `${noZone}: zone ${gone} not found in Route 53 for domain _acme-challenge.${gone}`,
    },
    silent: silentHttp,
    unreachable: {
      ...unreachableHttp,
      code: 'Unreachable',
      message: `${noZone}: cannot reach peer.example: ECONNREFUSED`,
    },
    rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${noZone}: HTTP status 429` },
    garbled: { ...garbledHttp, code: 'BadAnswer', message: `${noZone}: the answer could not be understood` },
    role: moto.role,
    powerless: [moto.powerlessKeys.accessKeyId, moto.powerlessKeys.secretAccessKey],
  };
}

/** Both ways to AssumeRoleWithWebIdentity fail in the same words. */
const withToken = (
  peer: Dns01Peer,
): Pick<Dns01Peer, 'secrets' | 'missingSecret' | 'missingKey' | 'unreachable' | 'rateLimited' | 'garbled'> => ({
  secrets: {},
  missingSecret: undefined,
  missingKey: undefined,
  unreachable: {
    ...peer.unreachable,
    message: `${instantiating}: unable to assume role with web identity: cannot reach peer.example: ECONNREFUSED`,
  },
  rateLimited: {
    ...rateLimitedHttp,
    code: 'RateLimited',
    message: `${instantiating}: unable to assume role with web identity: HTTP status 429`,
  },
  garbled: {
    ...garbledHttp,
    code: 'BadAnswer',
    message: `${instantiating}: unable to assume role with web identity: the answer could not be understood`,
  },
});

const refused = {
  code: 'Unauthorized',
  message: `${instantiating}: unable to assume role with web identity: InvalidIdentityTokenException: The ID Token provided is not a valid JWT.`,
};

/** What a process may have that acts for somebody else. */
async function withVariables(work: () => Promise<void>): Promise<void> {
  const variables = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_ROUTE_53: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'AKIANOTMINE',
    AWS_SECRET_ACCESS_KEY: 'not-mine',
    AWS_REGION: 'nowhere-1',
    AWS_PROFILE: 'nobody',
    AWS_MAX_ATTEMPTS: 'many',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
  };
  Object.assign(process.env, variables);
  try {
    await work();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

/** Answers of Route 53 as its documentation shows them, before those of moto: the first that is left, to each request. */
function saying(
  http: HttpAccess,
  answers: { status: number; headers?: Record<string, string>; code: string }[],
): HttpAccess {
  return {
    open: (trust) => (request, signal) => {
      const next = answers.shift();
      if (next === undefined) return http.open(trust)(request, signal);
      const error = `<Error><Type>Sender</Type><Code>${next.code}</Code><Message>said</Message></Error>`;
      const body = `<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">${error}<RequestId>id-${answers.length}</RequestId></ErrorResponse>`;
      return Promise.resolve({ status: next.status, headers: next.headers ?? {}, body: Buffer.from(body) });
    },
    close: () => http.close(),
  };
}

describe('route53', { skip: withoutMoto() ?? false }, () => {
  let moto: Moto;
  let zoneId: string;
  before(async () => {
    moto = await startMoto();
    zoneId = await moto.createZone('example.com.');
    // Must not be taken for the zones of the rows.
    await moto.createZone('example.');
  });
  after(() => moto.stop());

  dns01ProviderConformance('route53 with keys', { provider: route53, start: () => peerOn(moto, 'keys.example.') });

  dns01ProviderConformance('route53 with a role that the keys may assume', {
    provider: route53,
    start: async () => {
      const peer = await peerOn(moto, 'role.example.');
      const assuming = `${instantiating}: unable to assume role`;
      const [accessKeyID, secret] = peer.powerless;
      const keys = peer.solver.route53;
      return {
        ...peer,
        solver: { route53: { ...keys, role: peer.role } },
        wrongCredentials: {
          solver: { route53: { ...keys, accessKeyID, role: peer.role } },
          secrets: secretsOf({ aws: { secret } }),
          code: 'Unauthorized',
          message: `${assuming}: AccessDenied: User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: sts:AssumeRole`,
        },
        unreachable: {
          ...unreachableHttp,
          code: 'Unreachable',
          message: `${assuming}: cannot reach peer.example: ECONNREFUSED`,
        },
        rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${assuming}: HTTP status 429` },
        garbled: { ...garbledHttp, code: 'BadAnswer', message: `${assuming}: the answer could not be understood` },
      };
    },
  });

  dns01ProviderConformance("route53 with a service account's token", {
    provider: route53,
    start: async () => {
      const peer = await peerOn(moto, 'account.example.');
      const serviceAccountRef = { name: 'dns' };
      return {
        ...peer,
        ...withToken(peer),
        solver: { route53: { role: peer.role, auth: { kubernetes: { serviceAccountRef } } } },
        io: { ...peer.io, serviceAccountToken: async () => 'eyJ.payload.signature' },
        wrongCredentials: { io: { serviceAccountToken: async () => 'no-jwt-at-all' }, ...refused },
      };
    },
  });

  dns01ProviderConformance("route53 with the process's own token", {
    provider: route53,
    start: async () => {
      const peer = await peerOn(moto, 'own.example.');
      const environment = {
        ...peer.io?.environment,
        AWS_ROLE_ARN: peer.role,
        AWS_WEB_IDENTITY_TOKEN_FILE: '/token',
        AWS_REGION: 'eu-central-1',
      };
      return {
        ...peer,
        ...withToken(peer),
        solver: { route53: {} },
        io: { ambient: true, environment, readFile: async () => 'eyJ.payload.signature\n' },
        wrongCredentials: { io: { readFile: async () => 'no-jwt-at-all' }, ...refused },
      };
    },
  });

  const { signal } = new AbortController();
  const http = createHttpAccess({ userAgent: 'test' });
  const open = (through: HttpAccess = http, config: object = {}) => {
    const { accessKeyId, secretAccessKey } = moto.keys;
    const keys = { accessKeyID: accessKeyId, secretAccessKeySecretRef: { name: 'aws', key: 'secret' } };
    const secrets = secretsOf({ aws: { secret: secretAccessKey } });
    const environment = { AWS_ENDPOINT_URL: moto.url };
    return route53.open({ ...keys, ...config }, dns01TestIo({ http: through, secrets, environment }));
  };
  const record = aTxtRecord();

  it('writes what upstream writes', async () => {
    await (await open()).add(record, signal);
    const quoted = `"${record.value}"`;
    assert.deepEqual(
      (await moto.recordSets(zoneId)).filter(({ type }) => type === 'TXT'),
      [
        {
          name: record.fqdn,
          type: 'TXT',
          ttl: '10',
          setIdentifier: quoted,
          multiValueAnswer: 'true',
          values: [quoted],
        },
      ],
    );
    await (await open()).remove(record, signal);
  });

  it('writes to the zone that is named, without looking for it', async () => {
    const solver = await open(http, { hostedZoneID: zoneId });
    await solver.add({ ...record, zone: '' }, signal);
    await solver.remove({ ...record, zone: '' }, signal);
    await solver.remove({ ...record, zone: '' }, signal);
    const gone = await open(http, { hostedZoneID: 'Z0GONE' });
    await gone.remove(record, signal);
    await assert.rejects(gone.add(record, signal), {
      code: 'ZoneNotFound',
      message: 'failed to change Route 53 record set: NoSuchHostedZone: No hosted zone found with ID: Z0GONE',
    });
  });

  it('knows nothing of the process but what it is given', async () => {
    await withVariables(async () => {
      for (const config of [{}, { role: moto.role }]) {
        await (await open(http, config)).add(record, signal);
        await (await open(http, config)).remove(record, signal);
      }
    });
  });

  it("asks where the region says, under the process's own name", async () => {
    const asked: string[] = [];
    const recording: HttpAccess = {
      open:
        () =>
        async ({ url, headers = {} }) => {
          const [, scope] = /Credential=[^/]+\/\d+\/([^,]+)/.exec(headers['authorization'] ?? '') ?? [];
          asked.push([url.split('?')[0], scope, headers['user-agent']].join(' '));
          return { status: 503, headers: {}, body: Buffer.from('') };
        },
      close: () => {},
    };
    const secrets = secretsOf({ aws: { secret: 'hidden' } });
    const keys = { accessKeyID: 'AKIA', secretAccessKeySecretRef: { name: 'aws', key: 'secret' } };
    const configs = [
      {},
      { region: 'cn-north-1' },
      { region: 'us-gov-west-1' },
      { region: 'eu-west-1', role: 'arn:aws:iam::1:role/x' },
    ];
    await withVariables(async () => {
      for (const config of configs) {
        const io = dns01TestIo({ http: recording, secrets });
        const add = async () => (await route53.open({ ...keys, ...config }, io)).add(record, signal);
        await assert.rejects(add(), { code: 'Unreachable' });
      }
    });
    const path = '/2013-04-01/hostedzonesbyname';
    assert.deepEqual(asked, [
      `https://route53.amazonaws.com${path} us-east-1/route53/aws4_request `,
      `https://route53.amazonaws.com.cn${path} cn-northwest-1/route53/aws4_request `,
      `https://route53.us-gov.amazonaws.com${path} us-gov-west-1/route53/aws4_request `,
      'https://sts.eu-west-1.amazonaws.com/ eu-west-1/sts/aws4_request ',
    ]);
  });

  it('tries again a few times, soon, where the zone is being changed', async () => {
    const busy = Array.from({ length: 3 }, () => ({ status: 400, code: 'PriorRequestNotComplete' }));
    await (await open(saying(http, busy), { hostedZoneID: zoneId })).add(record, signal);
    assert.equal((await moto.recordSets(zoneId)).filter(({ type }) => type === 'TXT').length, 1);
    await (await open()).remove(record, signal);
  });

  it('gives up soon, in the same words each time', async () => {
    const busy = Array.from({ length: 100 }, () => ({ status: 400, code: 'Throttling' }));
    const before = busy.length;
    await assert.rejects((await open(saying(http, busy), { hostedZoneID: zoneId })).add(record, signal), {
      code: 'RateLimited',
      message: 'failed to change Route 53 record set: Throttling: said',
    });
    assert.equal(before - busy.length, 4);
  });

  it('leaves it to others to wait as long as it is told', async () => {
    const busy = [{ status: 429, code: 'Throttling', headers: { 'retry-after': '600' } }];
    await assert.rejects((await open(saying(http, busy), { hostedZoneID: zoneId })).add(record, signal), {
      code: 'RateLimited',
      retryAfterMs: 600_000,
    });
  });

  it('does not wait where its signal is aborted', async () => {
    const busy = Array.from({ length: 100 }, () => ({ status: 400, code: 'Throttling' }));
    const controller = new AbortController();
    const reason = new Error('the controller stops');
    const adding = (await open(saying(http, busy), { hostedZoneID: zoneId })).add(record, controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(adding, (error) => error === reason);
    assert.ok(busy.length > 95);
  });
});
