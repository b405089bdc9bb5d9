// `npm run test:cgroup-v2`: the tests of compute in a guest with Debian's own kernel: control groups of version 2, AppArmor. All of them, or those
// whose path has one of these words: npm run test:cgroup-v2 -- instance-driver
import { findComputeTests } from './guest/compute-tests.ts';
import { runInGuest } from './guest/run-in-guest.ts';
import { describeFailures } from './test-counts.ts';

const words = process.argv.slice(2);
const files = findComputeTests(words);
if (files.length === 0) throw new Error(`no test of compute is named like ${words.join(', ')}`);

const counts = await runInGuest(files);
const { passed, failed, skipped } = counts;
process.stdout.write(`${describeFailures(counts)}${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
