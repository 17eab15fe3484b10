// The resolver before servers that fall silent and disagree: propagation at every server of a zone, addresses, DNS over HTTPS.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode } from 'dns-packet';
import type { ResolverOptions } from '../../src/dns/resolver.ts';
import type { HttpAccess } from '../../src/net/http.ts';
import { a, butFor, cname, fqdn, honest, ns, outcome, resolverFor, txt, zone } from '../support/dns-answers.ts';
import { type DnsQuestion, type DnsScript, replyTo, type ScriptedDns, startDnsServer } from '../support/dns-server.ts';

const signal = new AbortController().signal;

describe('the check of a TXT record', {
  skip: process.platform === 'linux' ? false : 'needs 127.0.0.2',
  concurrency: true,
}, () => {
  interface World {
    readonly recursive: ScriptedDns;
    readonly own: readonly ScriptedDns[];
    readonly options: Partial<ResolverOptions>;
  }
  const worlds: World[] = [];
  after(() => Promise.all(worlds.flatMap(({ recursive, own }) => [recursive, ...own]).map((each) => each.stop())));

  /** A recursive server that knows the zone's servers, `ns1` and on, each on an address of its own. */
  async function world(...scripts: readonly (DnsScript | 'closed')[]): Promise<World> {
    const names = scripts.map((_, index) => `ns${index + 1}.example.com`);
    const recursive = await startDnsServer(
      butFor(zone, 'NS', (question) =>
        replyTo(question, { answers: [...names].reverse().map((each) => ns(zone, each)) }),
      ),
    );
    const [first, ...rest] = scripts.map((script, index) => [script, `127.0.0.${index + 2}`] as const);
    const own: ScriptedDns[] = [];
    const open = async ([script, address]: readonly [DnsScript | 'closed', string], port?: number) =>
      script === 'closed' ? undefined : own.push(await startDnsServer(script, address, port));
    if (first !== undefined) await open(first);
    for (const each of rest) await open(each, own[0]?.port);
    const made = {
      recursive,
      own,
      options: {
        authoritativePort: own[0]?.port ?? 1,
        addressesOf: async (name: string) => [`127.0.0.${Number(name.charAt(2)) + 1}`],
      },
    };
    worlds.push(made);
    return made;
  }

  const check = ({ recursive, options }: World, value = 'wanted', recursiveOnly = false) =>
    resolverFor([recursive.text], options).checkTxt(fqdn, value, { recursiveOnly }, signal);
  const has =
    (...values: readonly (string | string[])[]): DnsScript =>
    (question) =>
      replyTo(question, { answers: values.map((value) => txt(question.name, value)) });
  const lines = (answers: readonly { readonly server: string; readonly answer: string }[], port: number) =>
    answers.map(({ server, answer }) => `${server.replace(`:${port}`, '')} ${answer}`);

  it('asks every server of the zone, and has the answer of each', async () => {
    const made = await world(has('wanted'), has('other', ['wan', 'ted']), honest, has('other', 'another'), (q) =>
      replyTo(q, { rcode: 5 }),
    );
    const { visible, answers, ttlSeconds, problem } = await check(made);
    assert.deepEqual([visible, ttlSeconds, problem], [false, 60, '']);
    assert.deepEqual(lines(answers, made.own[0]!.port), [
      'ns1.example.com. (127.0.0.2) found, TTL 60',
      'ns2.example.com. (127.0.0.3) found, TTL 60',
      'ns3.example.com. (127.0.0.4) NXDOMAIN',
      'ns4.example.com. (127.0.0.5) NOERROR, 2 other records',
      'ns5.example.com. (127.0.0.6) REFUSED',
    ]);
    assert.deepEqual(
      answers.map(({ found }) => found),
      [true, true, false, false, false],
    );
  });

  it('does not take the value of another name for it', async () => {
    const made = await world((question) => replyTo(question, { answers: [txt('evil.example', 'wanted')] }));
    const { visible, answers } = await check(made);
    assert.deepEqual([visible, answers[0]?.answer], [false, 'NOERROR, no records']);
  });

  it('is content where every server has the value', async () => {
    const { visible, answers } = await check(await world(has('wanted'), has('wanted')));
    assert.deepEqual([visible, answers.length], [true, 2]);
  });

  it('says where somebody else answers for a server of the zone', async () => {
    const made = await world((question) => replyTo(question, { authoritative: false, rcode: 3 }));
    const { answers } = await check(made);
    assert.deepEqual(lines(answers, made.own[0]!.port), ['ns1.example.com. (127.0.0.2) NXDOMAIN, not authoritative']);
  });

  it('asks the next address of a server that cannot be reached at the first', async () => {
    const made = await world(has('wanted'));
    const addressesOf = async () => ['127.0.0.250', '127.0.0.2'];
    const { visible } = await check({ ...made, options: { ...made.options, addressesOf } });
    assert.equal(visible, true);
  });

  it('follows CNAME records to the zone that holds the answer', async () => {
    const made = await world((question) =>
      question.name === 'target.example.com' ? has('wanted')(question) : honest(question),
    );
    const { recursive } = made;
    const names = butFor(zone, 'NS', (question) => replyTo(question, { answers: [ns(zone, 'ns1.example.com')] }));
    recursive.answer((question) =>
      question.type === 'CNAME' && question.name === '_acme-challenge.example.com'
        ? replyTo(question, { answers: [cname(question.name, 'target.example.com')] })
        : names(question),
    );
    assert.equal((await check(made)).visible, true);
  });

  it('asks the configured servers alone where it is told to, without a TTL that counts down', async () => {
    const made = await world(honest);
    made.recursive.answer(
      butFor('_acme-challenge.example.com', 'TXT', (q) =>
        replyTo(q, { authoritative: false, answers: [txt(q.name, 'wanted', 17)] }),
      ),
    );
    const { visible, ttlSeconds, answers } = await check(made, 'wanted', true);
    assert.deepEqual([visible, ttlSeconds, answers[0]?.answer, made.own[0]?.asked], [true, 17, 'found', []]);
  });

  it('names each server that refuses connections', async () => {
    const { visible, answers, problem } = await check(await world('closed', 'closed'));
    assert.deepEqual([visible, problem], [false, '']);
    assert.deepEqual(lines(answers, 1), [
      'ns1.example.com. (127.0.0.2) cannot be reached: ECONNREFUSED',
      'ns2.example.com. (127.0.0.3) cannot be reached: ECONNREFUSED',
    ]);
  });

  it('names each server whose answers never arrive, all within the time of one', async () => {
    const made = await world(...Array.from({ length: 6 }, (): DnsScript => () => undefined));
    const { visible, answers, problem } = await check(made);
    assert.deepEqual([visible, problem], [false, '']);
    assert.deepEqual(
      lines(answers, made.own[0]!.port),
      Array.from({ length: 6 }, (_, index) => `ns${index + 1}.example.com. (127.0.0.${index + 2}) no answer`),
    );
  });

  it('says which servers it could not ask for the way', async () => {
    const resolver = resolverFor(['127.0.0.1:1', '127.0.0.2:1']);
    const { visible, answers, problem } = await resolver.checkTxt(fqdn, 'wanted', { recursiveOnly: false }, signal);
    assert.deepEqual([visible, answers], [false, []]);
    assert.equal(
      problem,
      'no nameserver answered for CNAME of _acme-challenge.example.com. ' +
        '(127.0.0.1:1: cannot be reached: ECONNREFUSED; 127.0.0.2:1: cannot be reached: ECONNREFUSED)',
    );
  });

  it('ends with the reason of its signal', async () => {
    const made = await world(() => undefined);
    const controller = new AbortController();
    const checking = resolverFor([made.recursive.text], made.options).checkTxt(
      fqdn,
      'v',
      { recursiveOnly: false },
      controller.signal,
    );
    const reason = new Error('the controller stops');
    setTimeout(() => controller.abort(reason), 100);
    await assert.rejects(checking, (error) => error === reason);
  });

  it('goes on with the server that answers, and asks the one that does not only once', async () => {
    const [dead, alive] = [await startDnsServer(() => undefined), await startDnsServer(honest)];
    const resolver = resolverFor([dead.text, alive.text]);
    assert.equal(await resolver.findZone('_acme-challenge.a.b.c.example.com.', signal), `${zone}.`);
    // Sent again where it may have got lost.
    assert.deepEqual([...new Set(dead.asked)], ['SOA _acme-challenge.a.b.c.example.com over UDP']);
    await Promise.all([dead.stop(), alive.stop()]);
  });
});

