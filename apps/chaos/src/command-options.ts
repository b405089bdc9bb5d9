import type { Cluster } from './cluster.ts';

export const STORAGE = ['storage-1', 'storage-2', 'storage-3'];

/** More than one gateway is a cluster on three members of etcd. */
export const GATEWAYS = ['--gateways <n>', 'how many; more than one: on etcd', '1'] as const;

export const listOf = (names: string): string[] => names.split(',').filter((name) => name !== '');

/** What a command is given by `main.ts`. */
export interface CommandComponents {
  readonly start: (options: {
    readonly transport: 'unix' | 'tcp';
    readonly gateways: string;
    readonly env?: Readonly<Record<string, string>>;
  }) => Promise<{ readonly cluster: Cluster } & AsyncDisposable>;
  /** Prints the report; when it is not sound the exit code is 1. */
  readonly finish: (report: object, sound: boolean) => void;
  readonly progress: (text: string) => void;
}
