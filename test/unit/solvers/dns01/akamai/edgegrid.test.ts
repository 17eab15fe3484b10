import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { edgeGridHeader } from '../../../../../src/solvers/dns01/akamai/edgegrid.ts';

// The values of Akamai's own test data, the same for all its clients (AkamaiOPEN-edgegrid-python, testdata.json).
const credentials = {
  clientToken: 'akab-client-token-xxx-xxxxxxxxxxxxxxxx',
  clientSecret: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=',
  accessToken: 'akab-access-token-xxx-xxxxxxxxxxxxxxxx',
};
const at = { now: new Date('2014-03-21T19:34:21Z'), nonce: 'nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx' };
const base = 'https://akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net';

/** [what, method, path, body, signature]. */
const vectors: readonly [string, string, string, string | undefined, string][] = [
  ['GET', 'GET', '/', undefined, 'tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU='],
  ['GET with a query', 'GET', '/testapi/v1/t1?p1=1&p2=2', undefined, 'hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA='],
  [
    'POST',
    'POST',
    '/testapi/v1/t3',
    'datadatadatadatadatadatadatadata',
    'hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4=',
  ],
  ['POST of nothing', 'POST', '/testapi/v1/t6', '', '1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ='],
];

function signed(method: string, path: string, body?: string): string {
  return edgeGridHeader(credentials, { method, url: base + path, ...(body === undefined ? {} : { body }) }, at);
}

describe("Akamai's signatures", () => {
  for (const [what, method, path, body, signature] of vectors) {
    test(what, () => {
      const { clientToken, accessToken } = credentials;
      const parts = `client_token=${clientToken};access_token=${accessToken};timestamp=20140321T19:34:21+0000`;
      const expected = `EG1-HMAC-SHA256 ${parts};nonce=${at.nonce};signature=${signature}`;
      assert.equal(signed(method, path, body), expected);
    });
  }

  test('do not cover the body of a PUT', () => {
    assert.equal(signed('PUT', '/testapi/v1/t6', 'PUT-DATA'), signed('PUT', '/testapi/v1/t6'));
  });

  test('cover 128 KiB of a body and no more', () => {
    const body = 'd'.repeat(131_072);
    assert.equal(signed('POST', '/x', `${body}e`), signed('POST', '/x', body));
    assert.notEqual(signed('POST', '/x', body.slice(1)), signed('POST', '/x', body));
  });
});
