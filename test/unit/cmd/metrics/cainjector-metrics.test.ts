import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createCainjectorMetrics } from '../../../../src/cmd/metrics/cainjector-metrics.ts';
import { createMetricsPage } from '../../../../src/cmd/metrics/page.ts';

it('cainjector counts looks by how they ended, and what became of bundles', async () => {
  const page = createMetricsPage();
  const metrics = createCainjectorMetrics(page);
  const { hooks } = metrics;
  hooks.onSync('apiservice');
  hooks.onError('apiservice');
  hooks.onSync('apiservice');
  hooks.onConflict('apiservice');
  hooks.onSync('apiservice');
  hooks.onSync('apiservice');
  hooks.onDuration('apiservice', 0.01);
  metrics.onOutcome('apiservice', 'set');
  metrics.onOutcome('apiservice', 'contested');
  metrics.watchQueues(() => [{ name: 'apiservice', queued: 3 }]);
  let text = '';
  for await (const piece of page.text()) text += piece;
  const lines = text.split('\n');
  const ours = /^(controller_runtime_reconcile_(errors_)?total|certwright_ca|workqueue).*\d$/;
  assert.deepEqual(
    lines.filter((line) => ours.test(line)),
    [
      'workqueue_depth{name="apiservice",controller="apiservice"} 3',
      'controller_runtime_reconcile_total{controller="apiservice",result="success"} 2',
      'controller_runtime_reconcile_total{controller="apiservice",result="error"} 2',
      'controller_runtime_reconcile_errors_total{controller="apiservice"} 2',
      'certwright_ca_injections_total{controller="apiservice",outcome="set"} 1',
      'certwright_ca_injections_total{controller="apiservice",outcome="contested"} 1',
    ],
  );
});
