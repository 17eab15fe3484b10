// The generated page of metrics against what a process shows: the page is made of samples, the golden file of a scrape.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { metricsByComponent, metricsPage } from '../../../../scripts/gen/metrics-page.ts';

test('the page has every metric of the controller, with its labels', () => {
  const golden = readFileSync(new URL('../../../golden/controller-metrics.txt', import.meta.url), 'utf8');
  const scraped = golden
    .trimEnd()
    .split('\n')
    .filter((line) => !/^(nodejs|process)_/.test(line))
    .map((line) => {
      const [name = '', type = '', labels = ''] = line.split(' ');
      // A histogram's buckets and a summary's quantiles are part of its type.
      return `${name} ${type} ${labels
        .split(',')
        .filter((label) => label !== 'le' && label !== 'quantile')
        .sort()}`;
    });
  const page = metricsByComponent['controller']?.map(
    ({ name, type, labels }) => `${name} ${type} ${labels.toSorted()}`,
  );
  assert.deepEqual(page, scraped);
});

test('one name means one thing, whichever component shows it', () => {
  const meanings = new Map<string, Set<string>>();
  for (const { name, type, labels, help } of Object.values(metricsByComponent).flat()) {
    const all = meanings.get(name) ?? new Set();
    meanings.set(name, all.add([type, labels, help].join(' ')));
  }
  assert.deepEqual(
    [...meanings].filter(([, all]) => all.size > 1).map(([name]) => name),
    [],
  );
});

test('every metric is explained', () => {
  assert.deepEqual(
    Object.values(metricsByComponent).flatMap((metrics) => metrics.filter(({ help }) => help.length < 10)),
    [],
  );
  assert.match(metricsPage(), /^## webhook$/m);
});
