import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS = 30_000;
/** A gateway that stops has to serve on for longer than haproxy takes to see it: two checks. */
const CHECK_EVERY_MS = 250;
export const SEEN_AFTER_MS = 1_500;

/** Why haproxy cannot be tried here, or false. */
export const NO_HAPROXY: string | false =
  spawnSync('haproxy', ['-v']).error === undefined ? false : 'the Debian package haproxy is not installed';

/** A real load balancer in front of some gateways. */
export interface LoadBalancer extends AsyncDisposable {
  readonly endpoint: string;
}

export async function startHaproxy(endpoints: readonly string[], port: number): Promise<LoadBalancer> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-haproxy-'));
  const file = join(directory, 'haproxy.cfg');
  await writeFile(file, configuration(endpoints, port));
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const untilMs = performance.now() + READY_MS;
  for (;;) {
    const ready = await fetch(`${endpoint}/_pilvi/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    if (child.exitCode !== null || performance.now() > untilMs) throw new Error(`haproxy does not serve:\n${said}`);
    await sleep(50);
  }
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The checks and the retries are those of deploy/haproxy.cfg; nothing here sends a request twice that a gateway may have seen. */
function configuration(endpoints: readonly string[], port: number): string {
  return `
defaults
  mode http
  timeout client 2m
  timeout server 2m
  timeout connect 1s
  timeout queue 10s
  timeout http-request 30s
  # Else it is the checks' interval, and a gateway of a busy machine that answers later counts as down.
  timeout check 5s

frontend s3
  bind 127.0.0.1:${String(port)}
  default_backend gateways

backend gateways
  balance leastconn
  option httpchk
  http-check send meth GET uri /_pilvi/ready ver HTTP/1.1 hdr Host gateway
  http-check expect status 200
  retries 3
  option redispatch 1
  retry-on conn-failure
  default-server check inter ${String(CHECK_EVERY_MS)}ms fall 1 rise 1
${endpoints.map((endpoint, i) => `  server gateway-${String(i + 1)} ${new URL(endpoint).host}`).join('\n')}
`;
}
