import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, outputOf, run, say, succeeds } from './command.ts';

/** Newest of the series that talks to Docker Engine 20.10 as well. */
const VERSION = 'v2.40.3';
const MODULE = 'github.com/docker/compose/v2';

/** The words of a `docker compose` of version 2: the machine's, else one built once by Go from its module. Undefined, and said, when there can be none. */
export async function ensureCompose(): Promise<readonly string[] | undefined> {
  if (/^v?([2-9]|\d\d)\./.test(outputOf('docker', ['compose', 'version', '--short']) ?? '')) return ['docker', 'compose'];
  const binary = join(cacheDirectory, `docker-compose-${VERSION}`);
  if (existsSync(binary)) return [binary];
  if (!succeeds('go', ['version'])) {
    say('SKIPPED what needs docker compose: version 2 is not installed, and there is no Go to build it');
    return undefined;
  }
  try {
    await buildCompose(binary);
    return [binary];
  } catch (error) {
    say(`SKIPPED what needs docker compose, which cannot be built here: ${(error as Error).message}`);
    return undefined;
  }
}

async function buildCompose(binary: string): Promise<void> {
  say(`building docker compose ${VERSION}, once; this takes some minutes ...`);
  await mkdir(cacheDirectory, { recursive: true });
  const scratch = await mkdtemp(join(cacheDirectory, 'compose-'));
  try {
    const options = { cwd: scratch, env: { CGO_ENABLED: '0', GOFLAGS: '-mod=mod' } };
    await run('go', ['mod', 'init', 'compose.invalid/build'], options);
    await run('go', ['get', `${MODULE}/cmd@${VERSION}`], options);
    const flags = `-s -w -X ${MODULE}/internal.Version=${VERSION}`;
    await run('go', ['build', '-trimpath', '-ldflags', flags, '-o', 'docker-compose', `${MODULE}/cmd`], options);
    await rename(join(scratch, 'docker-compose'), binary);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
