import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pilvi/runtime';

const FILE = 'gateways.json';
const FORMAT_VERSION = 1;

/** The gateways that this node was told of before its restart: those that it is configured with may be gone by now. A file that cannot be read is as good as none. */
export async function readGatewayList(directory: string): Promise<readonly string[]> {
  try {
    const { formatVersion, addresses } = JSON.parse(await readFile(join(directory, FILE), 'utf8')) as {
      formatVersion: number;
      addresses: string[];
    };
    return formatVersion === FORMAT_VERSION ? addresses : [];
  } catch {
    return [];
  }
}

export async function keepGatewayList(directory: string, addresses: readonly string[]): Promise<void> {
  const known = await readGatewayList(directory);
  if (addresses.join() === known.join()) return;
  await writeFileAtomic(join(directory, FILE), `${JSON.stringify({ formatVersion: FORMAT_VERSION, addresses })}\n`, { mode: 0o600 });
}
