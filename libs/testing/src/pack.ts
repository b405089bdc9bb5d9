// Makes the package that is published, plain ESM with .d.ts, as a tarball: `node libs/testing/src/pack.ts [DIRECTORY]` prints its path.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const here = fileURLToPath(new URL('..', import.meta.url));
const root = join(here, '..', '..');
const dist = mkdtempSync(join(tmpdir(), 'pilvi-pack-'));
const destination = resolve(process.argv[2] ?? '.');

mkdirSync(destination, { recursive: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [tsc, '-p', join(here, 'tsconfig.dist.json'), '--outDir', dist], { stdio: ['ignore', 2, 2] });
const { name, version, license, dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as PackageJson;
writeFileSync(join(dist, 'package.json'), JSON.stringify(published({ name, version, license, dependencies }), undefined, 2));
copyFileSync(join(here, 'README.md'), join(dist, 'README.md'));
copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', destination], { cwd: dist, encoding: 'utf8' });
const [tarball] = Object.values(JSON.parse(packed) as Record<string, { readonly filename: string }>);
rmSync(dist, { recursive: true });
process.stdout.write(`${join(destination, tarball!.filename)}\n`);

/** What of our own package.json others need, and where what was built lies. Pure. */
function published(own: PackageJson): object {
  return {
    ...own,
    description: 'Pilvi, an S3-compatible store, in containers for tests; and a cluster of it that can be broken on purpose',
    keywords: ['testcontainers', 's3', 'testing', 'chaos'],
    type: 'module',
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    files: ['*.js', '*.d.ts', 'README.md', 'LICENSE'],
    engines: { node: '>=20.18.1' },
  };
}
