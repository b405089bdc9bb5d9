// The Debian packages that a compute node needs of its machine. Plain JavaScript: bootstrap.mjs looks before anything is installed.
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that a compute node calls, each with the package that brings it. Without the first ones it runs no instances, without the last ones fewer images, and no SFTP but of an image's own. */
export const PACKAGE_OF = {
  crun: 'crun',
  conmon: 'conmon',
  nft: 'nftables',
  ip: 'iproute2',
  tc: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  'mkfs.ext4': 'e2fsprogs',
  'tini-static': 'tini',
  busybox: 'busybox-static',
  mmdebstrap: 'mmdebstrap',
  skopeo: 'skopeo',
  umoci: 'umoci',
  'sftp-server': 'openssh-sftp-server',
};

/** Those that this machine lacks, in order, each once. */
export function missingPackages(path = process.env.PATH ?? '') {
  const folders = [
    ...path.split(':').filter((folder) => folder.startsWith('/')),
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
    '/bin',
    '/usr/lib/openssh',
  ];
  const isThere = (program) => folders.some((folder) => isExecutable(join(folder, program)));
  return [...new Set(Object.entries(PACKAGE_OF).flatMap(([program, name]) => (isThere(program) ? [] : [name])))];
}

/** Whether this process can install them. */
export function mayInstallPackages() {
  return process.platform === 'linux' && process.getuid() === 0 && existsSync('/usr/bin/apt-get');
}

/** What installs them, as a person would type it. */
export function installLine(packages) {
  return `apt-get update && apt-get install --yes --no-install-recommends ${packages.join(' ')}`;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
