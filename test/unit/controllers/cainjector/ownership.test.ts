import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ManagedFieldsEntry } from '../../../../src/api/meta.ts';
import { asApplied, otherOwners } from '../../../../src/controllers/cainjector/ownership.ts';
import { validatingWebhookConfigurations } from '../../../../src/controllers/cainjector/targets.ts';
import { aTarget } from '../../../support/injection-builders.ts';

const us = 'cert-manager-cainjector';
const bundleFields = { 'f:webhooks': { 'k:{"name":"a"}': { 'f:clientConfig': { 'f:caBundle': {} } } } };
const entry = (
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: Record<string, unknown> = bundleFields,
): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'admissionregistration.k8s.io/v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
});
const helm = entry('helm', 'Update', { 'f:webhooks': { '.': {} } });
const target = (...managedFields: ManagedFieldsEntry[]) => aTarget(validatingWebhookConfigurations, { managedFields });

/** [what, entries, entries after]. */
const table: readonly [string, ManagedFieldsEntry[], ManagedFieldsEntry[] | undefined][] = [
  ['nobody', [], undefined],
  ['others', [helm, entry('kubectl', 'Update')], undefined],
  ['we, applied', [helm, entry(us, 'Apply')], undefined],
  ['we, by an update of something else', [entry(us, 'Update', { 'f:metadata': {} })], undefined],
  ['we, by an update of a subresource', [{ ...entry(us, 'Update'), subresource: 'status' }], undefined],
  ['we, by an update', [helm, entry(us, 'Update')], [helm, entry(us, 'Apply')]],
  ['we, by both', [entry(us, 'Update'), entry(us, 'Apply')], [entry(us, 'Apply')]],
];

describe('who owns the bundles', () => {
  for (const [what, entries, expected] of table)
    it(`${what}: what an update left is applied`, () => assert.deepEqual(asApplied(target(...entries), us), expected));

  it('names the others, once each', () => {
    const live = target(entry('z', 'Update'), helm, entry(us, 'Update'), entry('argocd', 'Apply'), entry('z', 'Apply'));
    assert.deepEqual(otherOwners(live, us), ['argocd', 'z']);
    assert.deepEqual(otherOwners(aTarget(validatingWebhookConfigurations), us), []);
  });
});
