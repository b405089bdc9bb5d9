// A process for the tests of the supervisor: says so when it runs and when it is asked to stop. FAKE_CRASH=1: ends at once. FAKE_DUMB=1: never says that it hears.
import { calledUpon, UNDERSTUDY } from '@pilvi/runtime';

if (process.env['FAKE_CRASH'] === '1') throw new Error('as told');
const name = String(process.env['PILVI_PROCESS_NAME']);
if (process.env[UNDERSTUDY] !== undefined) process.stdout.write(`standing by for ${name}: ${String(process.pid)}\n`);
await calledUpon();
const alive = setInterval(() => undefined, 1000);
process.on('SIGTERM', () => {
  process.stdout.write('stopping\n');
  if (process.env['FAKE_STUBBORN'] !== '1') clearInterval(alive);
});
process.stdout.write(`running ${name}\n`);
if (process.env['FAKE_DUMB'] !== '1') process.send?.('hears signals', undefined, undefined, () => process.disconnect?.());
