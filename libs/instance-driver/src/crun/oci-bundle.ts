import type { DiskLimits, TaskSpec } from '../task-spec.ts';
import { CAPABILITIES, DEVICES, MASKED_PATHS, READ_ONLY_PATHS, RESOURCE_LIMITS } from './confinement.ts';
import { seccompProfile } from './seccomp-profile.ts';

const CPU_PERIOD_US = 100_000;

/**
 * The `config.json` of an OCI runtime bundle for a task. Pure. Source: OCI runtime-spec 1.0, config.md and config-linux.md.
 * `cgroupPath` is absolute; `openFilesMax` is the host's own hard limit, above which none can be given; `canLimitDisks` is whether its kernel limits disks.
 */
export function ociBundle(spec: TaskSpec, host: { cgroupPath: string; openFilesMax: number; canLimitDisks: boolean }): object {
  const { command, idRange } = spec;
  const idMapping = [{ containerID: 0, hostID: idRange.firstId, size: idRange.count }];
  return {
    ociVersion: '1.0.2',
    root: { path: spec.rootDirectory, readonly: false },
    hostname: spec.hostname,
    process: {
      terminal: false,
      user: { uid: command.user.uid, gid: command.user.gid },
      args: command.argv,
      env: Object.entries(command.env).map(([name, value]) => `${name}=${value}`),
      cwd: command.cwd,
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES, inheritable: [], ambient: [] },
      rlimits: RESOURCE_LIMITS.map(({ type, limit }) => ({
        type,
        hard: Math.min(limit, host.openFilesMax),
        soft: Math.min(limit, host.openFilesMax),
      })),
      noNewPrivileges: true,
    },
    mounts: [...systemMounts(spec), ...spec.mounts.map(bindMount)],
    linux: {
      namespaces: [...['pid', 'mount', 'uts', 'ipc', 'cgroup', 'user'].map((type) => ({ type })), networkNamespace(spec)],
      uidMappings: idMapping,
      gidMappings: idMapping,
      sysctl: networkSettings(spec),
      cgroupsPath: host.cgroupPath,
      resources: { ...resources(spec), ...(host.canLimitDisks && diskThrottle(spec.limits.disk)) },
      seccomp: seccompProfile(),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READ_ONLY_PATHS,
    },
  };
}

function networkNamespace({ networkNamespace: path }: TaskSpec): object {
  return path === undefined ? { type: 'network' } : { type: 'network', path };
}

function resources({ limits }: TaskSpec): object {
  return {
    devices: DEVICES,
    cpu: { quota: Math.round(limits.vcpus * CPU_PERIOD_US), period: CPU_PERIOD_US, shares: Math.max(2, Math.round(limits.vcpus * 1024)) },
    // With swap equal to memory there is no swap.
    memory: { limit: limits.memoryBytes, swap: limits.memoryBytes },
    pids: { limit: limits.pids },
  };
}

/** blkio.throttle of version 1, io.max of version 2; a limit that is left out is none. */
function diskThrottle(limits: DiskLimits | undefined): object {
  if (limits === undefined) return {};
  const { device, bytesPerSecond, operationsPerSecond } = limits;
  const rate = (perSecond: number): readonly object[] => (perSecond === 0 ? [] : [{ ...device, rate: perSecond }]);
  return {
    blockIO: {
      throttleReadBpsDevice: rate(bytesPerSecond),
      throttleWriteBpsDevice: rate(bytesPerSecond),
      throttleReadIOPSDevice: rate(operationsPerSecond),
      throttleWriteIOPSDevice: rate(operationsPerSecond),
    },
  };
}

/** In a network namespace of its own any port and any group may do these, so that no capability is needed. In one made by others it has no say. */
function networkSettings({ networkNamespace: path, idRange }: TaskSpec): object {
  if (path !== undefined) return {};
  return { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': `0 ${idRange.count - 1}` };
}

function systemMounts({ limits, networkNamespace: path }: TaskSpec): readonly object[] {
  const mount = (destination: string, type: string, options: readonly string[]): object => ({ destination, type, source: type, options });
  const guarded = ['nosuid', 'noexec', 'nodev'];
  return [
    mount('/proc', 'proc', guarded),
    mount('/dev', 'tmpfs', ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536']),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    // Memory of the task like any other: its limit counts it.
    mount('/dev/shm', 'tmpfs', [...guarded, 'mode=1777', `size=${Math.floor(limits.memoryBytes / 2)}`]),
    mount('/dev/mqueue', 'mqueue', guarded),
    // The kernel shows /sys to the owner of the network namespace alone. To others crun would show the host's, interfaces and all: rather nothing.
    path === undefined ? mount('/sys', 'sysfs', [...guarded, 'ro']) : mount('/sys', 'tmpfs', [...guarded, 'ro', 'mode=755', 'size=65536']),
    mount('/sys/fs/cgroup', 'cgroup', [...guarded, 'relatime', 'ro']),
    mount('/run', 'tmpfs', ['nosuid', 'nodev', 'mode=755', `size=${Math.floor(limits.memoryBytes / 4)}`]),
  ];
}

function bindMount({ source, target, readOnly }: TaskSpec['mounts'][number]): object {
  return { destination: target, type: 'bind', source, options: ['bind', 'nosuid', 'nodev', readOnly ? 'ro' : 'rw'] };
}
