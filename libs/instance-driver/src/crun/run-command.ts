import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** More than any of our commands says; what comes after it is dropped. */
const OUTPUT_BYTES_MAX = 256 * 1024;

/** Runs a program to its end. Rejects only when it cannot be started, or when `signal` aborts (the program is killed). */
export function runCommand(file: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout: stdout(), stderr: stderr() }));
  });
}

/** Reads a stream to its end, and gives what came as text. */
export function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  stream.on('data', (part: Buffer) => {
    if (sizeBytes < OUTPUT_BYTES_MAX) parts.push(part);
    sizeBytes += part.length;
  });
  return () => Buffer.concat(parts).subarray(0, OUTPUT_BYTES_MAX).toString();
}
