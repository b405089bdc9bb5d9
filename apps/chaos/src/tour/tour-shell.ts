import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLI } from '../cluster.ts';

/** A shell in which one block of commands after the other is run: what a block sets, the next one finds. */
export interface TourShell extends Disposable {
  /** What the commands printed, errors among it. */
  run(commands: string): Promise<string>;
}

/** In this directory, where `npx pilvi` is the command line of this checkout and the cluster's data is `.pilvi`. */
export async function openTourShell(directory: string): Promise<TourShell> {
  const bin = join(directory, '.bin');
  await mkdir(bin);
  await writeFile(join(bin, 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  await chmod(join(bin, 'npx'), 0o755);
  const child = spawn('bash', [], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      PILVI_DATA_DIR: join(directory, '.pilvi'),
      AWS_PAGER: '',
      COLUMNS: '200',
    },
  });
  child.stdout.setEncoding('utf8');
  child.stdin.write('exec 2>&1\n');
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the shell ended')));
  ended.catch(() => undefined);
  return {
    run(commands) {
      const mark = randomBytes(16).toString('hex');
      const output = new Promise<string>((resolve) => {
        let said = '';
        const hear = (part: string): void => {
          said += part;
          if (!said.includes(mark)) return;
          child.stdout.off('data', hear);
          resolve(said.slice(0, said.indexOf(mark)));
        };
        child.stdout.on('data', hear);
        // Of this shell's own input nothing is theirs: it has the commands that come next.
        child.stdin.write(`{\n${commands}\n} </dev/null\necho ${mark}\n`);
      });
      return Promise.race([output, ended]);
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
