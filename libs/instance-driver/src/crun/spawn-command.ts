import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { spawn as spawnUnderTerminal } from '@lydell/node-pty';
import { systemClock } from '@pilvi/runtime';
import type { ExecSession, TerminalSize } from '../instance-driver.ts';

/** A program of this machine, with its streams. */
interface SpawnedCommand extends Omit<ExecSession, 'kill' | 'resize'> {
  /** Kills the program itself. */
  end(): void;
}

export function spawnPiped(program: string, args: readonly string[]): SpawnedCommand {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.once('error', reject);
  child.once('close', (code, by) => resolve(code ?? 128 + (by === null ? 0 : constants.signals[by])));
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited: promise, end: () => void child.kill('SIGKILL') };
}

/** What comes out is held here up to this; then the program waits, as for any terminal. */
const HELD_BYTES = 64 * 1024;

/** The program gets a terminal of ours as its own. */
export function spawnTerminal(program: string, args: readonly string[], size: TerminalSize): SpawnedCommand {
  const { promise, resolve } = Promise.withResolvers<number>();
  const terminal = spawnUnderTerminal(program, [...args], {
    cols: size.columns,
    rows: size.rows,
    // Null: bytes, not text.
    encoding: null,
  });
  // What node-pty (1.1.0, pinned) keeps to itself. Its own `write` takes all that it is given, and then stands still, and this process with it, until the
  // program reads.
  const { _socket: socket, fd } = terminal as unknown as { readonly _socket: Socket; readonly fd: number };
  const stdout = new Readable({
    highWaterMark: HELD_BYTES,
    read: () => terminal.resume(),
    // Nobody looks at it any more: it hangs up, and with it the program.
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  terminal.onData((bytes) => {
    if (!stdout.push(bytes)) terminal.pause();
  });
  terminal.onExit(({ exitCode, signal = 0 }) => {
    stdout.push(null);
    resolve(signal === 0 ? exitCode : 128 + signal);
  });
  const write = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length;) {
      if (socket.destroyed) throw new Error('the terminal is closed');
      const written = writeSome(fd, bytes.subarray(at));
      if (written === 0) await systemClock.sleep(WRITE_AGAIN_MS);
      at += written;
    }
  };
  const stdin = new Writable({
    write: (bytes: Buffer, _encoding, done) => void write(bytes).then(() => done(), done),
    // A terminal's input has no end but a character for it.
    final: (done) => void write(END_OF_TRANSMISSION).then(() => done(), done),
  });
  return { stdin, stdout, stderr: Readable.from([]), exited: promise, end: () => terminal.kill('SIGKILL') };
}

const END_OF_TRANSMISSION = Buffer.from([4]);
const WRITE_AGAIN_MS = 10;

/** What the program does not read is not taken. */
function writeSome(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
