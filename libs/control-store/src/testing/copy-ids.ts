import type { ControlMirror } from '../mirror.ts';

/** The ids of the copies that these mirrors hold now. */
export function copyIds(mirrors: readonly ControlMirror[]): Promise<string[]> {
  const { signal } = new AbortController();
  return Promise.all(mirrors.map(async (mirror) => (await mirror.describe(signal)).copyId));
}
