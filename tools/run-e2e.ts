// `npm run e2e`: the scenarios of e2e/ on a Docker engine, all of them, or those named: npm run e2e -- storage-nodes
import { findScenarios, runScenarios } from './e2e/run-scenarios.ts';
import { describeFailures } from './test-counts.ts';

const names = process.argv.slice(2);
const files = findScenarios(names);
if (files.length === 0) throw new Error(`no such scenario: ${names.join(', ')}`);

const counts = await runScenarios(process.env['PILVI_E2E'] === 'smoke' ? 'smoke' : 'all', files);
const { passed, failed, skipped } = counts;
process.stdout.write(`${describeFailures(counts)}${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
