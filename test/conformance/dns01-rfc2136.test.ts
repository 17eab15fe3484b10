// RFC 2136 before a real BIND: the suite with every TSIG algorithm over both transports, and what only a name server can refuse.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RFC2136Provider } from '../../src/api/dns01.ts';
import { ProviderError } from '../../src/base/errors.ts';
import { createResolver } from '../../src/dns/resolver.ts';
import { overUdp } from '../../src/dns/transport.ts';
import { rfc2136 } from '../../src/solvers/dns01/rfc2136/provider.ts';
import { type Bind, missingBind, startBind, type TsigAlgorithm, type TsigKey } from '../support/bind.ts';
import { replyTo, type ScriptedDns, startDnsServer } from '../support/dns-server.ts';
import { aTxtRecord, dns01TestIo, secretsOf } from '../support/dns01-io.ts';
import { type Dns01Peer, dns01ProviderConformance } from './dns01-provider.ts';

const skip = await missingBind();
const algorithms: readonly TsigAlgorithm[] = ['HMACMD5', 'HMACSHA1', 'HMACSHA256', 'HMACSHA512'];
const closedPort = 1;
const refused = { code: 'Unreachable', message: 'DNS update failed: cannot be reached: ECONNREFUSED' };

for (const algorithm of algorithms) {
  for (const protocol of ['UDP', 'TCP'] as const) {
    dns01ProviderConformance(`rfc2136 ${algorithm} ${protocol}`, {
      provider: rfc2136,
      skip,
      start: () => peer(algorithm, protocol),
    });
  }
}

async function peer(algorithm: TsigAlgorithm, protocol: 'UDP' | 'TCP'): Promise<Dns01Peer> {
  const bind = await startBind({ zones: { 'example.com': '' } });
  const silent = await startDnsServer(() => undefined);
  // Answers as if all were well, and cannot sign it.
  const liar = await startDnsServer((question) => replyTo(question, { flags: 0x2800 }));
  const { name, secret } = bind.keys[algorithm];
  const at = (nameserver: string) => ({ rfc2136: config(nameserver, { name }, algorithm, protocol) });
  const here = at(`127.0.0.1:${bind.port}`);
  return {
    solver: here,
    secrets: secretsOf({ tsig: { secret: `${secret}\n` } }),
    zone: 'example.com.',
    values: bind.txt,
    wrongCredentials: {
      secrets: secretsOf({ tsig: { secret: Buffer.from('a wrong secret').toString('base64') } }),
      code: 'Unauthorized',
      message: 'DNS update failed. Server replied: NOTAUTH (BADSIG)',
    },
    missingSecret: () => ({
      code: 'NotConfigured',
      message: 'error getting TSIG secret: secret "tsig" not found',
    }),
    missingKey: () => ({
      code: 'NotConfigured',
      message: 'error getting TSIG secret: no data at key "secret" of secret "tsig"',
    }),
    goneZone: { zone: 'gone.example.', code: 'ZoneNotFound', message: 'DNS update failed. Server replied: NOTAUTH' },
    silent: { solver: at(silent.text) },
    unreachable: { solver: at(`127.0.0.1:${closedPort}`), ...refused },
    rateLimited: undefined,
    garbled: {
      solver: at(liar.text),
      code: 'BAD_ANSWER',
      message: 'DNS update failed: an answer without a signature',
    },
    async stop() {
      await Promise.all([bind.stop(), silent.stop(), liar.stop()]);
    },
  };
}

function config(
  nameserver: string,
  key: Pick<TsigKey, 'name'> | undefined,
  algorithm: string,
  protocol?: 'UDP' | 'TCP',
): RFC2136Provider {
  return {
    nameserver,
    ...(key === undefined
      ? {}
      : { tsigKeyName: key.name, tsigAlgorithm: algorithm, tsigSecretSecretRef: { name: 'tsig', key: 'secret' } }),
    ...(protocol === undefined ? {} : { protocol }),
  };
}

