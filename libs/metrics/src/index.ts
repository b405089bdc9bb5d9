export { createProcessMetrics } from './process-metrics.ts';
export type { ProcessMetrics } from './process-metrics.ts';
export { addReadings, wallSeconds } from './readings.ts';
export type { LabelledValue, Reading } from './readings.ts';
export { answerMetrics, METRICS_PATH, serveMetrics } from './serve-metrics.ts';
export { catalogueOf } from './catalogue.ts';
export type { CatalogueEntry } from './catalogue.ts';
export { LATENCY_BUCKETS_SECONDS, FSYNC_BUCKETS_SECONDS } from './buckets.ts';
