import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from '../cluster.ts';
import { COMPUTE_ENV, computeClient, launch, whyNoInstances } from './busybox-instance.ts';

/** A root directory with busybox and a word in it, as a tarball and as an image in an OCI layout that begins a program of its own. */
function makeImages(directory: string): { readonly tarball: string; readonly reference: string } {
  const root = join(directory, 'root');
  for (const name of ['bin', 'etc', 'tmp']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  execFileSync('ln', ['-s', 'busybox', join(root, 'bin/sh')]);
  writeFileSync(join(root, 'etc/motd'), 'imported\n');
  const tarball = join(directory, 'small root.tar.gz');
  execFileSync('tar', ['-czf', tarball, '-C', root, '.']);
  const image = `${join(directory, 'layout')}:v1`;
  const umoci = (...args: readonly string[]): unknown => execFileSync('umoci', args, { stdio: 'pipe' });
  umoci('init', '--layout', join(directory, 'layout'));
  umoci('new', '--image', image);
  umoci('insert', '--image', image, root, '/');
  umoci('config', '--image', image, '--config.cmd', '/bin/sh', '--config.cmd', '-c', '--config.cmd', 'echo its own program; sleep 1000');
  return { tarball, reference: `oci:${image}` };
}

test('an image from a file, and one that skopeo knows, are launched', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-import-'));
  const cluster = await startCluster({ env: COMPUTE_ENV });
  try {
    const reason = await whyNoInstances(cluster);
    if (reason !== '') {
      t.skip(`NOT TRIED: ${reason}`);
      return;
    }
    const { tarball, reference } = makeImages(directory);
    const ec2 = computeClient(cluster);
    const imported = async (...args: readonly string[]): Promise<string> => (await cluster.command(['image', 'import', ...args])).trim();

    const fromFile = await launch(ec2, { ImageId: await imported(tarball) });
    const motd = await cluster.command(['connect', fromFile.InstanceId!, '--', '/bin/busybox', 'cat', '/etc/motd']);
    assert.match(motd, /imported/);
    const fromLayout = await launch(ec2, { ImageId: await imported(reference, '--name', 'from a layout') });
    assert.match(await cluster.command(['logs', fromLayout.InstanceId!]), /its own program/);

    await assert.rejects(imported(tarball), /is called small root already/);
    await assert.rejects(imported(join(directory, 'absent.tar')), /there is no file/);
    await assert.rejects(imported(join(directory, 'root/etc/motd')), /neither an OCI archive|tar ended with/);
    await assert.rejects(imported(`${reference}-absent`), /skopeo ended with/);
    await assert.rejects(imported(tarball, '--name', 'a:b'), /AMI names must be/);
  } finally {
    await cluster[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }
});