describe('rfc2136 before a real BIND', { skip: skip ?? false }, () => {
  let bind: Bind;
  let tampering: ScriptedDns;
  const signal = new AbortController().signal;

  before(async () => {
    const records = '_acme-challenge.alias IN CNAME _acme-challenge.target.sub';
    bind = await startBind({ zones: { 'example.com': records, 'open.example': '' }, open: 'open.example' });
    tampering = await startDnsServer(() => undefined);
  });
  after(() => Promise.all([bind?.stop(), tampering?.stop()]));

  const open = (settings: RFC2136Provider, secret: string, now = () => new Date()) =>
    rfc2136.open(settings, dns01TestIo({ secrets: secretsOf({ tsig: { secret } }), now }));

  async function failure(settings: RFC2136Provider, secret: string, now?: () => Date): Promise<string> {
    const error = await open(settings, secret, now)
      .then((solver) => solver.add(aTxtRecord(), signal))
      .then(
        () => assert.fail('it succeeded'),
        (thrown: unknown) => thrown,
      );
    if (!(error instanceof ProviderError)) throw error;
    return `${error.code}: ${error.message}`;
  }
  const server = () => `127.0.0.1:${bind.port}`;

  it('reads a setting without an algorithm as HMACMD5, and one in small letters', async () => {
    for (const [tsigAlgorithm, key] of [
      ['', bind.keys.HMACMD5],
      ['hmacsha512', bind.keys.HMACSHA512],
    ] as const) {
      const solver = await open(config(server(), key, tsigAlgorithm), key.secret);
      await solver.add(aTxtRecord({ value: key.name }), signal);
    }
    assert.deepEqual([...(await bind.txt(aTxtRecord().fqdn))].sort(), ['md5.key', 'sha512.key']);
  });

  it('updates without a signature where there is no key', async () => {
    const record = aTxtRecord({ zone: 'open.example.', fqdn: '_acme-challenge.open.example.' });
    const solver = await open(config(server(), undefined, ''), '');
    await solver.add(record, signal);
    assert.deepEqual(await bind.txt(record.fqdn), [record.value]);
    await solver.remove(record, signal);
    assert.deepEqual(await bind.txt(record.fqdn), []);
  });

  it('is seen by the resolver, which finds name and zone for it', async () => {
    const options = { servers: [server()], systemServers: [], http: dns01TestIo().http, now: () => new Date() };
    const resolver = createResolver({ ...options, authoritativePort: bind.port });
    const fqdn = await resolver.followCnames('_acme-challenge.alias.example.com', signal);
    const zone = await resolver.findZone(fqdn, signal);
    assert.deepEqual([fqdn, zone], ['_acme-challenge.target.sub.example.com.', 'example.com.']);
    const { HMACSHA256: key } = bind.keys;
    const [solver, record] = [await open(config(server(), key, 'HMACSHA256'), key.secret), aTxtRecord({ zone, fqdn })];
    const seen = async () => {
      const { visible, ttlSeconds, answers } = await resolver.checkTxt(
        '_acme-challenge.alias.example.com',
        record.value,
        { recursiveOnly: false },
        signal,
      );
      return [visible, ttlSeconds, answers.map(({ answer, authoritative }) => [answer, authoritative])];
    };
    assert.deepEqual(await seen(), [false, 5, [['NXDOMAIN', true]]]);
    await solver.add(record, signal);
    assert.deepEqual(await seen(), [true, 60, [['found, TTL 60', true]]]);
    await solver.remove(record, signal);
    assert.deepEqual(await seen(), [false, 5, [['NXDOMAIN', true]]]);
  });

  it('reads a server that is given by name', async () => {
    const key = bind.keys.HMACSHA256;
    const solver = await open(config(`localhost:${bind.port}`, key, 'HMACSHA256', 'TCP'), key.secret);
    await solver.add(aTxtRecord({ fqdn: '_acme-challenge.byname.example.com.' }), signal);
    assert.equal((await bind.txt('_acme-challenge.byname.example.com.')).length, 1);
  });

  it('says in words what the server refuses', async () => {
    const { HMACSHA256: key } = bind.keys;
    const hour = () => new Date(Date.now() - 3_600_000);
    const said = 'Unauthorized: DNS update failed. Server replied:';
    const rows: readonly (readonly [RFC2136Provider, string, (() => Date) | undefined, string])[] = [
      [config(server(), { name: 'nobody' }, 'HMACSHA256'), key.secret, undefined, `${said} NOTAUTH (BADKEY)`],
      [config(server(), key, 'HMACSHA512'), key.secret, undefined, `${said} NOTAUTH (BADKEY)`],
      [config(server(), bind.powerless, 'HMACSHA256'), bind.powerless.secret, undefined, `${said} REFUSED`],
      [config(server(), undefined, ''), '', undefined, `${said} REFUSED`],
      [config(server(), key, 'HMACSHA256'), key.secret, hour, `${said} NOTAUTH (BADTIME)`],
    ];
    for (const [settings, secret, now, expected] of rows) assert.equal(await failure(settings, secret, now), expected);
  });

  it('believes no answer whose signature does not hold', async () => {
    const key = bind.keys.HMACSHA256;
    const settings = config(tampering.text, key, 'HMACSHA256');
    const spoil: readonly (readonly [string, (answer: Buffer) => void, string])[] = [
      // From the end: no other data, no error, the id, then the MAC.
      ['MAC', (answer) => spoilByte(answer, answer.length - 7), 'an answer with a signature that does not hold'],
      ['response code', (answer) => spoilByte(answer, 2), 'an answer with a signature that does not hold'],
      ['nothing', () => {}, ''],
    ];
    for (const [what, change, expected] of spoil) {
      tampering.answer(async ({ bytes }) => {
        const answer = await overUdp({ host: bind.address, port: bind.port }, bytes, () => true, signal);
        change(answer);
        return answer;
      });
      if (expected === '') await (await open(settings, key.secret)).add(aTxtRecord(), signal);
      else assert.equal(await failure(settings, key.secret), `BAD_ANSWER: DNS update failed: ${expected}`, what);
    }
  });

  it('believes no answer that was signed at another time', async () => {
    const key = bind.keys.HMACSHA256;
    let asked = 0;
    const jumping = () => {
      asked += 1;
      return new Date(Date.now() + (asked % 2 === 0 ? 301_000 : 0));
    };
    const said = await failure(config(server(), key, 'HMACSHA256'), key.secret, jumping);
    assert.equal(said, 'BAD_ANSWER: DNS update failed: an answer signed at another time: do the clocks agree?');
  });

  it('says in words what is wrong with the settings, and sends nothing', async () => {
    const { HMACSHA256: key } = bind.keys;
    const rows: readonly (readonly [RFC2136Provider, string, string])[] = [
      [config(' ', key, ''), key.secret, 'NotConfigured: RFC2136 nameserver missing'],
      [
        config('192.0.2.1:99999', key, ''),
        key.secret,
        'NotConfigured: RFC2136 nameserver has no valid port, 192.0.2.1:99999',
      ],
      [config(':53', key, ''), key.secret, 'NotConfigured: RFC2136 nameserver has no host defined, :53'],
      [config(server(), key, 'HMACSHA3'), key.secret, 'NotConfigured: algorithm "HMACSHA3" is not supported'],
      [config(server(), key, ''), 'no base64!', 'NotConfigured: the TSIG secret is not base64'],
      [
        config(server(), { name: `${'x'.repeat(64)}.` }, ''),
        key.secret,
        'BAD_NAME: DNS update failed: the DNS name has a label of more than 63 bytes',
      ],
    ];
    for (const [settings, secret, expected] of rows) assert.equal(await failure(settings, secret), expected);
  });
});

function spoilByte(bytes: Buffer, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}
