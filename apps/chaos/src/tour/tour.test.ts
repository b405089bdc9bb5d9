// docs/tour.md, command by command, on a cluster of its own. PILVI_TOUR_WRITE=1 puts what the commands print into the text.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../cluster.ts';
import { whyNoInstances } from '../compute/busybox-instance.ts';
import { asSeen, readTour, shapeOf, withOutputs } from './read-tour.ts';
import { openTourShell } from './tour-shell.ts';

const TOUR = fileURLToPath(new URL('../../../../docs/tour.md', import.meta.url));
const ABOUT_INSTANCES = 'One RunInstances';
/** The cluster is there already. */
const START = /^npm start.*$/m;

test('every command of the tour prints what the tour shows', { timeout: 600_000 }, async (t) => {
  if (!isThere('aws')) {
    t.skip('NOT TRIED: the aws command line is not installed');
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-tour-'));
  const cluster = await startCluster({ dataDir: join(directory, '.pilvi'), env: { PILVI_COMPUTE_NODES: '1' } });
  try {
    await cluster.whole(60_000);
    const reason = await whyNoInstances(cluster);
    if (reason !== '') t.diagnostic(`NOT TRIED, what is about instances: ${reason}`);
    using shell = await openTourShell(directory);
    const text = await readFile(TOUR, 'utf8');
    const outputs = new Map<string, string>();
    for (const { section, commands, shown } of readTour(text)) {
      if (section === ABOUT_INSTANCES && reason !== '') continue;
      const output = await shell.run(commands.replace(START, ''));
      outputs.set(commands, asSeen(output).replaceAll(directory, '.'));
      if (process.env['PILVI_TOUR_WRITE'] !== '1' && shown !== undefined) assert.equal(shapeOf(output), shapeOf(shown), commands);
    }
    if (process.env['PILVI_TOUR_WRITE'] === '1') await writeFile(TOUR, withOutputs(text, outputs));
  } finally {
    await cluster[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }
});

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
