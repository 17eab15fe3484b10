// What hostile or broken DNS servers must not do to the resolver: the advisories, by their names. Every answer is looked up twice: cold, and when
// it may be known.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  butFor,
  cname,
  counting,
  cut,
  cutOverUdp,
  fqdn,
  honest,
  many,
  noAnswer,
  ns,
  outcome,
  resolverFor,
  soa,
  start,
  txt,
  zone,
} from '../support/dns-answers.ts';
import { type DnsQuestion, type DnsScript, replyTo, type ScriptedDns, startDnsServer } from '../support/dns-server.ts';

const signal = new AbortController().signal;

type Row = readonly [
  name: string,
  script: DnsScript,
  expected: string | ((text: string) => string),
  askedAgain: boolean,
];

/** GHSA-gx3x-vq4p-mhhv: the SOA of a kept answer was taken by its place. All are answers to SOA of the zone. */
const answersForSoa: readonly Row[] = [
  [
    'SOA behind other records',
    (q) => replyTo(q, { answers: [txt(zone, 'x'), ns(zone, 'ns.example.com'), soa(zone)] }),
    `${zone}.`,
    false,
  ],
  [
    'SOA of another name before it',
    (q) => replyTo(q, { answers: [soa('evil.example'), soa(zone)] }),
    `${zone}.`,
    false,
  ],
  ['SOA twice', (q) => replyTo(q, { answers: [soa(zone), soa(zone, 20)] }), `${zone}.`, false],
  ['only the SOA of another name', (q) => replyTo(q, { answers: [soa('evil.example')] }), 'NO_ZONE', false],
  ['SOA in another section', (q) => replyTo(q, { authorities: [soa(zone)] }), 'NO_ZONE', false],
  ['SOA among the additional records', (q) => replyTo(q, { additionals: [soa(zone)] }), 'NO_ZONE', true],
  ['nothing at all', (q) => replyTo(q), 'NO_ZONE', true],
  [
    'a CNAME instead',
    (q) => replyTo(q, { answers: [cname(zone, 'evil.example'), soa('evil.example')] }),
    'NO_ZONE',
    false,
  ],
  ['TTL 0', (q) => replyTo(q, { answers: [soa(zone, 0)] }), `${zone}.`, true],
  ['no TTL for absence', (q) => replyTo(q, { rcode: 3, authorities: [soa(zone, 300, 0)] }), 'NO_ZONE', true],
  ['an answer in capitals', (q) => replyTo(q, { answers: [soa('EXAMPLE.Com')] }), `${zone}.`, false],
  [
    '3,000 records',
    cutOverUdp((q) => replyTo(q, { answers: [...many(3_000, () => txt('x', 'y')), soa(zone)] })),
    `${zone}.`,
    false,
  ],
  [
    'records that are counted and missing',
    (q) => counting(replyTo(q, { answers: [soa(zone)] }), 1, 65_535),
    bad('no DNS message'),
    true,
  ],
  [
    'records that are there and not counted',
    (q) => counting(replyTo(q, { answers: [soa(zone)] }), 1, 0),
    'NO_ZONE',
    true,
  ],
  ['a record that is cut', (q) => cut(replyTo(q, { answers: [soa(zone)] })), bad('no DNS message'), true],
  [
    'an answer that is cut off over TCP, too',
    (q) => replyTo(q, { answers: [soa(zone)], truncated: true }),
    bad('cut off'),
    true,
  ],
  ['a wrong id over TCP', cutOverUdp((q) => replyTo(q, { id: q.id ^ 1 })), bad(undefined), true],
  [
    'no question over TCP',
    cutOverUdp((q) => replyTo(q, { questions: [], answers: [soa(zone)] })),
    bad(undefined),
    true,
  ],
  [
    'SERVFAIL',
    (q) => replyTo(q, { rcode: 2 }),
    (text) => `SERVFAIL: no nameserver answered for SOA of ${zone}. (${text}: SERVFAIL)`,
    true,
  ],
  [
    'REFUSED',
    (q) => replyTo(q, { rcode: 5 }),
    (text) => `REFUSED: no nameserver answered for SOA of ${zone}. (${text}: REFUSED)`,
    true,
  ],
  [
    'FORMERR without the question',
    (q) => replyTo(q, { rcode: 1, questions: [] }),
    (text) => `SERVFAIL: no nameserver answered for SOA of ${zone}. (${text}: FORMERR)`,
    true,
  ],
];

function bad(what: string | undefined): (text: string) => string {
  const said = what === undefined ? 'an answer to another question' : `an answer that is ${what}`;
  return (text) => noAnswer('SOA', `${zone}.`, text, said);
}

