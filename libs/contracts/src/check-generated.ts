// Checks that the committed code is what the proto files generate, and that `buf lint` is content. Exit code 1 and what differs, otherwise.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMITTED = fileURLToPath(new URL('./generated', import.meta.url));
const PROTO = fileURLToPath(new URL('../../../proto', import.meta.url));
/** The launcher finds its platform's binary in the package beside it: no postinstall script is needed. */
const BUF = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');

function buf(...args: string[]): void {
  const run = spawnSync(process.execPath, [BUF, ...args], { cwd: PROTO, stdio: 'inherit' });
  if (run.status !== 0) process.exit(1);
}

/** Path under `directory` to content. */
function filesOf(directory: string): Map<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => join(entry.parentPath, entry.name)).map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  );
}

buf('lint');
const scratch = mkdtempSync(join(tmpdir(), 'pilvi-contracts-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
// The plugin's `out` is relative to proto/, and --output goes before it: the same tree in the scratch directory.
buf('generate', '--output', join(scratch, 'proto'));
const fresh = filesOf(join(scratch, 'libs/contracts/src/generated'));
const committed = filesOf(COMMITTED);
const differing = [...new Set([...fresh.keys(), ...committed.keys()])].filter((name) => fresh.get(name) !== committed.get(name)).sort();
if (differing.length > 0) {
  process.stderr.write(
    `generated code is not up to date; run \`npm run generate -w libs/contracts\`:\n${differing.map((name) => `  ${name}\n`).join('')}`,
  );
  process.exitCode = 1;
} else {
  process.stdout.write(`${committed.size} generated files are up to date\n`);
}