describe('addresses', () => {
  let server: ScriptedDns;
  before(async () => {
    server = await startDnsServer(honest);
  });
  after(() => server?.stop());

  const rows: readonly (readonly [name: string, script: DnsScript, expected: unknown])[] = [
    [
      'both families, IPv4 first',
      (q) =>
        replyTo(q, {
          answers:
            q.type === 'A'
              ? [a(q.name, '192.0.2.1'), a(q.name, '192.0.2.2')]
              : [{ type: 'AAAA', name: q.name, data: '2001:db8:0:0:0:0:0:1' }],
        }),
      ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
    ],
    ['none', honest, 'NXDOMAIN: DNS has no address for "www.example.com"'],
    [
      'of an alias',
      (q) =>
        q.type === 'A'
          ? replyTo(q, { answers: [a('other', '192.0.2.9'), cname(q.name, 'other'), a(q.name, '192.0.2.1')] })
          : honest(q),
      ['192.0.2.9', '192.0.2.1'],
    ],
    [
      'of an alias that is left to us',
      (q) =>
        q.name === 'other' && q.type === 'A'
          ? replyTo(q, { answers: [a('other', '192.0.2.9')] })
          : q.name === 'other'
            ? honest(q)
            : replyTo(q, { answers: [cname(q.name, 'other')] }),
      ['192.0.2.9'],
    ],
    [
      "not of another's name",
      (q) => replyTo(q, { answers: [a('evil.example', '192.0.2.9')] }),
      'NXDOMAIN: DNS has no address for "www.example.com"',
    ],
  ];
  for (const [name, script, expected] of rows) {
    it(`are found: ${name}`, async () => {
      server.answer(script);
      const resolver = resolverFor([server.text]);
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual(await outcome(resolver.addresses('www.example.com', signal)), expected);
    });
  }

  it('are an address itself', async () => {
    const resolver = resolverFor(['127.0.0.1:1']);
    assert.deepEqual(
      [await resolver.addresses('192.0.2.1', signal), await resolver.addresses('2001:db8::1', signal)],
      [['192.0.2.1'], ['2001:db8::1']],
    );
  });

  it('are not asked for where the name can be none', async () => {
    const said = await outcome(resolverFor(['127.0.0.1:1']).addresses('a..example.com', signal));
    assert.equal(said, 'BAD_NAME: the DNS name has an empty label');
  });
});

