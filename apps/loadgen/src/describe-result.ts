import type { LoadPlan, LoadResult } from './load.ts';
import type { Verb } from './operation.ts';

const BYTES_PER_MIB = 1024 * 1024;

/** What `--json` prints: rates per second, latencies in milliseconds. */
export interface ResultDocument {
  readonly endpoint: string;
  readonly workload: string;
  readonly sizeBytes: number;
  readonly concurrency: number;
  readonly elapsedSeconds: number;
  readonly requestsPerSecond: number;
  readonly mebibytesPerSecond: number;
  readonly errors: number;
  readonly errorKinds: Readonly<Record<string, number>>;
  readonly generatorCpuShare: number;
  readonly latencyMs: Readonly<Partial<Record<Verb, LatencyDocument>>>;
}

export interface LatencyDocument {
  readonly requests: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export function resultDocument(plan: LoadPlan, result: LoadResult): ResultDocument {
  const seconds = result.elapsedMs / 1000;
  const requests = Object.values(result.latency).reduce((sum, histogram) => sum + histogram.count, 0);
  const latencyMs: Partial<Record<Verb, LatencyDocument>> = {};
  for (const [verb, histogram] of Object.entries(result.latency)) {
    const quantileMs = (share: number): number => rounded(histogram.quantileUs(share) / 1000);
    latencyMs[verb as Verb] = {
      requests: histogram.count,
      mean: rounded(histogram.meanUs / 1000),
      p50: quantileMs(0.5),
      p90: quantileMs(0.9),
      p99: quantileMs(0.99),
      p999: quantileMs(0.999),
      max: rounded(histogram.maxUs / 1000),
    };
  }
  return {
    endpoint: `${plan.endpoint.tls ? 'https' : 'http'}://${plan.endpoint.authority}`,
    workload: plan.workload,
    sizeBytes: plan.sizeBytes,
    concurrency: plan.concurrency,
    elapsedSeconds: rounded(seconds),
    requestsPerSecond: rounded(requests / seconds),
    mebibytesPerSecond: rounded(result.bytes / BYTES_PER_MIB / seconds),
    errors: result.errors,
    errorKinds: Object.fromEntries(result.errorKinds),
    generatorCpuShare: rounded(result.cpuShare),
    latencyMs,
  };
}

/** For a person: one line per verb. */
export function describeResult(document: ResultDocument): string {
  const lines = Object.entries(document.latencyMs).map(
    ([verb, ms]) =>
      `${verb.padEnd(6)} ${String(ms.requests).padStart(8)} requests  p50 ${ms.p50} ms  p90 ${ms.p90} ms  p99 ${ms.p99} ms  p99.9 ${ms.p999} ms  max ${ms.max} ms`,
  );
  const errors = Object.entries(document.errorKinds).map(([kind, count]) => `  ${count} x ${kind}`);
  return [
    `${document.requestsPerSecond} requests/s, ${document.mebibytesPerSecond} MiB/s, ${document.errors} errors; the generator used ${Math.round(document.generatorCpuShare * 100)} % of a processor`,
    ...lines,
    ...errors,
  ].join('\n');
}

function rounded(value: number): number {
  return Number(value.toFixed(value < 10 ? 3 : 1));
}
