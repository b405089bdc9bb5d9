import { join } from 'node:path';
import type { ClusterPaths } from './cluster-paths.ts';

/** What a running `up` tells the other commands. */
export interface RunDocument {
  /** Of the first gateway. */
  readonly endpoint: string;
  readonly region: string;
  readonly pid: number;
}

/** Where it stands while `up` runs. */
export function runFile(paths: ClusterPaths): string {
  return join(paths.runDir, 'up.json');
}
