// Writes docs/metrics.md from the metrics that the programs have: node tools/metrics-page.ts
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { repositoryRoot } from './test-counts.ts';

export const METRICS_PAGE = join(repositoryRoot, 'docs/metrics.md');

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

const PROGRAMS = { gateway: 'apps/gateway/src/metrics/main.ts', storageNode: 'apps/storage-node/src/metrics/main.ts' };
const INTRODUCTION = `# Metrics

Made from the code by \`node tools/metrics-page.ts\`; a test holds it against the code.

Prometheus reads them at \`/_pilvi/metrics\`. [prometheus.yml](prometheus.yml) is a configuration for both kinds of processes; nothing answers before it is opened:

- **Gateways** answer at their public port who sends \`Authorization: Bearer\` with the value of \`PILVI_METRICS_TOKEN\`. Without that variable the answer is 403.
- **Storage nodes** answer where \`PILVI_METRICS_LISTEN\` says (\`host:port,...\` or \`unix:/path\`), over TCP only to who has a certificate of the cluster.
  \`npx pilvi up\` sets it: to a Unix socket, and with \`PILVI_METRICS_PORT=9101\` to ports of 127.0.0.1 as well, from that one on. A certificate for Prometheus then lies
  in \`<data directory>/tls/prometheus\`. It is one like the nodes' own: who has it may do what a node may.
- \`npx pilvi metrics [NAME]\` prints those of any process of this machine.

No label holds the name of a bucket, a key or a client. Beside these, every process has \`process_*\` and \`nodejs_*\` of
[prom-client](https://github.com/siimon/prom-client): memory, processor time, event-loop lag, garbage collection.
`;

/** The whole page, formatted. */
export async function metricsPage(): Promise<string> {
  const [gateway, storageNode] = await Promise.all([entriesOf(PROGRAMS.gateway), entriesOf(PROGRAMS.storageNode)]);
  const both = gateway.filter(({ name }) => storageNode.some((other) => other.name === name));
  const only = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ name }) => both.every((other) => other.name !== name));
  const page = [
    INTRODUCTION,
    section('Of every process', both),
    section('Of a gateway', only(gateway)),
    section('Of a storage node', only(storageNode)),
  ].join('\n');
  return format(page, { ...(await resolveConfig(METRICS_PAGE)), filepath: METRICS_PAGE });
}

function section(title: string, entries: readonly Entry[]): string {
  const rows = entries.map(({ name, type, labels, help }) => {
    const labelled = labels.length === 0 ? '' : labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labelled} | ${help} |`;
  });
  return [`## ${title}`, '', '| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

async function entriesOf(program: string): Promise<readonly Entry[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(repositoryRoot, program)]);
  return (JSON.parse(stdout) as Entry[]).filter(({ name }) => name.startsWith('pilvi_'));
}

if (import.meta.main) writeFileSync(METRICS_PAGE, await metricsPage());
