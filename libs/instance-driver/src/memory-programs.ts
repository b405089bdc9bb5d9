/** A program of the in-memory driver: what an executable file is to a machine. Resolves with its exit code. */
export type MemoryProgram = (process: MemoryProcess) => Promise<number>;

export interface MemoryProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** All that is written to its standard input. */
  readonly input: AsyncIterable<Buffer>;
  write(text: string): void;
  /** Waits; rejects when the process is to end. */
  wait(ms: number): Promise<void>;
}

/** As the programs of these names do, as far as the driver's tests and demonstrations need them. */
export const MEMORY_PROGRAMS: Readonly<Record<string, MemoryProgram>> = {
  true: async () => 0,
  false: async () => 1,
  async echo({ argv, write }) {
    write(`${argv.slice(1).join(' ')}\n`);
    return 0;
  },
  async env({ env, write }) {
    for (const [name, value] of Object.entries(env)) write(`${name}=${value}\n`);
    return 0;
  },
  async sleep({ argv, wait }) {
    await wait(Number(argv[1]) * 1000);
    return 0;
  },
  async cat({ input, write }) {
    for await (const part of input) write(part.toString());
    return 0;
  },
  /** `exit N`: which a shell would do. */
  exit: async ({ argv }) => Number(argv[1] ?? 0),
};
