import { Counter, Gauge } from 'prom-client';
import type { ProcessMetrics } from './process-metrics.ts';

/** One value of a metric with a label. */
export type LabelledValue = readonly [labelValue: string, value: number];

/** A metric whose value something else keeps: read when Prometheus asks, so that it costs nothing before. */
export interface Reading {
  /** A counter only ever grows while the process lives. */
  readonly kind: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  /** The one label, where `read` answers labelled values. Values that are not answered any more are gone. */
  readonly label?: string;
  readonly read: () => number | readonly LabelledValue[];
}

export function addReadings({ registry }: ProcessMetrics, readings: readonly Reading[]): void {
  for (const { kind, name, help, label, read } of readings) {
    const shape = { name, help, labelNames: label === undefined ? [] : [label], registers: [registry] };
    switch (kind) {
      case 'gauge': {
        const gauge: Gauge = new Gauge({
          ...shape,
          collect: () => copy(read(), label, gauge, (labels, value) => gauge.set(labels, value)),
        });
        break;
      }
      case 'counter': {
        const counter: Counter = new Counter({
          ...shape,
          collect: () => copy(read(), label, counter, (labels, value) => counter.inc(labels, value)),
        });
        break;
      }
    }
  }
}

/** Seconds since the Unix epoch, as Prometheus counts; 0 stays 0: never. */
export function wallSeconds(wallMs: number): number {
  return wallMs / 1_000;
}

function copy(
  found: number | readonly LabelledValue[],
  label: string | undefined,
  metric: { reset: () => void },
  put: (labels: Record<string, string>, value: number) => void,
): void {
  metric.reset();
  if (typeof found === 'number') put({}, found);
  else for (const [labelValue, value] of found) put({ [label ?? 'name']: labelValue }, value);
}
