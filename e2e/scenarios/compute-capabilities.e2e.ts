// deploy/compute-node.yaml adds the capabilities that a compute node needs: without any one of them it runs no instances, and says which is missing.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeProject } from '../src/compose-project.ts';

const command = process.env['PILVI_COMPOSE'] ?? '';
const isLeftOut = process.env['PILVI_E2E'] === 'smoke';
const skip = isLeftOut ? 'not in the smoke selection' : command === '' && 'there is no docker compose of version 2';
const HUNG = { timeout: 900_000, skip };
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 200;

test('a compute node without one of its capabilities runs no instances, and names it', HUNG, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-capabilities-'));
  await using project = await composeProject(command, ['compute-node.yaml']);
  try {
    await project.run('up', '--wait');
    const capabilities = capabilitiesIn(await project.run('config', '--format', 'json'));
    assert.ok(capabilities.includes('SYS_ADMIN'));
    await until(async () => (await whyNone(project.http)) === '', 'with all of them it runs instances');
    for (const taken of capabilities) {
      const others = capabilities.filter((name) => name !== taken);
      const file = join(directory, `without-${taken}.yaml`);
      await writeFile(file, `services: { compute-1: { cap_add: !override [${others.join(', ')}] } }\n`);
      await project.runWith(file, 'up', '--detach', 'compute-1');
      const lacking = new RegExp(`^the machine of compute-1 lacks the capability CAP_${taken}\\b`);
      // Without this one it does not come as far as the cluster, and says so on its own log.
      const isTold =
        taken === 'DAC_OVERRIDE'
          ? async () => (await project.run('logs', 'compute-1')).includes(`needs the capability CAP_${taken}`)
          : async () => lacking.test(await whyNone(project.http));
      await until(isTold, `CAP_${taken} is missed`);
    }
    await project.run('up', '--wait', 'compute-1');
    await until(async () => (await whyNone(project.http)) === '', 'with all of them it does again');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

function capabilitiesIn(config: string): readonly string[] {
  const { services } = JSON.parse(config) as { services: Record<string, { cap_add?: readonly string[] }> };
  return services['compute-1']?.cap_add ?? [];
}

/** Why no instances can be run; empty when they can. */
async function whyNone(endpoint: string): Promise<string> {
  const { compute } = (await (await fetch(`${endpoint}/_pilvi/health`)).json()) as { compute: { reason: string } };
  return compute.reason;
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < untilMs, `${what}: not within ${String(PATIENCE_MS / 1000)} s`);
    await sleep(LOOK_EVERY_MS);
  }
}
