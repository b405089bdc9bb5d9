import assert from 'node:assert/strict';
import type { BackupEntry } from './backup-file.ts';
import type { ControlCopy } from './control-copy.ts';
import { ControlStoreError } from './errors.ts';
import type { MirrorDescription } from './mirror.ts';

/** What a restore begins with. */
export interface RestoredData {
  readonly entries: readonly BackupEntry[];
  /** Above every revision that anyone was told. */
  readonly revision: number;
}

interface Heard {
  readonly mirror: { readonly id: string };
  readonly held: MirrorDescription;
}

/**
 * E2 for a restore: where no copy is, the data of a backup begins under a new term, at a revision above all that anyone has seen. Throws ControlStoreError
 * `not-empty`, and changes nothing.
 */
export async function beginRestored(
  own: ControlCopy,
  { clusterId, term, revision, entries, heard }: RestoredData & { clusterId: string; term: number; heard: readonly Heard[] },
): Promise<void> {
  const holder = heard.find(({ held }) => held.clusterId !== '');
  if (own.clusterId !== '' || holder !== undefined)
    throw new ControlStoreError(
      'not-empty',
      `${own.clusterId !== '' ? 'the gateway' : `storage node ${holder?.mirror.id ?? ''}`} holds control data: it is not lost, and a backup would take it back`,
    );
  const seen = Math.max(own.seenRevision, ...heard.map(({ held }) => held.highestSeenRevision));
  assert.ok(revision > seen, 'a restore begins above every revision that was seen (E2)');
  const kept = entries.map(({ key, value }) => ({ key, value, createRevision: revision, modRevision: revision, version: 1, lease: 0 }));
  await own.replace({ clusterId, writerTerm: term, revision, entries: kept });
}
