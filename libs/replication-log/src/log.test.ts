import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testReplicationLog } from './compliance.ts';
import { createMemoryFileSystem } from './memory-file-system.ts';
import { createMemoryLogDisk, openMemoryReplicationLog } from './memory-log.ts';
import { openReplicationLog } from './open-log.ts';

testReplicationLog('the log in memory', async () => {
  const disk = createMemoryLogDisk();
  return { open: async () => openMemoryReplicationLog(disk), crash: async () => {}, dispose: async () => {} };
});

testReplicationLog('the log on disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-log-'));
  return {
    open: () => openReplicationLog({ directory, segmentBytes: 8192 }),
    crash: async () => {},
    dispose: () => rm(directory, { recursive: true }),
  };
});

testReplicationLog('the log on a disk whose power fails', async () => {
  const fileSystem = createMemoryFileSystem();
  return {
    open: () => openReplicationLog({ directory: '/log', segmentBytes: 8192, fileSystem }),
    crash: async () => {
      fileSystem.losePower(() => false);
    },
    dispose: async () => {},
  };
});
