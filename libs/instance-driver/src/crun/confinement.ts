/**
 * What root inside keeps, over its own namespaces only: files of other users of its own, killing, changing users, chroot. Neither
 * networks nor raw sockets, devices, mounts, tracing or the machine.
 */
export const CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
];

/** Parts of /proc and /sys that tell of the host or reach into it: shown empty. */
export const MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/dev/block',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/fs/selinux',
];

export const READ_ONLY_PATHS: readonly string[] = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const character = (major: number, minor: number): object => ({ allow: true, type: 'c', major, minor, access: 'rwm' });

/** No device but null, zero, full, random, urandom, tty, console, ptmx and the terminals. */
export const DEVICES: readonly object[] = [
  { allow: false, access: 'rwm' },
  ...[3, 5, 7, 8, 9].map((minor) => character(1, minor)),
  ...[0, 1, 2].map((minor) => character(5, minor)),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

/** No core files into the root; open files as the host allows, up to what EC2's own Linux images give. */
export const RESOURCE_LIMITS: readonly { readonly type: string; readonly limit: number }[] = [
  { type: 'RLIMIT_CORE', limit: 0 },
  { type: 'RLIMIT_NOFILE', limit: 65_536 },
];
