import { readFile } from 'node:fs/promises';
import { DriverError } from '../errors.ts';

/**
 * The system call filter as crun compiles it of the profile: the same each time, and a fifth of the work of making a task. So the first task's is kept, and
 * given to crun with the profile of each later one. A crun that does not know of it compiles the profile, as for the first.
 */
export interface CompiledFilter {
  /** For a bundle that holds the profile. Source: crun(1), `run.oci.seccomp_bpf_data`. */
  annotations(): Readonly<Record<string, string>>;
  /**
   * `file` is where crun keeps the filter of a task that was made and waits: what the task, and whatever is run in it later, will be under. Throws DriverError
   * `runtime-failed` when that is not the one given to it; the next task is made with the profile alone.
   */
  check(file: string, given: Readonly<Record<string, string>>): Promise<void>;
}

const ANNOTATION = 'run.oci.seccomp_bpf_data';

export function createCompiledFilter(): CompiledFilter {
  let kept: string | undefined;
  return {
    annotations: () => (kept === undefined ? {} : { [ANNOTATION]: kept }),
    async check(file, { [ANNOTATION]: given }) {
      const inForce = await readFile(file, 'base64').catch(() => '');
      if (inForce === '' || (given !== undefined && inForce !== given)) {
        kept = undefined;
        // One built without libseccomp makes none, and says nothing of it.
        const detail =
          inForce === '' ? 'crun puts no system call filter in force' : 'crun has not taken the system call filter that it was given';
        throw new DriverError('runtime-failed', detail);
      }
      kept ??= inForce;
    },
  };
}
