// Prints the table of a results file (PILVI_E2E_RESULTS): node e2e/src/main.ts FILE
import { drawTable } from './draw-table.ts';
import { readResults } from './results.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node e2e/src/main.ts FILE');
process.stdout.write(`${drawTable(await readResults(file))}\n`);
