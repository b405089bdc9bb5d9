import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pilvi/runtime';
import ssh2 from 'ssh2';

/** The key by which an instance is known to SSH clients: made at its first need, kept until it is terminated. */
export function createHostKeys(directory: string): { of(instanceId: string): Promise<string>; forget(instanceId: string): Promise<void> } {
  const place = (instanceId: string): string => join(directory, instanceId);
  return {
    async of(instanceId) {
      const known = await readFile(place(instanceId), 'utf8').catch(() => undefined);
      if (known !== undefined) return known;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const { private: made } = ssh2.utils.generateKeyPairSync('ed25519');
      // Kept before anyone sees it: clients remember it.
      await writeFileAtomic(place(instanceId), made);
      return made;
    },
    forget: (instanceId) => rm(place(instanceId), { force: true }),
  };
}
