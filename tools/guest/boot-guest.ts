import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../test-counts.ts';
import type { GuestRoot } from './guest-root.ts';

interface Boot {
  readonly root: GuestRoot;
  /** Shared with the guest, writable. */
  readonly reports: string;
  /** Gets what the kernel and the guest's services say. */
  readonly consoleLog: string;
  /** Hardware does the work of the emulator; not every machine that offers it can. */
  readonly isKvmWanted: boolean;
  /** The guest is ended then. */
  readonly longestMs: number;
  /** Told each line that the tests print. */
  readonly onLine: (line: string) => void;
}

/** Boots the guest and waits until it has ended by itself. Tells how: with code 0 it powered off. */
export async function bootGuest(boot: Boot): Promise<'ended' | 'failed' | 'took too long'> {
  const guest = spawn('qemu-system-x86_64', qemuArguments(boot), { stdio: ['ignore', 'pipe', 'inherit'] });
  let isLate = false;
  const bound = setTimeout(() => {
    isLate = true;
    guest.kill('SIGKILL');
  }, boot.longestMs);
  // Whoever ends us ends the guest.
  const end = (): void => void guest.kill('SIGKILL');
  process.once('exit', end);
  createInterface(guest.stdout).on('line', boot.onLine);
  const [code] = (await once(guest, 'close')) as [number | null];
  process.off('exit', end);
  clearTimeout(bound);
  if (isLate) return 'took too long';
  return code === 0 ? 'ended' : 'failed';
}

function qemuArguments({ root, reports, consoleLog, isKvmWanted }: Boot): readonly string[] {
  const share = (tag: string, path: string, rest: string): string[] => [
    '-virtfs',
    `local,mount_tag=${tag},path=${path},security_model=none${rest}`,
  ];
  return [
    ...['-machine', 'q35', '-smp', '2', '-m', '3072', '-cpu', isKvmWanted ? 'host' : 'max'],
    ...['-accel', isKvmWanted ? 'kvm' : 'tcg,thread=multi,tb-size=512'],
    ...['-display', 'none', '-nodefaults', '-no-user-config', '-no-reboot'],
    ...['-kernel', root.kernel, '-initrd', root.initrd],
    ...['-append', 'root=/dev/vda rw console=ttyS0 panic=-1 mitigations=off net.ifnames=1 systemd.show_status=1'],
    // What is written goes to a file that ends with qemu.
    ...['-drive', `file=${root.disk},format=raw,if=virtio,snapshot=on,cache=unsafe,discard=unmap`],
    ...share('checkout', repositoryRoot, ',readonly=on,multidevs=remap'),
    ...share('reports', reports, ''),
    ...['-netdev', 'user,id=out,restrict=on', '-device', 'virtio-net-pci,netdev=out'],
    ...['-device', 'virtio-rng-pci'],
    // The first serial line is the console, the second one has what the tests print.
    ...['-serial', `file:${consoleLog}`, '-serial', 'stdio'],
  ];
}
