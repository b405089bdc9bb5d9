import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../test-counts.ts';

/** A part of the table: the tests of some files, which look from inside an instance. */
export interface Part {
  readonly heading: string;
  readonly files: readonly string[];
}

export const PARTS: readonly Part[] = [
  {
    heading: 'Processes, files, system calls, devices, limits',
    files: ['isolation', 'system-calls', 'limits'].map((name) => `libs/instance-driver/src/${name}.test.ts`),
  },
  { heading: 'The root disk', files: ['libs/instance-images/src/root-disks.test.ts'] },
  { heading: 'The network', files: ['libs/instance-network/src/isolation.test.ts'] },
  { heading: 'The metadata service', files: ['libs/instance-metadata/src/instance-metadata.test.ts'] },
];

export const ISOLATION_TESTS: readonly string[] = PARTS.flatMap(({ files }) => files);

/** The names of the tests of a file, in its order. */
export function testNames(file: string): readonly string[] {
  const source = readFileSync(join(repositoryRoot, file), 'utf8');
  return [...source.matchAll(/^\s*(?:it|test)\(\s*'(.*?)',/gm)].map(([, name = '']) => name);
}
