import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

const repository = join(import.meta.dirname, '../..');
const SHOWN_LINES = 30;
/** Nothing that a cluster does may wait for a name server outside. */
const CUT_OFF = join(import.meta.dirname, 'no-names-outside.yaml');

/** deploy/compose.yaml as a project of its own, gone with its volumes at disposal. */
export interface ComposeProject extends AsyncDisposable {
  readonly http: string;
  readonly https: string;
  /** `docker compose ...args`, its standard output. Throws with what it said when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** The same with a further file, of deploy/ or anywhere. */
  runWith(file: string, ...args: readonly string[]): Promise<string>;
  /** What `pilvi env` prints in a gateway's container. */
  credentials(): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
}

/** `command`: the words of docker compose. `files`: of deploy/, beside compose.yaml. */
export async function composeProject(command: string, files: readonly string[] = []): Promise<ComposeProject> {
  const [program, ...words] = command.split(' ');
  if (program === undefined || program === '') throw new Error('there is no docker compose of version 2 (npm run e2e finds or builds one)');
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const env = { PILVI_PORT: String(httpPort), PILVI_TLS_PORT: String(httpsPort) };
  const compose = (more: readonly string[], args: readonly string[]): Promise<string> => {
    const named = ['compose.yaml', ...files, ...more].map((file) => resolve(repository, 'deploy', file));
    return output(program, [...words, '-p', 'pilvi-e2e', ...[...named, CUT_OFF].flatMap((file) => ['-f', file]), ...args], env);
  };
  const run = (...args: readonly string[]): Promise<string> => compose([], args);
  return {
    http: `http://127.0.0.1:${httpPort}`,
    https: `https://localhost:${httpsPort}`,
    run,
    runWith: (file, ...args) => compose([file], args),
    async credentials() {
      const printed = await run('exec', '-T', 'gateway-1', 'pilvi', 'env');
      const value = (name: string): string => new RegExp(`^export ${name}=(.*)$`, 'm').exec(printed)?.[1] ?? '';
      return { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') };
    },
    async [Symbol.asyncDispose]() {
      await compose(['add-node.yaml'], ['down', '--volumes', '--remove-orphans', '--timeout', '20']);
    },
  };
}

async function output(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(program, args, { cwd: repository, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, all] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    all += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => (all += data.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  if ((await promise) === 0) return out;
  const said = all.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  throw new Error(`docker compose ${args.slice(-4).join(' ')} failed:\n${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
