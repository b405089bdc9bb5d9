import type { Member } from './member.ts';
import { PilviTestingError } from './testing-error.ts';

/** The admin API answers on a Unix socket inside a gateway's container, for its owner alone: this program asks it there. */
const ASK = `
const [method, path] = process.argv.slice(1);
const request = require('node:http').request({ socketPath: process.env.PILVI_ADMIN_SOCKET, method, path, timeout: 5000 }, (answer) => {
  answer.pipe(process.stdout);
  answer.on('end', () => (process.exitCode = answer.statusCode === 200 ? 0 : 1));
});
request.on('timeout', () => request.destroy(new Error('no answer')));
request.on('error', (error) => {
  console.error(String(error));
  process.exitCode = 1;
});
request.end();`;

/** What the first gateway that answers says to a request of the admin API. Throws `status-unavailable`. */
export async function askGateways(gateways: readonly Member[], method: 'GET' | 'POST', path: string): Promise<unknown> {
  const refusals: string[] = [];
  for (const gateway of gateways) {
    if ((await gateway.state()) !== 'running') {
      refusals.push(`${gateway.name} is down`);
      continue;
    }
    const { exitCode, stdout, stderr } = await gateway.run(['node', '-e', ASK, method, path]);
    if (exitCode === 0) return JSON.parse(stdout);
    refusals.push(`${gateway.name}: ${stderr.trim()}`);
  }
  throw new PilviTestingError('status-unavailable', refusals.join('; '));
}