describe('DNS over HTTPS', () => {
  const url = 'https://dns.example/dns-query';
  const answering = (
    answer: (question: DnsQuestion) => { status?: number; type?: string; body: Buffer },
  ): HttpAccess => ({
    open: () => async (request) => {
      assert.deepEqual(
        [request.method, request.url, request.headers],
        ['POST', url, { 'content-type': 'application/dns-message', accept: 'application/dns-message' }],
      );
      const bytes = Buffer.from(request.body as Uint8Array);
      const { id = 0, questions } = decode(bytes);
      const {
        status = 200,
        type = 'application/dns-message',
        body,
      } = answer({ id, name: questions?.[0]?.name ?? '', type: questions?.[0]?.type ?? '', over: 'TCP', bytes });
      return { status, headers: { 'content-type': type }, body };
    },
    close: () => {},
  });
  const zoneBy = (access: HttpAccess) => outcome(resolverFor([url], { http: access }).findZone(fqdn, signal));
  const failed = (what: string) => `BAD_ANSWER: no nameserver answered for SOA of ${fqdn} (${url}: ${what})`;

  it('carries the same messages', async () => {
    assert.equal(await zoneBy(answering((question) => ({ body: honest(question) }))), `${zone}.`);
  });

  const rows: readonly (readonly [
    name: string,
    answer: (question: DnsQuestion) => { status?: number; type?: string; body: Buffer },
    expected: string,
  ])[] = [
    ['a status other than 200', () => ({ status: 503, body: Buffer.from('busy') }), 'HTTP status 503'],
    ['another media type', (q) => ({ type: 'text/html', body: honest(q) }), 'an answer that is no DNS message'],
    ['rubbish', () => ({ body: Buffer.from('<html>') }), 'an answer to another question'],
    ['another id', (q) => ({ body: replyTo(q, { id: q.id ^ 1 }) }), 'an answer to another question'],
  ];
  for (const [name, answer, expected] of rows) {
    it(`refuses ${name}`, async () => assert.equal(await zoneBy(answering(answer)), failed(expected)));
  }
});
