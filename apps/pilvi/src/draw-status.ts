import type { ComputeNodeStatus, NodeStatus } from '@pilvi/admin-api';
import { drawTable, formatBytes } from './draw-table.ts';
import type { StatusOutput } from './status.ts';

const HEADING = ['node', 'zone', 'state', 'pid', 'restarts', 'leads', 'follows', 'fills', 'chunks', 'index', 'disk free'];

/** `pilvi status` for a person. Pure. */
export function drawStatus(output: StatusOutput): string {
  return [
    `${headline(output)}\n`,
    drawTable([HEADING, ...output.nodes.map((node) => nodeRow(node, output))]),
    '',
    ...healthLines(output),
  ].join('\n');
}

function headline(output: StatusOutput): string {
  if (!output.serving) return `cluster ${output.clusterId}: NOT SERVING, ${output.reason}`;
  const { partitions, objects } = output;
  if (!output.redundant)
    return `cluster ${output.clusterId}: serving, NOT REDUNDANT (${String(output.settings.minInSync)} copy must be enough)`;
  const whole = partitions.underReplicated === 0 && objects.underReplicated === 0;
  return `cluster ${output.clusterId}: serving, ${whole ? 'whole' : 'DEGRADED'}`;
}

/** A node that runs but has not joined yet is not in the document: the processes below the table show it. */
function nodeRow(node: NodeStatus, output: StatusOutput): readonly string[] {
  const process = output.processes.find((candidate) => candidate.name === node.name);
  return [
    node.name,
    node.zone,
    process?.state === 'stopped' ? 'stopped' : node.state,
    process === undefined || process.pid === 0 ? '-' : String(process.pid),
    String(process?.restarts ?? 0),
    String(node.partitions.primary),
    String(node.partitions.secondary),
    String(node.partitions.learner),
    formatBytes(node.chunkBytes),
    formatBytes(node.indexBytes),
    node.totalBytes === 0 ? '-' : `${formatBytes(node.freeBytes)} of ${formatBytes(node.totalBytes)}`,
  ];
}

function healthLines(output: StatusOutput): readonly string[] {
  const { partitions, objects, settings } = output;
  const gateways = output.processes.filter((process) => process.kind === 'gateway');
  return [
    `partitions  ${String(partitions.total)} of ${String(settings.copies)} copies: ${String(partitions.underReplicated)} under-replicated, ${String(partitions.leaderless)} without a serving primary`,
    `objects     ${String(objects.total)}: ${String(objects.underReplicated)} under-replicated`,
    ...output.nodes.filter((node) => node.scrub.running).map((node) => `scrub       ${node.name} is reading everything again`),
    ...output.nodes.filter((node) => node.setAside !== '').map((node) => `set aside   ${node.name}: ${node.setAside}`),
    ...(output.controlStore === ''
      ? []
      : [`control     NOT SERVING, ${output.controlStore}: reads and writes go on; failovers and changes of buckets wait`]),
    ...gateways.map(
      (gateway) => `${gateway.name.padEnd(11)} ${gateway.state}, pid ${String(gateway.pid)}, ${String(gateway.restarts)} restarts`,
    ),
    ...(gateways.length === 0 ? ['gateway     not supervised here'] : []),
    ...computeLines(output),
  ];
}

/** Of the nodes that gateways hear, and of the processes here that they do not. */
function computeLines({ compute, processes }: StatusOutput): readonly string[] {
  const supervised = processes.filter((process) => process.kind === 'compute-node');
  const names = new Set([...compute.nodes.map((node) => node.name), ...supervised.map((process) => process.name)]);
  const lines = [...names].sort().flatMap((name) => {
    const node = compute.nodes.find((candidate) => candidate.name === name);
    const process = supervised.find((candidate) => candidate.name === name);
    const pid = process === undefined ? '' : `, pid ${String(process.pid)}, ${String(process.restarts)} restarts`;
    return [
      `${name.padEnd(11)} ${node === undefined ? `${process?.state ?? ''}, not connected` : computeState(node)}${pid}`,
      ...(node?.progress ?? []).map((line) => `${''.padEnd(11)} ${line}`),
    ];
  });
  return names.size === 0 ? [`compute     OFF: ${compute.reason}`] : lines;
}

function computeState(node: ComputeNodeStatus): string {
  if (node.state === 'off') return `OFF: its machine lacks ${node.missing.join(', ')}`;
  return `${node.state}, ${node.zone}, ${String(node.running)} instances run, ${String(node.notRunning)} do not, public addresses ${node.publicCidr}`;
}
