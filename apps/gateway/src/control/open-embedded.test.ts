import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSupervisor, silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import { createFirstContacts } from '../cluster/first-contact.ts';
import { createMapKeeper } from '../cluster/map-keeper.ts';
import { createNodeReports } from '../cluster/node-reports.ts';
import { openEmbedded } from './open-embedded.ts';

/** Files below a directory that this process has open. */
async function openBelow(directory: string): Promise<string[]> {
  const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return links.filter((path) => path.startsWith(directory));
}

test('a start that is given up while it waits for its nodes lets go of its own copy', { skip: !existsSync('/proc/self/fd') }, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-gateway-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const surroundings = { clock: systemClock, random: systemRandom, log: silentLogger };
  const supervisor = createSupervisor(surroundings);
  t.after(() => supervisor.shutdown());
  const maps = createMapKeeper();
  const contacts = createFirstContacts(systemClock);
  const components = { ...surroundings, supervisor, maps, contacts, reports: createNodeReports(systemClock, maps) };
  const stop = new AbortController();
  const opening = openEmbedded(
    { ...components, security: () => ({ kind: 'unix' }), onWaiting: () => undefined, fail: () => undefined },
    { dataDir, expectedNodes: 3, foundingNodes: 3 },
    stop.signal,
  );
  opening.catch(() => undefined);
  // It is read while nobody has called yet.
  while ((await openBelow(dataDir)).length === 0) await systemClock.sleep(5);
  stop.abort(new Error('given up'));
  await assert.rejects(opening, /given up/);
  assert.deepEqual(await openBelow(dataDir), []);
});
