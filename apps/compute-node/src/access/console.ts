import { Readable } from 'node:stream';
import type { WayIn } from './way-in.ts';

/** Shows a console. */
export function openConsole(console: AsyncIterable<Buffer>): WayIn {
  const output = Readable.from(console, { objectMode: false });
  return { input: undefined, output, ended: Promise.resolve(0), leave: () => void output.destroy() };
}
