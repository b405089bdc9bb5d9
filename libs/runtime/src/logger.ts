import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { RuntimeError } from './errors.ts';

export type { Logger };

/** Where a process says what happens: its own file, or standard output, from which a container engine or systemd takes it. */
const DESTINATIONS = ['file', 'stdout'];
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** The log of a process of a cluster: `file`, unless `PILVI_LOG` says `stdout`. Throws RuntimeError `bad-configuration`. */
export function createProcessLogger({ name, file }: { name: string; file: string }): Logger {
  const destination = process.env['PILVI_LOG'] ?? 'file';
  if (!DESTINATIONS.includes(destination)) {
    throw new RuntimeError('bad-configuration', `PILVI_LOG must be one of ${DESTINATIONS.join(', ')}, not "${destination}"`, {
      details: { variable: 'PILVI_LOG' },
    });
  }
  return createLogger(destination === 'file' ? { name, file } : { name });
}

/**
 * JSON lines with `name`, ISO `time` and a readable `level`. `PILVI_LOG_LEVEL` decides what is written (info). Lines are written
 * at once, so that the last words of a dying process are kept. Without a file: standard output.
 */
export function createLogger(options: { name: string; file?: string; level?: string }): Logger {
  const level = options.level ?? process.env['PILVI_LOG_LEVEL'] ?? 'info';
  if (!LEVELS.includes(level)) {
    throw new RuntimeError('bad-configuration', `PILVI_LOG_LEVEL must be one of ${LEVELS.join(', ')}, not "${level}"`, {
      details: { variable: 'PILVI_LOG_LEVEL' },
    });
  }
  if (options.file !== undefined) mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
  return pino(
    { name: options.name, level, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: options.file ?? 1, sync: true, append: true, mode: 0o600 }),
  );
}

/** Writes nothing: for tests and tools. */
export const silentLogger: Logger = pino({ level: 'silent' });
