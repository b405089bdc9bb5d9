import { Command } from 'commander';
import { readPlan } from './config.ts';
import type { Flags } from './config.ts';
import { describeResult, resultDocument } from './describe-result.ts';
import { runLoad } from './load.ts';
import { LoadError } from './load-error.ts';
import { WORKLOADS } from './operation.ts';
import { showProgress } from './progress.ts';

const program = new Command('loadgen')
  .description('A benchmark for any S3 endpoint. The access key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.')
  .argument('<workload>', WORKLOADS.join(', '))
  .option('--endpoint <url>', 'default: AWS_ENDPOINT_URL, else http://127.0.0.1:9000')
  .option('--bucket <name>', 'made when it is not there', 'loadgen')
  .option('--size <size>', 'of each object', '4KiB')
  .option('--concurrency <n>', 'connections, with one request at a time on each', '32')
  .option('--duration <time>', 'of the measurement', '15s')
  .option('--keys <n>', 'how many keys to use', '10000')
  .option('--page-keys <n>', 'keys of one LIST page', '1000')
  .option('--sign-payload', 'hash each body into its signature', false)
  .option('--prepared', 'the keys are there from an earlier run', false)
  .option('--json', 'print the result as JSON', false)
  .action(async (workload: string, flags: Flags & { json: boolean }) => {
    const plan = readPlan(workload, flags, process.env);
    const result = resultDocument(plan, await runLoad(plan, showProgress));
    process.stdout.write(`${flags.json ? JSON.stringify(result, undefined, 2) : describeResult(result)}\n`);
    // What was not done, or done wrong, is no result.
    if (result.errors > 0) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`loadgen: ${error instanceof LoadError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
