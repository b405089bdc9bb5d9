import type { ProcessMetrics } from './process-metrics.ts';

/** What a person may know of one metric before it has a value. */
export interface CatalogueEntry {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric of a process, in the order of their names. */
export function catalogueOf({ registry }: ProcessMetrics): readonly CatalogueEntry[] {
  return (
    registry
      .getMetricsAsArray()
      // Typed as what a scrape gives; these are the metrics themselves.
      .map((metric) => metric as unknown as CatalogueEntry & { readonly labelNames: readonly string[] })
      // `le` is each histogram's own.
      .map(({ name, type, help, labelNames }) => ({ name, type, help, labels: labelNames.filter((label) => label !== 'le') }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  );
}
