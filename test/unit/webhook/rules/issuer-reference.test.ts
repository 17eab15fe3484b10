import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { issuerReferenceErrors } from '../../../../src/webhook/rules/issuer-reference.ts';

const nameless = 'spec.issuerRef.name: Required value: must be specified';
const kindOf = (kind: string) =>
  `spec.issuerRef.kind: Invalid value: "${kind}": must be one of Issuer or ClusterIssuer`;
const hint = ' (did you forget to set spec.issuerRef.kind.group?)';

const rows: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['none', undefined, [nameless]],
  ['of another type', 'ca', [nameless]],
  ['a name alone', { name: 'ca' }, []],
  ['an Issuer', { name: 'ca', kind: 'Issuer', group: '' }, []],
  ['a ClusterIssuer of our group', { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' }, []],
  ['an external one of any kind', { name: 'a', kind: 'Signer', group: 'example.com' }, []],
  ['an external one without a name', { kind: 'Signer', group: 'example.com' }, [nameless]],
  ['a kind without its group', { name: 'a', kind: 'AWSPCAClusterIssuer' }, [`${kindOf('AWSPCAClusterIssuer')}${hint}`]],
  ['a kind that our group has not', { name: 'a', kind: 'issuer', group: 'cert-manager.io' }, [kindOf('issuer')]],
  ['nothing right', { kind: 'a"b' }, [nameless, `${kindOf('a\\"b')}${hint}`]],
];

for (const [name, reference, expected] of rows) {
  test(`issuer reference: ${name}`, () => {
    assert.deepEqual(issuerReferenceErrors(reference, 'spec.issuerRef').map(formatFieldError), expected);
  });
}
