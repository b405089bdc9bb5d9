import { Command, Option } from 'commander';
import { RuntimeError } from '@pilvi/runtime';
import { TransportError } from '@pilvi/transport';
import { CommandError } from './command-error.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { addControlStoreCommands } from './control-store-commands.ts';
import { env } from './env.ts';
import { addImageCommands } from './image/image-commands.ts';
import { addInstanceCommands } from './instance/instance-commands.ts';
import { addMachineCommands } from './machine/machine-commands.ts';
import { addMemberCommands } from './member-commands.ts';
import { metrics } from './metrics.ts';
import { scrub } from './scrub.ts';
import { secrets } from './secrets.ts';
import type { SecretsRequest } from './secrets.ts';
import { status } from './status.ts';
import { up } from './up.ts';
import { where } from './where.ts';

const program = new Command('pilvi')
  .description('A self-hosted mini-cloud. Settings are PILVI_* variables; see README.md.')
  .option('--data <dir>', 'data directory (PILVI_DATA_DIR)');

program
  .command('up', { isDefault: true })
  .description('run a whole cluster on this machine, or what this machine is in a cluster of several, until Ctrl-C')
  .addOption(new Option('--transport <kind>', 'gRPC between the processes').choices(['unix', 'tcp']).env('PILVI_TRANSPORT').default('unix'))
  .action(async (flags: { transport: string }) => {
    process.exitCode = await up(settings({ PILVI_TRANSPORT: flags.transport }), process.env, print);
  });

program
  .command('env')
  .description('print exports for the aws command line: eval "$(npx pilvi env)"')
  .action(async () => {
    print(await env(settings()));
  });

program
  .command('status')
  .description('nodes, zones, partitions by health, and space')
  .option('--json', 'as JSON', false)
  .action(async (flags: { json: boolean }) => {
    print(await status(settings(), flags));
  });

addMemberCommands(program, { settings, print });

program
  .command('where')
  .description('which nodes hold each piece of an object, and whether each piece is sound')
  .argument('<url>', 's3://bucket/key')
  .option('--json', 'as JSON', false)
  .action(async (url: string, flags: { json: boolean }) => {
    print(await where(settings(), url, flags));
  });

program
  .command('scrub')
  .description('read everything on every node again; what is damaged is mended from other copies')
  .option('--no-wait', 'do not wait for the end')
  .action(async (flags: { wait: boolean }) => {
    await scrub(settings(), flags, print);
  });

program
  .command('metrics')
  .description('what a process tells Prometheus')
  .argument('[name]', 'gateway-1, storage-1, ...', 'gateway-1')
  .action(async (name: string) => {
    print(await metrics(settings(), name));
  });

addControlStoreCommands(program, { settings, print });

program
  .command('secrets')
  .description(
    'make the certificates and keys of a cluster of containers or machines, each process in a directory of its own; what is there is left',
  )
  .argument('<dir>', 'DIR/authority and DIR/NAME are made')
  .option('--gateway <names...>', 'gateways, which get the root key and a way to etcd too', [])
  .option('--storage-node <names...>', 'storage nodes', [])
  .option('--compute-node <names...>', 'compute nodes', [])
  .option('--etcd <names...>', 'members of etcd', [])
  .option('--load-balancer <names...>', 'what serves HTTPS', [])
  .addOption(
    new Option('--hosts <hosts>', 'by which clients reach the load balancer').env('PILVI_TLS_HOSTS').default('localhost,127.0.0.1'),
  )
  .option('--owner <uid:gid>', 'who runs them, but for etcd')
  .action(async (dir: string, flags: SecretsRequest) => {
    await secrets(settings(), dir, flags, print);
  });

addImageCommands(program, { settings, print });
addInstanceCommands(program, { settings, print });
addMachineCommands(program, { settings, print });

// A reader that has seen enough (`pilvi where ... | head`) is no error, and no reason for `up` to leave its processes behind.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  // What the world did is told in a line; what we did wrong, with its stack.
  const expected = error instanceof CommandError || error instanceof RuntimeError || error instanceof TransportError;
  process.stderr.write(`pilvi: ${expected ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
}

/** Of the environment and the flag that all commands have. */
function settings(flags: NodeJS.ProcessEnv = {}): Config {
  const { data } = program.opts<{ data?: string }>();
  return readConfig({ ...process.env, ...flags, ...(data === undefined ? {} : { PILVI_DATA_DIR: data }) });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
