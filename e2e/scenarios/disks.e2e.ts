// Disks of known size: one fills, and all machines lose power at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { scenariosOn } from '../src/scenario.ts';

const LEFT_BYTES = 1024 * 1024;
const CUTS = 2;
const LOAD_MS = 3_000;
/** Mostly inline: rows and log are what a cut hurts. */
const SIZES = [1_000, 4_096, 30_000, 30_000, 100_000, 1_500_000];

const scenario = scenariosOn({ partitions: 16, disks: { sizeBytes: 512 * 1024 * 1024 } });

scenario('a disk fills', {}, async ({ cluster, readsGoOn, serviceGoesOn }) => {
  const node = cluster.node('storage-2');
  await node.fillDisk({ leaveBytes: LEFT_BYTES });
  // Writes that would need the disk are turned away, until there is room again; what is stored is read.
  await readsGoOn();
  await sleep(LOAD_MS);
  await readsGoOn();
  await node.freeDisk();
  await serviceGoesOn();
});

scenario('the whole cluster loses power', { load: { sizes: SIZES } }, async ({ cluster, serviceGoesOn }) => {
  for (let cuts = 0; cuts < CUTS; cuts++) {
    await sleep(LOAD_MS);
    await cluster.powerCut();
    await cluster.whole();
    await serviceGoesOn();
  }
});
