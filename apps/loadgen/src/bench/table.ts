import type { ResultDocument } from '../describe-result.ts';
import type { ClusterFigures } from './measure.ts';

/** One Markdown table, a column per cluster. Pure. */
export function drawFigures(figures: readonly ClusterFigures[]): string {
  const titles = figures[0]?.rows.map((row) => row.title) ?? [];
  const rows: (readonly string[])[] = [
    ['', ...figures.map((cluster) => (cluster.transport === 'unix' ? 'Unix sockets' : 'TCP with mutual TLS'))],
    ['---', ...figures.map(() => '---')],
    ...titles.map((title, i) => [title, ...figures.map((cluster) => describeRow(cluster.rows[i]))]),
    [
      'idle memory: storage node, gateway',
      ...figures.map(({ idle }) => `${idle.storageNode.toFixed(0)} MiB, ${idle.gateway.toFixed(0)} MiB`),
    ],
    [
      'start: first, warm',
      ...figures.map((cluster) => `${cluster.coldStartSeconds.toFixed(1)} s, ${cluster.warmStartSeconds.toFixed(1)} s`),
    ],
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Small requests by their number, large ones by their bytes, a page by its time. */
function describeRow(row: ResultDocument | undefined): string {
  if (row === undefined) return '-';
  const errors = row.errors === 0 ? '' : `, ${row.errors} ERRORS`;
  const latency = Object.values(row.latencyMs)[0];
  if (latency === undefined) return `nothing${errors}`;
  const times = `p50 ${latency.p50} ms, p99 ${latency.p99} ms`;
  if (row.workload === 'list') return `${times}${errors}`;
  return `${row.sizeBytes >= 1024 * 1024 ? `${row.mebibytesPerSecond} MiB/s` : `${row.requestsPerSecond}/s`} (${times})${errors}`;
}
