import { catalogueOf } from '@pilvi/metrics';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { addGatewayReadings } from './gateway-readings.ts';
import type { GatewaySources } from './gateway-readings.ts';

/** Prints what metrics a gateway has, as JSON, for docs/metrics.md. */
const { process: metrics } = createGatewayMetrics('gateway-1');
// Nothing is read for the catalogue.
addGatewayReadings(metrics, {} as GatewaySources);
process.stdout.write(`${JSON.stringify(catalogueOf(metrics))}\n`);
