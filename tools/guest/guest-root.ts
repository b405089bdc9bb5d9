import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PACKAGE_OF } from '../debian-packages.mjs';
import { cacheDirectory, run } from '../e2e/command.ts';
import { CHECKOUT, REPORTS, UNIT } from './inside-places.ts';

/** What a guest is booted from: files that it does not change. */
export interface GuestRoot {
  readonly kernel: string;
  readonly initrd: string;
  /** An ext4 file system. */
  readonly disk: string;
}

const SUITE = 'bookworm';
const MIRROR = 'http://deb.debian.org/debian';
const DISK_SIZE = '4G';

const PACKAGES = [
  ...['systemd-sysv', 'udev', 'kmod', 'linux-image-amd64', 'initramfs-tools', 'apparmor'],
  ...new Set(Object.values(PACKAGE_OF)),
  // What tests of compute call beside it.
  ...['curl', 'iptables', 'libatomic1', 'openssh-client', 'procps', 'python3', 'python3-botocore'],
];

/** Drivers that the initrd needs to find the disk; all others are loaded from there. */
const DISK_MODULES = ['virtio_pci', 'virtio_blk', 'ext4'];

/** Files of the root beside those of the packages. */
const FILES: Readonly<Record<string, string>> = {
  'etc/hostname': 'guest\n',
  'etc/hosts': '127.0.0.1 localhost guest\n',
  'etc/fstab': [
    '/dev/vda / ext4 rw,noatime 0 0',
    `checkout ${CHECKOUT} 9p ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose 0 0`,
    `reports ${REPORTS} 9p rw,trans=virtio,version=9p2000.L,msize=524288 0 0`,
    '',
  ].join('\n'),
  // A way out, as a machine has one; qemu lets nothing out by it.
  'etc/systemd/network/wired.network': '[Match]\nName=en*\n\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n',
  [`etc/systemd/system/${UNIT}`]: `[Unit]
Description=tests of compute
Wants=network-online.target
After=network-online.target apparmor.service
RequiresMountsFor=${CHECKOUT} ${REPORTS}
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
Environment=HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_COMPILE_CACHE=/var/cache/node
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
ExecStart=${CHECKOUT}/node_modules/node/bin/node ${CHECKOUT}/tools/guest/inside.ts
`,
};

/** What would only take time. */
const MASKED_UNITS = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
];
const ENABLED_UNITS = ['systemd-networkd.service', 'systemd-networkd-wait-online.service', UNIT];

/** The root that was made before from the same recipe, or undefined. */
export function findGuestRoot(): GuestRoot | undefined {
  const root = filesIn(placeOf());
  return existsSync(root.disk) ? root : undefined;
}

/** Makes a Debian with its own kernel, in some minutes, with what tests of compute need. Needs root; leaves out nothing that Debian turns on. */
export async function makeGuestRoot(): Promise<GuestRoot> {
  const place = placeOf();
  await removeOtherRoots();
  const unfinished = `${place}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const root = join(unfinished, 'root');
  await mkdir(unfinished, { recursive: true });
  await run('mmdebstrap', [
    '--variant=minbase',
    '--mode=root',
    '--format=directory',
    `--include=${PACKAGES.join(',')}`,
    '--aptopt=Acquire::Retries "3"',
    // A small initrd, before the kernel's package makes it.
    `--essential-hook=${initrdHook()}`,
    SUITE,
    root,
    `deb ${MIRROR} ${SUITE} main`,
    `deb ${MIRROR} ${SUITE}-updates main`,
    `deb ${MIRROR}-security ${SUITE}-security main`,
  ]);
  for (const [name, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  for (const name of [CHECKOUT, REPORTS]) await mkdir(join(root, name));
  await run('chroot', [root, 'systemctl', 'mask', '--quiet', ...MASKED_UNITS]);
  await run('chroot', [root, 'systemctl', 'add-wants', 'multi-user.target', ...ENABLED_UNITS]);
  const { kernel, initrd, disk } = filesIn(unfinished);
  await copyFile(join(root, 'vmlinuz'), kernel);
  await copyFile(join(root, 'initrd.img'), initrd);
  await run('mke2fs', ['-q', '-t', 'ext4', '-m', '0', '-d', root, disk, DISK_SIZE]);
  await rm(root, { recursive: true });
  await chmod(unfinished, 0o755);
  await rename(unfinished, place);
  return filesIn(place);
}

function initrdHook(): string {
  const lines = (names: readonly string[]): string => names.map((name) => `${name}\\n`).join('');
  return [
    'mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"',
    'echo MODULES=list > "$1/etc/initramfs-tools/conf.d/guest"',
    `printf '${lines(DISK_MODULES)}' > "$1/usr/share/initramfs-tools/modules.d/guest"`,
  ].join(' && ');
}

/** Another recipe has another place. */
function placeOf(): string {
  const recipe = JSON.stringify([SUITE, MIRROR, DISK_SIZE, PACKAGES, DISK_MODULES, FILES, MASKED_UNITS, ENABLED_UNITS]);
  return join(cacheDirectory, `guest-${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`);
}

function filesIn(place: string): GuestRoot {
  return { kernel: join(place, 'vmlinuz'), initrd: join(place, 'initrd.img'), disk: join(place, 'root.ext4') };
}

/** Of earlier recipes, or broken off. */
async function removeOtherRoots(): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  for (const name of await readdir(cacheDirectory))
    if (name.startsWith('guest-')) await rm(join(cacheDirectory, name), { recursive: true });
}
