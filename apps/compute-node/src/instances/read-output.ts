import { readFile, stat } from 'node:fs/promises';
import { taskId } from '@pilvi/instance-driver';
import type { InstanceDriver } from '@pilvi/instance-driver';
import type { Clock } from '@pilvi/runtime';
import { consoleFile } from './begin-run.ts';

/** The newest bytes of an instance's output: of the run that goes on, or of the last one, which was kept when it ended. */
export async function readOutput(
  components: { readonly driver: Pick<InstanceDriver, 'readConsole'>; readonly clock: Clock; readonly consoleDirectory: string },
  instanceId: string,
  maxBytes: number,
): Promise<{ output: Buffer; writtenMs: number }> {
  const output = await components.driver.readConsole(taskId(instanceId), maxBytes).catch(() => undefined);
  if (output !== undefined) return { output, writtenMs: components.clock.wallMs() };
  const file = consoleFile(components, instanceId);
  const earlier = await readFile(file).catch(() => Buffer.alloc(0));
  return { output: earlier.subarray(-maxBytes), writtenMs: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 };
}
