// Our own look at an HTTP-01 challenge: where it looks, what it follows, and what it tells.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HttpAnswer, HttpError, type HttpRequest } from '../../../../src/net/http.ts';
import { challengeUrl, selfCheck, selfCheckTrust } from '../../../../src/solvers/http01/self-check.ts';
import { anHttp01Challenge, someThumbprint, someToken } from '../../../support/http01-builders.ts';

const key = `${someToken}.${someThumbprint}`;
const path = `/.well-known/acme-challenge/${someToken}`;
const start = `http://web.example.com${path}`;

const answer = (status: number, body = '', headers: Record<string, string> = {}): HttpAnswer => ({
  status,
  headers,
  body: Buffer.from(body),
  peer: '192.0.2.1:80',
});
const redirect = (location: string, status = 302) => answer(status, 'secret of an inner host', { location });

type Web = Readonly<Record<string, HttpAnswer | HttpError>>;

/** The outcome, and the URLs that were asked for. */
async function look(web: Web, challenge = anHttp01Challenge()) {
  const asked: string[] = [];
  const http = async ({ url }: HttpRequest) => {
    asked.push(url);
    const found = web[url] ?? new HttpError('ENOTFOUND', 'no such host');
    if (found instanceof HttpError) throw found;
    return found;
  };
  return { asked, outcome: await selfCheck(challenge, { http }, new AbortController().signal) };
}

describe('the address', () => {
  const table: readonly (readonly [string, string])[] = [
    ['web.example.com', `http://web.example.com${path}`],
    ['192.0.2.1', `http://192.0.2.1${path}`],
    ['2001:db8::1', `http://[2001:db8::1]${path}`],
  ];
  for (const [dnsName, expected] of table)
    it(dnsName, () => assert.equal(challengeUrl(anHttp01Challenge(undefined, { dnsName })), expected));
});

describe('is a success', () => {
  const secure = `https://web.example.com${path}`;
  const table: readonly (readonly [string, Web, readonly string[]])[] = [
    ['the answer', { [start]: answer(200, key) }, [start]],
    ['with whitespace at the end', { [start]: answer(200, `${key}\r\n`) }, [start]],
    ['after a redirect to https', { [start]: redirect(secure, 301), [secure]: answer(200, key) }, [start, secure]],
    [
      'after a relative redirect',
      { [start]: redirect('/answer'), 'http://web.example.com/answer': answer(200, key) },
      [start, 'http://web.example.com/answer'],
    ],
    [
      'after a redirect to another host',
      { [start]: redirect('http://other.example/', 307), 'http://other.example/': answer(200, key) },
      [start, 'http://other.example/'],
    ],
  ];
  for (const [what, web, asked] of table)
    it(what, async () => assert.deepEqual(await look(web), { asked, outcome: { ok: true } }));
});

describe('is a failure that says', () => {
  const inner = 'http://169.254.169.254/latest/meta-data';
  const failedAt = `failed to perform self check GET request '${start}'`;
  const elsewhere = [
    'web.example.com',
    'a redirect to 169.254.169.254',
    'redirected to 169.254.169.254, which did not give the expected response',
  ];
  const table: readonly (readonly [string, Web, readonly string[]])[] = [
    [
      'the status',
      { [start]: answer(404, 'secret') },
      ['192.0.2.1', 'status 404', "wrong status code '404', expected '200'"],
    ],
    [
      'nothing of the page',
      { [start]: answer(200, 'secret') },
      ['192.0.2.1', 'status 200, with another text', `did not get expected response "${key}" when querying endpoint`],
    ],
    [
      'the error',
      { [start]: new HttpError('ECONNREFUSED', 'connect 192.0.2.1:80 from :51234') },
      ['web.example.com', 'ECONNREFUSED', `${failedAt}: ECONNREFUSED`],
    ],
    [
      'the size',
      { [start]: new HttpError('TOO_LARGE', 'large') },
      ['web.example.com', 'TOO_LARGE', `${failedAt}: TOO_LARGE`],
    ],
    [
      'no status of another host (advisory 9035)',
      { [start]: redirect(inner), [inner]: answer(403, 'secret') },
      elsewhere,
    ],
    [
      'no body of another host (advisory 9035)',
      { [start]: redirect(inner), [inner]: answer(200, 'secret') },
      elsewhere,
    ],
    ['not whether another host answers', { [start]: redirect(inner) }, elsewhere],
    [
      'no redirect to where nobody looks',
      { [start]: redirect('http://10.0.0.1:6443/') },
      [
        'web.example.com',
        'a redirect to port 6443',
        'redirected to a port other than 80 and 443, where ACME servers do not look',
      ],
    ],
    [
      'no redirect out of the web',
      { [start]: redirect('file:///etc/passwd') },
      ['192.0.2.1', 'status 302', "wrong status code '302', expected '200'"],
    ],
    [
      'a redirect to nothing',
      { [start]: answer(302) },
      ['192.0.2.1', 'status 302', "wrong status code '302', expected '200'"],
    ],
  ];
  for (const [what, web, [server, text, problem]] of table)
    it(what, async () => {
      const { outcome } = await look(web);
      assert.deepEqual(outcome, { ok: false, answers: [{ server, answer: text }], problem });
      assert.doesNotMatch(JSON.stringify(outcome), /secret/);
    });

  it('a circle, after eleven requests', async () => {
    const { asked, outcome } = await look({ [start]: redirect(start) });
    assert.equal(asked.length, 11);
    const answers = [{ server: 'web.example.com', answer: 'more than 10 redirects' }];
    assert.deepEqual(outcome, { ok: false, answers, problem: 'stopped after 10 redirects' });
  });
});

it('verifies no certificate, and asks the name servers it is given', () => {
  const lookup = async () => ['192.0.2.1'];
  assert.deepEqual([selfCheckTrust(), selfCheckTrust(lookup)], [{ skipVerify: true }, { skipVerify: true, lookup }]);
});

it('an aborted look is thrown', async () => {
  const controller = new AbortController();
  const http = async () => {
    controller.abort(new Error('stopped'));
    throw controller.signal.reason;
  };
  await assert.rejects(selfCheck(anHttp01Challenge(), { http }, controller.signal), /stopped/);
});
