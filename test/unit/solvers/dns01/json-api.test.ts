import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProviderError } from '../../../../src/base/errors.ts';
import { type Http, type HttpAnswer, HttpError, type HttpRequest } from '../../../../src/net/http.ts';
import { type ApiRequest, callApi, memberOf, oauthCodeOf } from '../../../../src/solvers/dns01/json-api.ts';

const now = () => new Date('2030-01-02T03:04:05Z');
const signal = new AbortController().signal;
const request: ApiRequest = { purpose: 'read', method: 'GET', url: 'https://api.example/x' };

function peer(http: Http, rateLimitCodes: readonly string[] = []) {
  return { provider: 'test', http, now, codeOf: (json: unknown) => memberOf(json, 'code'), rateLimitCodes };
}

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Http =>
  async (): Promise<HttpAnswer> => ({ status, headers, body: Buffer.from(body) });

const failing =
  (error: Error): Http =>
  () =>
    Promise.reject(error);

/** [what, what the peer does, code, message, when to come back]. */
const failures: readonly [string, Http, string, string, number?][] = [
  ['a refusal', answering(400, ''), 'Refused', 'test: cannot read: 400'],
  ['a refusal with a code', answering(400, '{"code":"BadName"}'), 'BadName', 'test: cannot read: 400 BadName'],
  ['a code that is none', answering(400, '{"code":"a b"}'), 'Refused', 'test: cannot read: 400'],
  ['a long code', answering(400, `{"code":"${'x'.repeat(65)}"}`), 'Refused', 'test: cannot read: 400'],
  ['a number as a code', answering(400, '{"code":5}'), 'Refused', 'test: cannot read: 400'],
  ['a page', answering(502, '<html>s3cr3t</html>'), 'Refused', 'test: cannot read: 502'],
  ['no access', answering(403, '{"code":"forbidden"}'), 'Unauthorized', 'test: cannot read: 403 forbidden'],
  ['a redirect', answering(302, ''), 'Refused', 'test: cannot read: 302'],
  ['too many', answering(429, '', { 'retry-after': '7' }), 'RateLimited', 'test: cannot read: 429', 7_000],
  ['too many, said otherwise', answering(403, '{"code":"slow"}'), 'RateLimited', 'test: cannot read: 403 slow'],
  [
    'a date to come back',
    answering(503, '', { 'retry-after': 'Wed, 02 Jan 2030 03:05:05 GMT' }),
    'Refused',
    'test: cannot read: 503',
    60_000,
  ],
  [
    'a date in the past',
    answering(503, '', { 'retry-after': 'Wed, 02 Jan 2019 03:05:05 GMT' }),
    'Refused',
    'test: cannot read: 503',
    0,
  ],
  [
    'a year to wait',
    answering(503, '', { 'retry-after': '31536000' }),
    'Refused',
    'test: cannot read: 503',
    86_400_000,
  ],
  ['rubbish to wait', answering(503, '', { 'retry-after': 'soon' }), 'Refused', 'test: cannot read: 503'],
  ['no JSON', answering(200, 's3cr3t'), 'BadAnswer', 'test: cannot read: the answer is not JSON'],
  [
    'nobody there',
    failing(new HttpError('ENOTFOUND', 'cannot reach 192.0.2.1:999')),
    'Unreachable',
    'test: cannot read: ENOTFOUND',
  ],
  ['too much', failing(new HttpError('TOO_LARGE', 'large')), 'TooLarge', 'test: cannot read: the answer is too large'],
  ['no URL', failing(new HttpError('BAD_URL', 'not a URL')), 'NotConfigured', 'test: cannot read: BAD_URL'],
];

describe('one exchange with an API', () => {
  for (const [what, http, code, message, retryAfterMs] of failures) {
    test(`fails in words: ${what}`, async () => {
      const error = await callApi(peer(http, ['slow']), request, signal).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof ProviderError);
      const { provider, code: found, message: said, retryAfterMs: wait } = error;
      assert.deepEqual(
        { provider, found, said, wait },
        { provider: 'test', found: code, said: message, wait: retryAfterMs },
      );
    });
  }

  test('sends JSON or a form', async () => {
    const sent: HttpRequest[] = [];
    const http: Http = async (each) => {
      sent.push(each);
      return { status: 200, headers: {}, body: Buffer.from('{"a":1}') };
    };
    const json = await callApi(peer(http), { ...request, json: { b: 2 }, headers: { x: 'y' }, timeoutMs: 5 }, signal);
    await callApi(peer(http), { ...request, form: { c: 'd e' } }, signal);
    const accept = { accept: 'application/json' };
    const { method, url } = request;
    assert.deepEqual(json, { status: 200, headers: {}, json: { a: 1 } });
    assert.deepEqual(sent, [
      {
        method,
        url,
        headers: { 'content-type': 'application/json', ...accept, x: 'y' },
        body: '{"b":2}',
        timeoutMs: 5,
      },
      { method, url, headers: { 'content-type': 'application/x-www-form-urlencoded', ...accept }, body: 'c=d+e' },
    ]);
  });

  test('takes no body, and a status that is expected, for an answer', async () => {
    assert.deepEqual(await callApi(peer(answering(204, '')), request, signal), {
      status: 204,
      headers: {},
      json: undefined,
    });
    const missing = await callApi(peer(answering(404, '<p>')), { ...request, accepts: [404] }, signal);
    assert.deepEqual(missing, { status: 404, headers: {}, json: undefined });
  });

  test('sends no header that would end early', async () => {
    const http: Http = () => assert.fail('it was sent');
    const call = callApi(peer(http), { ...request, headers: { authorization: 'Bearer a\r\nx: y' } }, signal);
    await assert.rejects(call, {
      code: 'NotConfigured',
      message: 'test: cannot read: a credential has characters that cannot be sent',
    });
  });

  test("ends with the signal's reason, and with bugs as they are", async () => {
    const reason = new Error('stop');
    const stopped = failing(new HttpError('ECONNRESET', 'x'));
    await assert.rejects(callApi(peer(stopped), request, AbortSignal.abort(reason)), (error) => error === reason);
    const bug = new TypeError('bug');
    await assert.rejects(callApi(peer(failing(bug)), request, signal), (error) => error === bug);
  });
});

describe('what is read of JSON', () => {
  /** [what, value, path, found]. */
  const members: readonly [string, unknown, readonly string[], unknown][] = [
    ['a member', { a: { b: 1 } }, ['a', 'b'], 1],
    ['nothing there', { a: {} }, ['a', 'b'], undefined],
    ['no object', 'abc', ['length'], undefined],
    ['null', null, ['a'], undefined],
    ['what every object has', {}, ['constructor'], undefined],
    ['itself', 5, [], 5],
  ];
  for (const [what, value, path, found] of members) {
    test(what, () => assert.deepEqual(memberOf(value, ...path), found));
  }

  test('of a token server only the codes of OAuth', () => {
    const codes = ['invalid_grant', 'password_is_hunter2', 5].map((error) => oauthCodeOf({ error }));
    assert.deepEqual(codes, ['invalid_grant', undefined, undefined]);
  });
});
