import { join } from 'node:path';
import type { WhereDocument } from '@pilvi/admin-api';
import { askSocket } from './ask-socket.ts';
import type { Cluster } from './cluster.ts';

/** Every piece must be sound as often as wanted, also those that no read would have looked at. */
export async function unsoundPieces(
  cluster: Cluster,
  { bucket, keys, copies }: { bucket: string; keys: readonly string[]; copies: number },
): Promise<string[]> {
  const unsound: string[] = [];
  for (const key of keys) {
    const query = new URLSearchParams({ bucket, key }).toString();
    const where = (await askSocket(join(cluster.dataDir, 'run', 'gateway-1-admin.sock'), 'GET', `/_pilvi/where?${query}`)) as WhereDocument;
    for (const piece of where.pieces) {
      const sound = piece.copies.filter((copy) => copy.state === 'sound').length;
      if (sound < copies)
        unsound.push(`${key} ${piece.kind} ${piece.id}: ${piece.copies.map((copy) => `${copy.node} ${copy.state}`).join(', ')}`);
    }
  }
  return unsound;
}
