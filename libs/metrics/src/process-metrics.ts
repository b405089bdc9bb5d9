import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of one process. Each `add` makes one metric; those without labels begin at zero. */
export interface ProcessMetrics {
  readonly registry: Registry;
  /** `name` ends in `_total`. */
  addCounter<Label extends string>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  addGauge<Label extends string>(name: string, help: string, labels?: readonly Label[]): Gauge<Label>;
  /** `name` ends in its unit; `buckets` are upper bounds in it. */
  addHistogram<Label extends string>(name: string, help: string, buckets: number[], labels?: readonly Label[]): Histogram<Label>;
}

/** Gauges that are called as counters are: `promtool check metrics` rejects them. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** All of Pilvi's packages carry one version. */
const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

export interface ProcessKind {
  /** As logs call it. */
  readonly name: string;
  readonly kind: 'gateway' | 'storage-node';
  /** False: without those of Node.js itself, which a process collects from then on and to its end. */
  readonly withNode?: boolean | undefined;
}

export function createProcessMetrics({ name, kind, withNode = true }: ProcessKind): ProcessMetrics {
  const registry = new Registry();
  if (withNode) collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const build = new Gauge({
    name: 'pilvi_build_info',
    help: 'Always 1; which process this is, and of which version.',
    labelNames: ['process', 'kind', 'version', 'node'],
    registers: [registry],
  });
  build.set({ process: name, kind, version: VERSION, node: process.version }, 1);
  const registers = [registry];
  return {
    registry,
    addCounter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    addGauge: (name, help, labels = []) => new Gauge({ name, help, labelNames: [...labels], registers }),
    addHistogram: (name, help, buckets, labels = []) => new Histogram({ name, help, buckets, labelNames: [...labels], registers }),
  };
}
