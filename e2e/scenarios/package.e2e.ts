// The library as others get it: packed, installed in a project of its own, its README's programs compiled and run on the oldest Node that it claims.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = join(ROOT, 'libs', 'testing');
const OLDEST_NODE = '20.18.1';
const SKIP = process.env['PILVI_E2E'] === 'smoke' && 'not in the smoke selection';

test(
  "the packed library runs its README's programs in a project of its own, on the oldest Node",
  { timeout: 1_200_000, skip: SKIP },
  async () => {
    await using project = await makeProject();
    const { stdout } = await run(process.execPath, [join(LIBRARY, 'src', 'pack.ts'), project.directory]);
    await project.npm('install', '--no-audit', '--no-fund', stdout.trim());
    const programs = programsOf(await readFile(join(LIBRARY, 'README.md'), 'utf8'));
    assert.ok(programs.length >= 2, 'the README has programs');
    for (const [i, program] of programs.entries()) await writeFile(join(project.directory, `example-${String(i)}.ts`), program);
    await run(process.execPath, [join(project.directory, 'node_modules', 'typescript', 'bin', 'tsc')], { cwd: project.directory });

    const node = join(project.directory, 'node_modules', 'node', 'bin', 'node');
    assert.equal((await run(node, ['--version'])).stdout.trim(), `v${OLDEST_NODE}`);
    const said = [];
    for (const i of programs.keys()) said.push((await run(node, [`example-${String(i)}.js`], { cwd: project.directory })).stdout);
    assert.match(said[0] ?? '', /^meow from http:/);
    assert.match(said[1] ?? '', /underReplicated: 0/);
  },
);

interface Project extends AsyncDisposable {
  readonly directory: string;
  npm(...args: readonly string[]): Promise<unknown>;
}

/** What somebody has who begins with it: TypeScript, strict, and the AWS SDK. */
async function makeProject(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-package-'));
  const { devDependencies, dependencies } = {
    devDependencies: { '@types/node': '20', node: OLDEST_NODE, typescript: '6.0.3' },
    dependencies: { '@aws-sdk/client-s3': '3.1169.0' },
  };
  const manifest = { name: 'my-application', private: true, type: 'module', dependencies, devDependencies, allowScripts: { node: true } };
  const compilerOptions = { target: 'es2022', lib: ['es2022', 'esnext.disposable'], module: 'nodenext', types: ['node'], strict: true };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  return {
    directory,
    npm: (...args) => run('npm', args, { cwd: directory }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The TypeScript in its text. */
function programsOf(readme: string): string[] {
  return [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program]) => program ?? '');
}
