import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import type { IdRange } from '@pilvi/instance-images';
import type { TaskMount } from '@pilvi/instance-driver';
import { BOOT_SCRIPT } from './boot-script.ts';
import { userDataScript } from './cloud-config.ts';

/** Programs of this machine that each instance is shown, read-only. */
export interface BootPrograms {
  /** A static init, and a static busybox. */
  readonly init: string;
  readonly busybox: string;
  /** Files of the server that SFTP clients speak to. */
  readonly sftpServer: readonly TaskMount[];
}

/**
 * Writes the files that an instance is given from outside, on its own disk (they count to its limit, and it may change them), and tells where each is
 * shown. User-data and the key pair are given to one run only.
 */
export async function writeSideFiles(
  sideDirectory: string,
  options: {
    desired: DesiredInstance;
    hostname: string;
    resolvConf: string;
    range: IdRange;
    programs: BootPrograms;
    isFirstRun: boolean;
  },
): Promise<readonly TaskMount[]> {
  const { desired, hostname, resolvConf, range, programs, isFirstRun } = options;
  const own = async (name: string, content: string | Buffer, mode: number): Promise<string> => {
    const path = join(sideDirectory, name);
    // A new file each time: the instance had the old one.
    await rm(path, { force: true });
    await writeFile(path, content, { mode });
    await chown(path, range.firstId, range.firstId);
    return path;
  };
  await mkdir(sideDirectory, { recursive: true, mode: 0o755 });
  const address = desired.interfaces[0]?.privateAddress ?? '';
  const names = desired.interfaces[0]?.privateDnsName ?? hostname;
  const hosts = [
    '127.0.0.1 localhost',
    '::1 localhost ip6-localhost',
    ...(address === '' ? [] : [`${address} ${names} ${hostname}`]),
    '',
  ].join('\n');
  const userData = isFirstRun ? desired.userData : Buffer.alloc(0);
  const keys = isFirstRun ? desired.publicKeys.map(({ openssh }) => `${openssh}\n`).join('') : '';
  const changeable = [
    { source: await own('hosts', hosts, 0o644), target: '/etc/hosts' },
    { source: await own('hostname', `${hostname}\n`, 0o644), target: '/etc/hostname' },
    { source: await own('resolv.conf', resolvConf, 0o644), target: '/etc/resolv.conf' },
  ];
  const fixed = [
    { source: await own('boot', BOOT_SCRIPT, 0o755), target: '/run/pilvi/boot' },
    { source: programs.init, target: '/run/pilvi/init' },
    { source: programs.busybox, target: '/run/pilvi/busybox' },
    ...(userData.length > 0 ? [{ source: await own('user-data', userDataScript(userData), 0o700), target: '/run/pilvi/user-data' }] : []),
    ...(keys === '' ? [] : [{ source: await own('authorized-keys', keys, 0o600), target: '/run/pilvi/authorized-keys' }]),
  ];
  return [
    ...changeable.map((mount) => ({ ...mount, readOnly: false })),
    ...fixed.map((mount) => ({ ...mount, readOnly: true })),
    ...programs.sftpServer,
  ];
}
