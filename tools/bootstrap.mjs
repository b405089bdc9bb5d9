// Makes a fresh clone ready, then runs the program named on the command line on the pinned Node:
//   node tools/bootstrap.mjs [program.ts [arguments]]
// Runs on any Node >= 20 with nothing installed. What it does when needed, and says so:
//   1. the packages of package-lock.json, when node_modules is missing or older than package-lock.json;
//   2. the pinned Node's binary, when its install script was blocked.
//   3. before a cluster with compute nodes starts, as root on Debian or Ubuntu: the packages that they need. PILVI_NO_APT=1 leaves that out.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { installLine, mayInstallPackages, missingPackages } from './debian-packages.mjs';
import { pinnedNodePath, repositoryRoot, runPinned } from './pinned-node.mjs';

const OLDEST_NODE = 20;
const lockFile = join(repositoryRoot, 'package-lock.json');
const stamp = join(repositoryRoot, 'node_modules', '.pilvi-installed');
const installing = join(repositoryRoot, '.nx', 'installing');
const nodePackage = join(repositoryRoot, 'node_modules', 'node');

await bootstrap();
const [program, ...rest] = process.argv.slice(2);
if (program?.endsWith('apps/pilvi/src/main.ts') && rest[0] === 'up') await prepareCompute();
if (program !== undefined) await runPinned([program, ...rest]);

async function bootstrap() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE)
    fail(`Node ${OLDEST_NODE} or newer is needed, this is ${process.version}.`);
  if (!installed()) await installPackages();
  if (!pinnedNodeWorks()) await installPinnedNode();
}

/** The store needs none of it: whatever fails here, the cluster starts, and says what compute lacks. */
async function prepareCompute() {
  const missing = process.env.PILVI_COMPUTE_NODES === '0' ? [] : missingPackages();
  if (missing.length === 0 || process.env.PILVI_NO_APT === '1' || !mayInstallPackages()) return;
  const line = installLine(missing);
  say(`instances need Debian packages, which are installed now (PILVI_NO_APT=1 starts without them):\n  ${line}`);
  const problem = await attempt('sh', ['-ec', line], repositoryRoot, { DEBIAN_FRONTEND: 'noninteractive' });
  if (problem !== undefined) say(`they could not be installed: ${problem}`);
}

/** The stamp names the lock file that was installed; npm's own record serves where the tree was installed by hand. */
function installed() {
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === lockDigest();
  const npmRecord = join(repositoryRoot, 'node_modules', '.package-lock.json');
  return existsSync(npmRecord) && statSync(npmRecord).mtimeMs >= statSync(lockFile).mtimeMs;
}

function lockDigest() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

async function installPackages() {
  say('installing packages, once; this takes about a minute ...');
  // Two starts at once must not both write node_modules.
  mkdirSync(join(repositoryRoot, '.nx'), { recursive: true });
  try {
    mkdirSync(installing);
  } catch {
    fail(`another installation is under way (if not, remove ${installing} and start again).`);
  }
  const startedMs = Date.now();
  try {
    // Not `npm ci`: it refuses a lock file that lacks another platform's optional packages, and npm leaves those out when the registry
    // has not got them. This installs exactly what is locked as well, and with --no-save writes neither package.json nor the lock file.
    await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], repositoryRoot);
    writeFileSync(stamp, lockDigest());
  } finally {
    rmSync(installing, { recursive: true, force: true });
  }
  say(`installed in ${Math.round((Date.now() - startedMs) / 1000)} s`);
}

function pinnedNodeWorks() {
  if (!existsSync(pinnedNodePath)) return false;
  const wanted = JSON.parse(readFileSync(join(nodePackage, 'package.json'), 'utf8')).version;
  const probe = spawnSync(pinnedNodePath, ['--version'], { encoding: 'utf8' });
  return probe.status === 0 && probe.stdout.trim() === `v${wanted}`;
}

/** The npm package `node` fetches its binary in an install script, which npm may have been told not to run. */
async function installPinnedNode() {
  say('fetching the pinned Node ...');
  await run(process.execPath, ['installArchSpecificPackage.js'], nodePackage);
  if (!pinnedNodeWorks()) fail('the pinned Node does not run on this machine.');
}

async function run(command, args, cwd) {
  const problem = await attempt(command, args, cwd);
  if (problem === undefined) return;
  rmSync(installing, { recursive: true, force: true });
  fail(problem);
}

/**
 * Runs a step with a sign of life every few seconds; its output goes to standard error, so that standard output stays the program's. Answers what went
 * wrong, or nothing.
 */
async function attempt(command, args, cwd, env = {}) {
  const startedMs = Date.now();
  const sign = setInterval(() => say(`... ${Math.round((Date.now() - startedMs) / 1000)} s`), 5000);
  const child = spawn(command, args, { cwd, stdio: ['ignore', 2, 2], env: { ...stepEnvironment(), ...env } });
  const code = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  clearInterval(sign);
  return code === 0 ? undefined : `${command} ${args.join(' ')} failed: ${code}`;
}

/** Without what the outer `npm start` set for its own run. */
function stepEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_(?!registry|cache|userconfig)|package|lifecycle|command)/i.test(name)),
  );
}

function say(text) {
  process.stderr.write(`pilvi: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
