// `npm test`: every test that needs no Docker. Nx remembers what passed and has not changed since.
import { runAllTests } from './all-tests.ts';
import { describeFailures } from './test-counts.ts';

const counts = await runAllTests();
const { passed, failed } = counts;
process.stdout.write(`${describeFailures(counts)}${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
