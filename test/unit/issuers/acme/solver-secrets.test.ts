import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ACMEIssuerSpec } from '../../../../src/api/acme-issuer.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { type SolverSecret, secretsOf, solverProblems } from '../../../../src/issuers/acme/solver-secrets.ts';
import { secretData, testIo } from '../../../support/signing-builders.ts';

/** As many solvers as there are lists; each needs the Secrets of its list. */
function given(...lists: readonly (readonly SolverSecret[])[]) {
  const solvers = lists.map(() => ({}));
  const config: ACMEIssuerSpec = { server: 's', privateKeySecretRef: { name: 'account' }, solvers };
  return { config, of: (solver: object) => lists[solvers.indexOf(solver)] ?? [] };
}

const scope = { resourceNamespace: 'ns', signal: new AbortController().signal };
const token = { name: 'dns', key: 'token' };

describe('the Secrets of solvers', () => {
  const lists: [string, readonly (readonly SolverSecret[])[], readonly SolverSecret[]][] = [
    ['none', [[], []], []],
    ['of all solvers, in their order', [[token], [{ name: 'a', key: 'b' }]], [token, { name: 'a', key: 'b' }]],
    ['each once', [[token, token], [token]], [token]],
    ['two keys of one Secret are two', [[token, { ...token, key: 'id' }]], [token, { ...token, key: 'id' }]],
    ['references without a name are none', [[{ name: '', key: 'k' }]], []],
  ];
  for (const [name, secrets, expected] of lists) {
    it(`are ${name}`, () => {
      const { config, of } = given(...secrets);
      assert.deepEqual(secretsOf(config, of), expected);
    });
  }

  it('are none where there are no solvers', () => {
    assert.deepEqual(
      secretsOf({ server: 's', privateKeySecretRef: { name: 'a' } }, () => [token]),
      [],
    );
  });

  const rows: [string, Readonly<Record<string, string>> | undefined, SolverSecret, readonly string[]][] = [
    ['there', { token: 'x' }, token, []],
    ['there, and any key will do', { other: 'x' }, { name: 'dns', key: '' }, []],
    ['not there', undefined, token, ['failed to get secret "dns": secrets "dns" not found']],
    ['there without the key', { other: 'x' }, token, ['the secret "dns" does not have key "token"']],
    [
      'there without a key that every object has',
      {},
      { name: 'dns', key: 'constructor' },
      ['the secret "dns" does not have key "constructor"'],
    ],
  ];
  for (const [name, data, secret, expected] of rows) {
    it(`is looked for: ${name}`, async () => {
      const { config, of } = given([secret]);
      const io = testIo(data === undefined ? {} : { 'ns/dns': secretData(data) });
      assert.deepEqual(await solverProblems(config, io.factory.open(scope), of), expected);
    });
  }

  it('cannot be read: said, unless it was for being told to give up', async () => {
    const { config, of } = given([token]);
    const io = testIo({ 'ns/dns': secretData({ token: 'x' }) });
    io.failWith(new ApiError(403, 'Forbidden', 'secrets "dns" is forbidden'));
    assert.deepEqual(await solverProblems(config, io.factory.open(scope), of), [
      'failed to get secret "dns": secrets "dns" is forbidden',
    ]);
    const ended = io.factory.open({ ...scope, signal: AbortSignal.abort() });
    await assert.rejects(solverProblems(config, ended, of), { name: 'AbortError' });
  });
});