/** UDP datagrams that are no answers come first, the honest one last. */
const strangersBefore: readonly (readonly [name: string, stranger: (question: DnsQuestion) => Buffer])[] = [
  ['a wrong id', (q) => replyTo(q, { id: q.id ^ 1, answers: [soa('evil.example')] })],
  [
    'a wrong name',
    (q) => replyTo(q, { questions: [{ type: 'SOA', name: 'evil.example' }], answers: [soa('evil.example')] }),
  ],
  ['a wrong type', (q) => replyTo(q, { questions: [{ type: 'TXT', name: zone }], answers: [soa('evil.example')] })],
  [
    'two questions',
    (q) =>
      replyTo(q, {
        questions: [
          { type: 'SOA', name: zone },
          { type: 'SOA', name: zone },
        ],
        answers: [soa('evil.example')],
      }),
  ],
  ['no question', (q) => replyTo(q, { questions: [], answers: [soa('evil.example')] })],
  ['the question itself', (q) => q.bytes],
  ['another kind of message', (q) => replyTo(q, { flags: 0x2800, answers: [soa('evil.example')] })],
  ['half a header', (q) => replyTo(q).subarray(0, 7)],
  ['nothing', () => Buffer.alloc(0)],
  [
    'a name that leads to itself',
    (q) => Buffer.concat([replyTo(q).subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 6, 0, 1])]),
  ],
];

/** `a`, then `x1`, `x2`, … */
const chained = (index: number) => `${index === 0 ? 'a' : `x${index}`}.example.com`;

describe('GHSA-gx3x-vq4p-mhhv: answers in no good order', () => {
  let server: ScriptedDns;
  before(async () => {
    server = await startDnsServer(honest);
  });
  after(() => server?.stop());

  for (const [name, script, expected, askedAgain] of answersForSoa) {
    it(`finds the zone, or says that there is none, twice: ${name}`, async () => {
      server.answer(butFor(zone, 'SOA', script));
      const resolver = resolverFor([server.text]);
      const noZone = `NO_ZONE: Could not find the SOA record in the DNS tree for the domain '${fqdn}' using nameservers [${server.text}]`;
      const wanted =
        typeof expected === 'function' ? expected(server.text) : expected === 'NO_ZONE' ? noZone : expected;
      const asked = () => server.asked.filter((each) => each.startsWith(`SOA ${zone} over UDP`)).length;
      const counts = [asked()];
      for (let time = 0; time < 2; time += 1) {
        assert.equal(await outcome(resolver.findZone(fqdn, signal)), wanted);
        counts.push(asked() - counts.reduce((sum, each) => sum + each, 0));
      }
      assert.deepEqual(counts.slice(1), [1, askedAgain ? 1 : 0]);
    });
  }

  for (const [name, stranger] of strangersBefore) {
    it(`waits for the answer where another comes first: ${name}`, async () => {
      server.answer(butFor(zone, 'SOA', (question) => [stranger(question), stranger(question), honest(question)]));
      const resolver = resolverFor([server.text]);
      for (let time = 0; time < 2; time += 1) assert.equal(await resolver.findZone(fqdn, signal), `${zone}.`);
    });
  }

  it('takes the whole answer over TCP where it does not fit a datagram', async () => {
    const value = 'v'.repeat(200);
    const values = many(40, (index) => txt('_acme-challenge.example.com', `${value}${index}`));
    server.answer(
      butFor(
        '_acme-challenge.example.com',
        'TXT',
        cutOverUdp((question) => replyTo(question, { answers: values })),
      ),
    );
    const check = await resolverFor([server.text]).checkTxt(fqdn, `${value}39`, { recursiveOnly: true }, signal);
    assert.deepEqual([check.visible, check.answers[0]?.found], [true, true]);
  });

  const loops: readonly (readonly [name: string, links: Readonly<Record<string, string>>, expected: string])[] = [
    [
      'to itself',
      { 'a.example.com': 'a.example.com' },
      'LOOP: Found recursive CNAME record to "a.example.com." when looking up "a.example.com."',
    ],
    [
      'in a circle',
      { 'a.example.com': 'b.example.com', 'b.example.com': 'c.example.com', 'c.example.com': 'a.example.com' },
      'LOOP: Found recursive CNAME record to "a.example.com." when looking up "c.example.com."',
    ],
    [
      'into a circle',
      { 'a.example.com': 'b.example.com', 'b.example.com': 'c.example.com', 'c.example.com': 'B.example.com' },
      'LOOP: Found recursive CNAME record to "b.example.com." when looking up "c.example.com."',
    ],
    [
      'without an end',
      Object.fromEntries(Array.from({ length: 40 }, (_, index) => [chained(index), chained(index + 1)])),
      'LOOP: Found more than 16 CNAME records when looking up "a.example.com."',
    ],
    ['to an end', { 'a.example.com': 'b.example.com', 'b.example.com': 'c.example.com' }, 'c.example.com.'],
  ];
  for (const [name, links, expected] of loops) {
    it(`follows CNAME records that lead ${name}, twice`, async () => {
      server.answer((question) => {
        const target = links[question.name];
        return target === undefined ? honest(question) : replyTo(question, { answers: [cname(question.name, target)] });
      });
      const resolver = resolverFor([server.text]);
      for (let time = 0; time < 2; time += 1) {
        assert.equal(await outcome(resolver.followCnames('a.example.com', signal)), expected);
        if (!expected.startsWith('LOOP')) continue;
        const { visible, problem, answers } = await resolver.checkTxt(
          'a.example.com',
          'v',
          { recursiveOnly: true },
          signal,
        );
        assert.deepEqual([visible, `LOOP: ${problem}`, answers], [false, expected, []]);
        assert.match(String(await outcome(resolver.addresses('a.example.com', signal))), /^LOOP: |^NXDOMAIN: /);
      }
    });
  }

  it('takes an answer that goes in a circle by itself for no address', async () => {
    server.answer((question) =>
      replyTo(question, {
        answers: [cname('a.example.com', 'b.example.com'), cname('b.example.com', 'a.example.com')],
      }),
    );
    const said = await outcome(resolverFor([server.text]).addresses('a.example.com', signal));
    assert.match(String(said), /^LOOP: Found recursive CNAME record/);
  });
});

