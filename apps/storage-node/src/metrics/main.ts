import { nodeName } from '@pilvi/cluster-map';
import { catalogueOf } from '@pilvi/metrics';
import { createNodeMetrics } from './node-metrics.ts';
import { addNodeReadings } from './node-readings.ts';
import type { NodeSources } from './node-readings.ts';

/** Prints what metrics a storage node has, as JSON, for docs/metrics.md. */
const { process: metrics } = createNodeMetrics(nodeName('storage-1'));
// Nothing is read for the catalogue.
addNodeReadings(metrics, {} as NodeSources);
process.stdout.write(`${JSON.stringify(catalogueOf(metrics))}\n`);
