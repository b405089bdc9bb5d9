import type { ScenarioResult } from './results.ts';

const HEADINGS = [
  'scenario',
  'no read served for',
  'no write served for',
  'longest read',
  'longest write',
  'checked',
  'failed requests',
  'lost',
];

/** A Markdown table of what the scenarios showed; of one that ran several times, the middle and the worst. Pure. */
export function drawTable(results: readonly ScenarioResult[]): string {
  const byScenario = Map.groupBy(results, ({ scenario }) => scenario);
  const rows = [...byScenario].map(([scenario, runs]) => [
    runs.length === 1 ? scenario : `${scenario} (${String(runs.length)} runs)`,
    ...(['readsInterruptedMs', 'writesInterruptedMs', 'longestReadMs', 'longestWriteMs'] as const).map((field) =>
      seconds(runs.map((run) => run[field])),
    ),
    String(sum(runs.map((run) => run.operations))),
    String(sum(runs.map((run) => run.failedRequests))),
    String(sum(runs.map((run) => run.losses))),
  ]);
  return [HEADINGS, HEADINGS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `0.31 s`, or `0.31 s, 1.20 s` for the middle and the worst of several. */
function seconds(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [middle, worst] = [sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, sorted.at(-1) ?? 0];
  const tell = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  return values.length === 1 ? tell(worst) : `${tell(middle)}, ${tell(worst)}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
