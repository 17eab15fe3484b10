import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IssuerReference } from '../../../src/api/references.ts';
import { approvalErrors } from '../../../src/webhook/approval.ts';
import { formatFieldError } from '../../../src/webhook/findings.ts';
import type { Signers } from '../../../src/webhook/signers.ts';
import { aCondition, aRequest } from '../../support/request-builders.ts';

const approved = aCondition('Approved', 'True', 'Test');

/** Signers of which `allowed` may be approved; `Thing` is cluster-wide, `Missing` is nothing. */
function signers(allowed: string, asked: string[] = []): Signers {
  return {
    resourceOf: async ({ kind }) =>
      kind === 'Missing' ? undefined : { plural: `${kind.toLowerCase()}s`, namespaced: kind !== 'Thing' },
    mayApprove: async (_user, names) => {
      asked.push(...names);
      return names.includes(allowed);
    },
  };
}

const refused = (shown: string, user = 'alice') =>
  `status.conditions: Forbidden: user "${user}" does not have permissions to set approved/denied conditions for issuer ${shown}`;

const cases: readonly [string, IssuerReference | undefined, string, readonly string[]][] = [
  ['by the wildcard', { name: 'ca' }, 'issuers.cert-manager.io/*', []],
  ['by the one', { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' }, 'issuers.cert-manager.io/app.ca', []],
  ['by the one, cluster-wide', { name: 'ca', kind: 'Thing', group: 'example.org' }, 'things.example.org/ca', []],
  [
    'without the right',
    { name: 'ca', kind: 'Thing', group: 'example.org' },
    'things.example.org/other',
    [refused('{ca Thing example.org}')],
  ],
  ['what is not said is not shown', { name: 'ca' }, '', [refused('{ca  }')]],
  ['without an issuer', undefined, '', [refused('{  }')]],
  [
    'for a kind that is not there',
    { name: 'ca', kind: 'Missing', group: 'example.org' },
    '',
    ['spec.issuerRef: Forbidden: referenced signer resource does not exist: {ca Missing example.org}'],
  ],
];

describe('approving', () => {
  for (const [name, issuerRef, allowed, expected] of cases) {
    test(name, async () => {
      const spec = { issuerRef } as { issuerRef: IssuerReference };
      const errors = await approvalErrors(
        aRequest({ spec }),
        aRequest({ spec, conditions: [approved] }),
        { username: 'alice' },
        signers(allowed),
      );
      assert.deepEqual(errors.map(formatFieldError), expected);
    });
  }

  test('nobody is asked where nothing is added', async () => {
    const asked: string[] = [];
    const request = aRequest({ conditions: [approved] });
    const changed = aRequest({ conditions: [{ ...approved, message: 'changed' }] });
    for (const [before, after] of [
      [request, request],
      [request, changed],
      [request, aRequest()],
    ] as const)
      assert.deepEqual(await approvalErrors(before, after, {}, signers('', asked)), []);
    assert.deepEqual(asked, []);
  });

  test('a user without a name', async () => {
    const errors = await approvalErrors(aRequest(), aRequest({ conditions: [approved] }), {}, signers(''));
    assert.deepEqual(errors.map(formatFieldError), [refused('{ca  }', '')]);
  });
});
