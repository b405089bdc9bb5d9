import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { installLine, mayInstallPackages } from '../debian-packages.mjs';
import { run } from '../e2e/command.ts';

/** Programs that boot a guest, and those that make its root, each with its Debian package. */
const TO_BOOT = { 'qemu-system-x86_64': 'qemu-system-x86' };
const TO_MAKE = { mmdebstrap: 'mmdebstrap', mke2fs: 'e2fsprogs' };

/** Installs what this machine lacks, or throws with what a person has to do. PILVI_NO_APT=1: nothing is installed. */
export async function prepareHost({ isRootMade, say }: { isRootMade: boolean; say: (words: string) => void }): Promise<void> {
  if (process.arch !== 'x64') throw new Error('the guest is of x86-64: this machine is not');
  if (!isRootMade && process.getuid?.() !== 0) throw new Error("making the guest's root takes root; later runs take none");
  const missing = missingPrograms(isRootMade ? TO_BOOT : { ...TO_BOOT, ...TO_MAKE });
  if (missing.length === 0) return;
  const line = installLine(missing);
  if (process.env['PILVI_NO_APT'] === '1' || !mayInstallPackages()) throw new Error(`this machine lacks packages:\n  ${line}`);
  say(`Debian packages are missing, which are installed now (PILVI_NO_APT=1: they are not):\n  ${line}`);
  await run('sh', ['-ec', line], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
}

/** The packages of those that are not there. */
function missingPrograms(packageOf: Readonly<Record<string, string>>): readonly string[] {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].filter((folder) => folder.startsWith('/'));
  const isThere = (program: string): boolean => folders.some((folder) => isExecutable(join(folder, program)));
  return Object.entries(packageOf).flatMap(([program, name]) => (isThere(program) ? [] : [name]));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
