import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Engine } from './engine.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Container = ReturnType<Engine['docker']['getContainer']>;

/** Runs a command in a container that runs. */
export async function runInContainer(
  container: Container,
  command: readonly string[],
  options: { user?: string } = {},
): Promise<CommandResult> {
  const exec = await container.exec({
    Cmd: [...command],
    AttachStdout: true,
    AttachStderr: true,
    ...(options.user === undefined ? {} : { User: options.user }),
  });
  const stream = await exec.start({});
  const [stdout, stderr] = [collect(), collect()];
  const modem = container.modem as { demuxStream(stream: NodeJS.ReadableStream, ...to: NodeJS.WritableStream[]): void };
  modem.demuxStream(stream, stdout.stream, stderr.stream);
  await finished(stream);
  const { ExitCode } = await exec.inspect();
  return { exitCode: ExitCode ?? -1, stdout: stdout.text(), stderr: stderr.text() };
}

/** What a container has written so far, both streams. */
export async function readLogs(container: Container, tail?: number): Promise<string> {
  const raw = await container.logs({ stdout: true, stderr: true, ...(tail === undefined ? {} : { tail }) });
  return demultiplex(raw);
}

const HEADER_BYTES = 8;

/** The engine puts a header before every piece: one byte for the stream, three zeros, four bytes for the length (Docker API, "Stream format"). */
function demultiplex(raw: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= raw.length;) {
    const end = at + HEADER_BYTES + raw.readUInt32BE(at + 4);
    pieces.push(raw.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}

function collect(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  return { stream, text: () => Buffer.concat(pieces).toString() };
}