describe('#8973: what is kept of answers', () => {
  let servers: readonly ScriptedDns[] = [];
  before(async () => {
    servers = await Promise.all([startDnsServer(honest), startDnsServer(honest)]);
  });
  after(() => Promise.all(servers.map((server) => server.stop())));

  it('is kept for the server that gave it, and by its resolver alone', async () => {
    const [outside, inside] = servers as [ScriptedDns, ScriptedDns];
    outside.answer(honest);
    inside.answer((question) => {
      const own = question.type === 'SOA' && question.name === '_acme-challenge.example.com';
      return own ? replyTo(question, { answers: [soa('_acme-challenge.example.com')] }) : honest(question);
    });
    const [one, other] = [resolverFor([outside.text]), resolverFor([inside.text])];
    for (let time = 0; time < 2; time += 1) {
      assert.equal(await one.findZone(fqdn, signal), `${zone}.`);
      assert.equal(await other.findZone(fqdn, signal), fqdn);
    }
    const before = outside.asked.length;
    assert.equal(await resolverFor([outside.text]).findZone(fqdn, signal), `${zone}.`);
    assert.equal(outside.asked.length, before + 2);
  });

  it('is kept no longer than its TTL, absence no longer than the zone says', async () => {
    const [server] = servers as [ScriptedDns];
    let now = start;
    server.answer((question) => {
      if (question.name === zone) return replyTo(question, { answers: [soa(zone, 20)] });
      return replyTo(question, { rcode: 3, authorities: [soa(zone, 300, 10)] });
    });
    const resolver = resolverFor([server.text], { now: () => now });
    const asks = async (seconds: number) => {
      now = new Date(start.getTime() + seconds * 1000);
      const before = server.asked.length;
      await resolver.findZone(fqdn, signal);
      return server.asked.slice(before);
    };
    const [own, apex] = ['SOA _acme-challenge.example.com over UDP', 'SOA example.com over UDP'];
    assert.deepEqual(await asks(0), [own, apex]);
    assert.deepEqual(await asks(9), []);
    assert.deepEqual(await asks(10), [own]);
    assert.deepEqual(await asks(20), [own, apex]);
  });

  it('never keeps a TXT record that is waited for', async () => {
    const [server] = servers as [ScriptedDns];
    let value = 'old';
    server.answer(
      butFor('_acme-challenge.example.com', 'TXT', (question) =>
        replyTo(question, { answers: [txt(question.name, value, 3600)] }),
      ),
    );
    const resolver = resolverFor([server.text]);
    const seen = async () => (await resolver.checkTxt(fqdn, 'new', { recursiveOnly: true }, signal)).visible;
    assert.equal(await seen(), false);
    value = 'new';
    assert.equal(await seen(), true);
  });
});
