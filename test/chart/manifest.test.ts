// The manifests for those who install with kubectl: the same objects as the chart's, without what is Helm's.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { staticManifests } from '../../scripts/manifest.ts';
import { nameOf, type Rendered, render } from '../support/chart.ts';

const objectsIn = (text: string | undefined) =>
  parseAllDocuments(text ?? '').map((document) => document.toJS() as Rendered);

describe('static manifests', () => {
  let all: readonly Rendered[];
  let crds: readonly Rendered[];
  before(async () => {
    const files = await staticManifests();
    all = objectsIn(files.get('cert-manager.yaml'));
    crds = objectsIn(files.get('cert-manager.crds.yaml'));
  });

  test('hold what the chart makes, but for the check after its installation', async () => {
    const ofChart = await render({ crds: { enabled: true }, startupapicheck: { enabled: false } });
    assert.deepEqual(all.map(nameOf).toSorted(), ['Namespace cert-manager', ...ofChart.map(nameOf)].toSorted());
  });
  test('begin with the namespace and the CRDs, which the rest needs', () => {
    assert.deepEqual(all.slice(0, 1 + crds.length).map(nameOf), ['Namespace cert-manager', ...crds.map(nameOf)]);
    assert.equal(crds.length, 6);
  });
  test('carry no sign of Helm, but the version', () => {
    for (const { metadata } of all.slice(1)) {
      assert.equal(metadata.labels?.['app.kubernetes.io/managed-by'], undefined);
      assert.equal(metadata.labels?.['helm.sh/chart'], undefined);
      assert.match(metadata.labels?.['app.kubernetes.io/version'] ?? '', /^v\d/);
      assert.equal(metadata.annotations?.['helm.sh/hook'], undefined);
    }
  });
});
