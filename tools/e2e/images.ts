import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../test-counts.ts';
import { installPackages, outputOf, run, say, succeeds } from './command.ts';

const TARGETS = ['gateway', 'storage-node', 'compute-node', 'pilvi'];
const STAND_IN_LABEL = 'pilvi.stand-in';

/** Images of others that ours and the scenarios are made of, as the Dockerfile and the compose file name them. Pure. */
export function baseImages(dockerfile: string, compose: string): readonly string[] {
  const node = /^FROM (node:\S+)/m.exec(dockerfile)?.[1];
  const services = [...compose.matchAll(/\$\{PILVI_(?:ETCD|HAPROXY)_IMAGE:-([^}]+)\}/g)].map((match) => match[1]);
  return [...new Set([node, 'debian:bookworm-slim', ...services].filter((image) => image !== undefined))];
}

/** Makes every image that the scenarios need. Answers whether some are stand-ins: then no image registry can be reached. */
export async function makeImages(): Promise<{ standIns: boolean }> {
  const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');
  const standIns: string[] = [];
  for (const image of baseImages(read('Dockerfile'), read('deploy/compose.yaml'))) {
    if (await needStandIn(image)) standIns.push(image);
  }
  // The stand-ins' way to package registries is this machine's own.
  const network = standIns.length > 0 ? ['--network', 'host'] : [];
  const registry = process.env['npm_config_registry'];
  const npm = registry === undefined ? [] : ['--build-arg', `npm_config_registry=${registry}`];
  for (const target of TARGETS) {
    say(`building pilvi/${target} ...`);
    await run('docker', ['build', ...network, ...npm, '--target', target, '--tag', `pilvi/${target}`, '.']);
  }
  const tools = 'libs/testing/fault-tools';
  if (existsSync(join(repositoryRoot, tools))) {
    say('building pilvi/fault-tools ...');
    await run('docker', ['build', ...network, '--tag', 'pilvi/fault-tools', tools]);
  }
  return { standIns: standIns.length > 0 };
}

/** Sees to it that a base image is there: pulled, or else made here, which is said. Answers whether it was made here, now or before. */
async function needStandIn(image: string): Promise<boolean> {
  const present = (): string | undefined =>
    outputOf('docker', ['image', 'inspect', '--format', `{{index .Config.Labels "${STAND_IN_LABEL}"}}`, image]);
  if (present() === undefined && !succeeds('docker', ['pull', '--quiet', image])) {
    say(`${image} cannot be pulled: making a stand-in ...`);
    if (!succeeds('mmdebstrap', ['--version'])) await installPackages(['mmdebstrap']);
    await run(join(repositoryRoot, 'deploy/stand-in/make-image.sh'), [image]);
  }
  const madeOf = present() ?? '';
  if (madeOf === '' || madeOf === '<no value>') return false;
  say(`${image} is NOT the official image, but a stand-in made of ${madeOf}`);
  return true;
}
