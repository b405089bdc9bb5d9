import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 200;

/** Why Prometheus cannot be tried here, or false. */
export const NO_PROMETHEUS: string | false =
  spawnSync('prometheus', ['--version']).error === undefined && spawnSync('promtool', ['--version']).error === undefined
    ? false
    : 'the Debian package prometheus is not installed';

/** A real Prometheus, with a directory of its own. */
export interface Prometheus extends AsyncDisposable {
  /** The one value that a query answers with. Throws when it answers with none or several. */
  query(expression: string): Promise<number>;
  /** Resolves when the query answers so. Throws, with what it answered last, when it does not within a minute. */
  until(expression: string, value: number): Promise<void>;
}

/** `configuration` is the text of prometheus.yml. */
export async function startPrometheus(configuration: string, port: number): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-prometheus-'));
  const file = join(directory, 'prometheus.yml');
  const logFile = join(directory, 'log');
  await writeFile(file, configuration);
  const options = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${String(port)}`,
  ];
  const child = spawn('prometheus', options, { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.pipe(createWriteStream(logFile));
  const query = async (expression: string): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    const [found, ...others] = data.result;
    if (found === undefined || others.length > 0) throw new Error(`${expression}: ${String(data.result.length)} values`);
    return Number(found.value[1]);
  };
  return {
    query,
    async until(expression, value) {
      const untilMs = performance.now() + PATIENCE_MS;
      for (;;) {
        const found = await query(expression).catch(String);
        if (found === value) return;
        if (performance.now() > untilMs)
          throw new Error(`${expression} is ${String(found)}, not ${String(value)}\n${await readFile(logFile, 'utf8')}`);
        await sleep(LOOK_EVERY_MS);
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
