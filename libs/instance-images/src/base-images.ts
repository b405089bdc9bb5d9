import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImageError } from './errors.ts';
import { runProgram } from './run-program.ts';

/** An image that this machine can make by itself. */
export interface BaseImage {
  /** Stable: instances are launched by it. */
  readonly name: string;
  readonly description: string;
  /** What this machine lacks to make it, for people; empty when it lacks nothing. */
  missing(): readonly string[];
  /** Makes the tarball of its root at `file`. Told what is being done, for people. */
  make(file: string, onProgress: (words: string) => void, signal: AbortSignal): Promise<void>;
}

const BUSYBOX = '/bin/busybox';
const architecture = process.arch === 'x64' ? 'x86_64' : process.arch;

export const BASE_IMAGES: readonly BaseImage[] = [
  {
    name: `pilvi/busybox-${architecture}`,
    description: 'busybox, statically linked, and nothing else',
    missing: () => (existsSync(BUSYBOX) ? [] : [`${BUSYBOX} (Debian package busybox-static)`]),
    make: makeBusybox,
  },
  {
    name: `pilvi/debian-12-${architecture}`,
    description: 'Debian 12 (bookworm), minimal: apt and what it needs',
    missing: () =>
      ['/usr/bin/mmdebstrap', '/usr/local/bin/mmdebstrap'].some(existsSync) ? [] : ['mmdebstrap (Debian package mmdebstrap)'],
    make: makeDebian,
  },
];

async function makeBusybox(file: string, onProgress: (words: string) => void, signal: AbortSignal): Promise<void> {
  onProgress('laying out busybox');
  const root = `${file}.root`;
  for (const name of [
    'bin',
    'dev',
    'etc',
    'home',
    'mnt',
    'opt',
    'proc',
    'root',
    'run',
    'sbin',
    'srv',
    'sys',
    'tmp',
    'usr/bin',
    'usr/sbin',
    'var/log',
    'var/tmp',
  ])
    await mkdir(join(root, name), { recursive: true });
  await copyFile(BUSYBOX, join(root, 'bin/busybox'));
  await assertStatic(join(root, 'bin/busybox'));
  const { stdout } = await promisify(execFile)(BUSYBOX, ['--list-full'], { signal });
  for (const applet of stdout.trim().split('\n')) if (applet !== 'bin/busybox') await symlink('/bin/busybox', join(root, applet));
  await symlink('/run', join(root, 'var/run'));
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n');
  await writeFile(join(root, 'etc/os-release'), 'ID=busybox\nNAME="busybox"\nPRETTY_NAME="busybox"\n');
  await writeFile(join(root, 'etc/profile'), 'export PATH=/usr/sbin:/usr/bin:/sbin:/bin\n');
  for (const path of ['tmp', 'var/tmp']) await runProgram('chmod', ['1777', join(root, path)], { signal });
  await runProgram('tar', ['-c', '--numeric-owner', '--owner=0', '--group=0', '--sort=name', '--mtime=@0', '-C', root, '-f', file, '.'], {
    signal,
  });
  await runProgram('rm', ['-r', root], { signal });
}

/** ELF with an interpreter would find no library in this root. */
async function assertStatic(file: string): Promise<void> {
  if ((await readFile(file)).subarray(0, 4096).includes('/lib64/ld-linux'))
    throw new ImageError('unsupported', `${BUSYBOX} is not static: install busybox-static`);
}

const DEBIAN_SUITE = 'bookworm';
const DEBIAN_MIRROR = 'http://deb.debian.org/debian';
const PACKAGES = ['ca-certificates', 'iproute2', 'iputils-ping', 'netbase', 'procps'];

/**
 * A package starts its service when it is installed, as on any machine: where there is no init, Debian's invoke-rc.d does so only if this says that it may. At the next boots the
 * service is started by its link in /etc/rc2.d.
 */
const ALLOW_SERVICES = `printf '#!/bin/sh\\nexit 0\\n' > "$1/usr/sbin/policy-rc.d" && chmod 755 "$1/usr/sbin/policy-rc.d"`;

async function makeDebian(file: string, onProgress: (words: string) => void, signal: AbortSignal): Promise<void> {
  onProgress('fetching Debian packages');
  // Skipped, or mmdebstrap takes the file away at its end.
  const services = [`--customize-hook=${ALLOW_SERVICES}`, '--skip=chroot/policy-rc.d'];
  const contents = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, ...services];
  const options = [...contents, '--mode=root', '--aptopt=Acquire::Retries "3"', '--format=tar'];
  const sources = [`deb ${DEBIAN_MIRROR} ${DEBIAN_SUITE} main`, `deb ${DEBIAN_MIRROR} ${DEBIAN_SUITE}-updates main`];
  await runProgram(
    'mmdebstrap',
    [...options, DEBIAN_SUITE, file, ...sources, `deb ${DEBIAN_MIRROR}-security ${DEBIAN_SUITE}-security main`],
    {
      signal,
      env: { SOURCE_DATE_EPOCH: '0', DEBIAN_FRONTEND: 'noninteractive' },
      onLine: (line) => {
        if (line.startsWith('I: ')) onProgress(line.slice(3));
      },
    },
  );
}
