import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS_PAGE, metricsPage } from './metrics-page.ts';

void test('docs/metrics.md lists the metrics that the programs have', async () => {
  assert.equal(readFileSync(METRICS_PAGE, 'utf8'), await metricsPage(), 'run node tools/metrics-page.ts');
});
