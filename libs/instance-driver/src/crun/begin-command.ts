import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lets the command of a created container begin. It is what `crun start` does for a container without hooks (libcrun_status_write_exec_fifo, in crun since
 * 1.0), without the 10 ms that any call of crun takes. False when nobody waits there for it: crun then tells why.
 */
export function beginCommand(containerDirectory: string): boolean {
  const fifo = join(containerDirectory, 'exec.fifo');
  let descriptor: number;
  try {
    descriptor = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  // Both at once: a command that waits behind a name that is gone would wait for ever.
  try {
    unlinkSync(fifo);
    writeSync(descriptor, Buffer.alloc(1));
    return true;
  } catch {
    return false;
  } finally {
    closeSync(descriptor);
  }
}
