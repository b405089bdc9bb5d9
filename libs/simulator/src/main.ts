import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';
import type { AnyRule } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    without: { type: 'string', default: '' },
    trace: { type: 'boolean', default: false },
    nodes: { type: 'string' },
    departures: { type: 'boolean', default: false },
    stop: { type: 'string', default: '20' },
  },
});

const from = Number(values.from);
const seeds = Number(values.seeds);
const leftOut = values.without.split(',').filter((r) => r !== '') as AnyRule[];
const totals = { seeds: 0, failed: 0, operations: 0, unknown: 0, commits: 0, failovers: 0 };
for (let seed = from; seed < from + seeds && totals.failed < Number(values.stop); seed++) {
  const { trace, departures } = values;
  const result = simulate({ seed, leftOut, trace, departures, ...(values.nodes === undefined ? {} : { nodes: Number(values.nodes) }) });
  if (values.trace) console.log(result.lines.join('\n'));
  totals.seeds++;
  totals.operations += result.operations;
  totals.unknown += result.unknown;
  totals.commits += result.commits;
  totals.failovers += result.failovers;
  const violation = result.violations[0];
  if (violation === undefined) continue;
  totals.failed++;
  console.log(`seed ${String(seed)}: ${violation.kind}: ${violation.detail}`);
  const without = `${departures ? ' --departures' : ''}${leftOut.length === 0 ? '' : ` --without ${leftOut.join()}`}`;
  console.log(`  replay: node libs/simulator/src/main.ts --from ${String(seed)} --seeds 1 --trace${without}`);
}
console.log(JSON.stringify(totals));
if (totals.failed > 0) process.exitCode = 1;
