// Whatever a provider's API answers, its client comes to an end with success or a ProviderError of one short line: no answer is taken on trust.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DNS01Solver } from '../../src/api/dns01.ts';
import { ProviderError } from '../../src/base/errors.ts';
import type { HttpAccess } from '../../src/net/http.ts';
import { cloudflare } from '../../src/solvers/dns01/cloudflare/provider.ts';
import { digitalOcean } from '../../src/solvers/dns01/digitalocean/provider.ts';
import { route53 } from '../../src/solvers/dns01/route53/provider.ts';
import type { AnyDns01Provider } from '../../src/solvers/dns01.ts';
import { aTxtRecord, dns01TestIo, secretsOf } from '../support/dns01-io.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
}

const status = fc.constantFrom(200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 429, 500, 503);
const headers = fc.record(
  {
    'content-type': fc.constantFrom('application/json', 'text/html', 'text/xml', ''),
    'retry-after': fc.constantFrom('1', '-1', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT', '9'.repeat(20)),
    'ratelimit-reset': fc.constantFrom('1', 'x', '99999999999'),
  },
  { requiredKeys: [] },
);
const answers = (body: fc.Arbitrary<string>): fc.Arbitrary<readonly Answer[]> =>
  fc.array(fc.record({ status, headers, body: fc.oneof(body, body, fc.string()) }), { minLength: 1, maxLength: 4 });

/** JSON that is nearly right: the names that clients look for, with anything below them. */
const jsonLike = (names: readonly string[]) =>
  fc
    .letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, 0, 1, -1, '', 'x', 'example.com', '_acme-challenge.www.example.com'),
        tie('list'),
        tie('members'),
      ),
      list: fc.array(tie('value'), { maxLength: 2 }),
      members: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5, noNullPrototype: false }),
    }))
    .members.map((value) => JSON.stringify({ success: true, ...(value as object) }));

const xmlLike = (names: readonly string[]) =>
  fc.letrec<{ element: string; content: string }>((tie) => ({
    element: fc
      .tuple(fc.constantFrom(...names), tie('content'))
      .map(([name, content]) => `<${name}>${content}</${name}>`),
    content: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('', 'x', 'true', '-1', '/hostedzone/Z1', 'example.com.', '2026-13-99'),
      fc.array(tie('element'), { maxLength: 3 }).map((all) => all.join('')),
    ),
  })).element;

const json = jsonLike([
  'success',
  'result',
  'result_info',
  'total_pages',
  'errors',
  'error_chain',
  'code',
  'message',
  'id',
  'name',
  'status',
  'content',
  'domain_records',
  'domain_record',
  'links',
  'pages',
  'next',
  'type',
  'data',
]);
const xml = xmlLike([
  'ListHostedZonesByNameResponse',
  'HostedZones',
  'HostedZone',
  'Id',
  'Name',
  'Config',
  'PrivateZone',
  'IsTruncated',
  'NextDNSName',
  'ChangeResourceRecordSetsResponse',
  'ChangeInfo',
  'SubmittedAt',
  'ErrorResponse',
  'Error',
  'Code',
  'Message',
  'InvalidChangeBatch',
  'Messages',
]);

const ref = { name: 'secret', key: 'key' };

/** [provider, configuration, what its answers look like]. */
const rows: readonly (readonly [AnyDns01Provider, DNS01Solver, fc.Arbitrary<string>])[] = [
  [cloudflare, { cloudflare: { apiTokenSecretRef: ref } }, json],
  [digitalOcean, { digitalocean: { tokenSecretRef: ref } }, json],
  [route53, { route53: { accessKeyID: 'AKIA', secretAccessKeySecretRef: ref } }, xml],
];

/** Each answer in turn, the last one again and again. */
function saying(all: readonly Answer[]): HttpAccess {
  let next = 0;
  return {
    open: () => async () => {
      const { body, ...answer } = all[Math.min(next, all.length - 1)]!;
      next += 1;
      return { ...answer, body: Buffer.from(body) };
    },
    close: () => {},
  };
}

describe('whatever is answered to', () => {
  for (const [provider, config, body] of rows) {
    it(`${provider.type}, it ends with success or in words`, async () => {
      await fc.assert(
        fc.asyncProperty(answers(body), fc.constantFrom('add' as const, 'remove' as const), async (all, verb) => {
          const io = dns01TestIo({ http: saying(all), secrets: secretsOf({ secret: { key: 'hidden' } }) });
          const solver = await provider.open(provider.config(config), io);
          const error: unknown = await solver[verb](aTxtRecord(), AbortSignal.timeout(20)).catch(
            (thrown: unknown) => thrown,
          );
          if (error === undefined || (error instanceof DOMException && error.name === 'TimeoutError')) return;
          if (!(error instanceof ProviderError)) throw error;
          assert.match(error.message, /^[^\r\n]{1,900}$/);
          assert.ok(!error.message.includes('hidden'));
        }),
        { numRuns: 200 },
      );
    });
  }
});
