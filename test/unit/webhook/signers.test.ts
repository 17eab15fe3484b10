import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { RequestOptions } from '../../../src/kube/call-options.ts';
import { createSigners, type SignerResource, type Signers, signerNamesOf } from '../../../src/webhook/signers.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** What a cluster would say, path by path, and everything that it was asked. */
function cluster(answers: Record<string, unknown>) {
  const asked: string[] = [];
  const reviews: unknown[] = [];
  const clock = new ManualClock();
  const client = {
    request: async <T>(method: string, path: string, options: RequestOptions = {}): Promise<T> => {
      asked.push(`${method} ${path}`);
      if (method === 'POST') reviews.push((options.body as { spec: unknown }).spec);
      const said = answers[path] ?? new ApiError(404, 'NotFound', 'not found');
      const answer = typeof said === 'function' ? said(options.body) : said;
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
  return { answers, asked, reviews, clock, signers: createSigners({ client, clock, log: silentLog }) };
}

const reviewPath = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const external = {
  '/apis/awspca.example.org': { versions: [{ version: 'v1' }, { version: 'v1beta1' }] },
  '/apis/awspca.example.org/v1': {
    resources: [
      { name: 'things', kind: 'Thing', namespaced: true },
      { name: 'things/status', kind: 'Thing', namespaced: true },
      { name: 'things/scale', kind: 'Scale', namespaced: true },
    ],
  },
  '/apis/awspca.example.org/v1beta1': {
    resources: [{ name: 'clusterthings', kind: 'ClusterThing', namespaced: false }],
  },
};

const find = (signers: Signers, kind: string, group = 'awspca.example.org') =>
  signers.resourceOf({ name: 'x', kind, group });

describe('resourceOf', () => {
  const ask = [
    'GET /apis/awspca.example.org',
    'GET /apis/awspca.example.org/v1',
    'GET /apis/awspca.example.org/v1beta1',
  ] as const;
  const cases: readonly [string, string, string, SignerResource | undefined, readonly string[]][] = [
    ['our own are known', 'Issuer', 'cert-manager.io', { plural: 'issuers', namespaced: true }, []],
    ['cluster-wide too', 'ClusterIssuer', 'cert-manager.io', { plural: 'clusterissuers', namespaced: false }, []],
    ['a namespaced one', 'Thing', 'awspca.example.org', { plural: 'things', namespaced: true }, ask.slice(0, 2)],
    [
      'one of another version',
      'ClusterThing',
      'awspca.example.org',
      { plural: 'clusterthings', namespaced: false },
      ask,
    ],
    ['a subresource is none', 'Scale', 'awspca.example.org', undefined, ask],
    ['no such kind', 'Other', 'awspca.example.org', undefined, ask],
    ['no such group', 'Thing', 'example.org', undefined, ['GET /apis/example.org']],
    ['no group at all', 'Thing', '../api', undefined, []],
    ['an endless one', 'Thing', 'a'.repeat(300), undefined, []],
    ['not in capitals', 'Thing', 'Example.org', undefined, []],
  ];
  for (const [name, kind, group, expected, asked] of cases) {
    test(name, async () => {
      const { signers, asked: done } = cluster(external);
      const found = await find(signers, kind, group);
      assert.deepEqual(found && { plural: found.plural, namespaced: found.namespaced }, expected);
      assert.deepEqual(done, asked);
    });
  }

  test('what was found stays, what is missing is asked for again after 30 seconds', async () => {
    const { signers, asked, clock, answers } = cluster({ ...external });
    await find(signers, 'Thing');
    await find(signers, 'Other');
    const before = asked.length;
    await clock.advance('29s');
    await find(signers, 'Thing');
    assert.equal(await find(signers, 'Other'), undefined);
    assert.equal(asked.length, before);
    answers['/apis/awspca.example.org/v1'] = { resources: [{ name: 'others', kind: 'Other', namespaced: true }] };
    await clock.advance('1s');
    assert.deepEqual(await find(signers, 'Other'), { plural: 'others', namespaced: true });
    await clock.advance('9000h');
    assert.deepEqual(await find(signers, 'Thing'), { plural: 'things', namespaced: true });
  });

  test('a group that is missing is asked for every time: its CRD may be on the way', async () => {
    const { signers, answers } = cluster({});
    assert.equal(await find(signers, 'Thing'), undefined);
    Object.assign(answers, external);
    assert.deepEqual(await find(signers, 'Thing'), { plural: 'things', namespaced: true });
  });

  test('where the API server does not say, neither do we', async () => {
    const { signers, answers } = cluster({ '/apis/awspca.example.org': new ApiError(503, 'ServiceUnavailable', 'no') });
    await assert.rejects(find(signers, 'Thing'), { name: 'ApiError' });
    Object.assign(answers, external);
    assert.deepEqual(await find(signers, 'Thing'), { plural: 'things', namespaced: true });
  });
});

test('signerNamesOf: all of the kind first, then the one, by its namespace where it has one', () => {
  const reference = { name: 'ca', kind: 'X', group: 'example.org' };
  assert.deepEqual(signerNamesOf(reference, 'app', { plural: 'xs', namespaced: true }), [
    'xs.example.org/*',
    'xs.example.org/app.ca',
  ]);
  assert.deepEqual(signerNamesOf(reference, 'app', { plural: 'xs', namespaced: false }), [
    'xs.example.org/*',
    'xs.example.org/ca',
  ]);
});

describe('mayApprove', () => {
  const user = { username: 'alice', uid: '7', groups: ['dev'], extra: { a: ['b'] } };
  const names = ['xs.example.org/*', 'xs.example.org/ca'];
  const nameIn = (body: unknown) =>
    (body as { spec: { resourceAttributes: { name: string } } }).spec.resourceAttributes.name;
  const allowOnly = (allowed: string) => (body: unknown) => ({ status: { allowed: nameIn(body) === allowed } });

  const cases: readonly [string, unknown, boolean, number][] = [
    ['all of the kind', allowOnly('xs.example.org/*'), true, 1],
    ['the one', allowOnly('xs.example.org/ca'), true, 2],
    ['neither', allowOnly(''), false, 2],
    ['an answer without a status', {}, false, 2],
    ['allowed and denied at once', { status: { allowed: true, denied: true } }, false, 2],
    ['no right to ask: no, and nothing more is asked', new ApiError(403, 'Forbidden', 'no'), false, 1],
  ];
  for (const [name, answer, expected, asked] of cases) {
    test(name, async () => {
      const { signers, reviews } = cluster({ [reviewPath]: answer });
      assert.equal(await signers.mayApprove(user, names), expected);
      assert.equal(reviews.length, asked);
    });
  }

  test('the review says who, and may do what, to what', async () => {
    const { signers, reviews } = cluster({ [reviewPath]: { status: { allowed: true } } });
    await signers.mayApprove(user, names);
    assert.deepEqual(reviews, [
      {
        user: 'alice',
        uid: '7',
        groups: ['dev'],
        extra: { a: ['b'] },
        resourceAttributes: {
          verb: 'approve',
          group: 'cert-manager.io',
          version: '*',
          resource: 'signers',
          name: 'xs.example.org/*',
        },
      },
    ]);
  });

  test('answers count for a second, for the same user and name', async () => {
    const { signers, reviews, clock } = cluster({ [reviewPath]: allowOnly('xs.example.org/ca') });
    await signers.mayApprove(user, names);
    await clock.advance(999);
    await signers.mayApprove(user, names);
    assert.equal(reviews.length, 2);
    await signers.mayApprove({ ...user, groups: ['ops'] }, names);
    assert.equal(reviews.length, 4);
    await clock.advance(1);
    await signers.mayApprove(user, names);
    assert.equal(reviews.length, 6);
  });

  test('those who ask the same at once ask once', async () => {
    const { signers, reviews } = cluster({ [reviewPath]: { status: { allowed: true } } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => signers.mayApprove(user, names)));
    assert.deepEqual([new Set(answers), reviews.length], [new Set([true]), 1]);
  });

  test('a server that fails is asked a second time after a second, and no failure is remembered', async () => {
    let fail = 2;
    const { signers, reviews, clock } = cluster({
      [reviewPath]: () => (fail-- > 0 ? new ApiError(500, 'InternalError', 'no') : { status: { allowed: true } }),
    });
    const first = signers.mayApprove(user, names);
    await clock.advance('1s');
    assert.equal(await first, false);
    assert.equal(await signers.mayApprove(user, names), true);
    assert.equal(reviews.length, 3);
    fail = 1;
    await clock.advance('2s');
    const second = signers.mayApprove(user, names);
    await clock.advance('1s');
    assert.equal(await second, true);
  });
});
