// `npm test`: every test that needs no Docker. Nx remembers what passed and has not changed since.
import { runAllTests } from './all-tests.ts';

const { passed, failed } = await runAllTests();
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
