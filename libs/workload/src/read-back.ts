import type { S3Client } from '@aws-sdk/client-s3';
import type { Ledger } from './ledger.ts';
import { readDigest } from './run-client.ts';

const READERS = 32;

export interface ReadBack {
  /** Acknowledged and not as it should be, or read and never written. */
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
}

/** Reads every key of the ledger and holds it against what was acknowledged. */
export async function readBack(client: S3Client, bucket: string, ledger: Ledger): Promise<ReadBack> {
  const lost: string[] = [];
  const unreadable: string[] = [];
  const keys = ledger.keys().values();
  const reader = async (): Promise<void> => {
    for (const key of keys) {
      const found = await readDigest(client, bucket, key);
      if (found.failed !== undefined) unreadable.push(`${key}: ${found.failed}`);
      else {
        const wrong = ledger.check(key, found.digest);
        if (wrong !== undefined) lost.push(wrong);
      }
    }
  };
  // Those that share the iterator share the keys.
  await Promise.all(Array.from({ length: READERS }, reader));
  return { lost, unreadable };
}
