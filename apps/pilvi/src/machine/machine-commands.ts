import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { init } from './init.ts';
import type { InitFlags } from './init.ts';
import { join } from './join.ts';
import type { JoinFlags } from './join.ts';
import { createToken, listTokens, revokeToken } from './token.ts';

interface Shell {
  readonly settings: () => Config;
  readonly print: (text: string) => void;
}

/** `pilvi init`, `token` and `join`: clusters of several machines. */
export function addMachineCommands(program: Command, { settings, print }: Shell): void {
  machineOptions(program.command('init').description('make a cluster of several machines, of which this is the first'))
    .option('--nodes <count>', 'place data when so many storage nodes have joined (default: as many as copies)', wholeNumber)
    .action(async (flags: InitFlags) => {
      print(await init(settings(), process.env, flags));
    });
  machineOptions(program.command('join').description('make this machine one of a cluster'))
    .argument('<gateway>', 'host:port of a gateway (where S3 is served)')
    .requiredOption('--token <token>', 'from "npx pilvi token create" on a machine with a gateway')
    .option('--replace', 'the machine of this name is gone for good, or is this one', false)
    .action(async (gateway: string, flags: JoinFlags) => {
      print(await join(settings(), process.env, gateway, flags));
    });
  const token = program.command('token').description('tokens with which machines join; each is good for one machine');
  token
    .command('create')
    .description('print a new token')
    .option('--ttl <duration>', 'how long it may be used: 90s, 30m, 2h, 7d at most', '1h')
    .action(async (flags: { ttl: string }) => {
      print(await createToken(settings(), flags));
    });
  token
    .command('list')
    .description('tokens, and what became of them')
    .action(async () => {
      print(await listTokens(settings()));
    });
  token
    .command('revoke')
    .description('make a token useless')
    .argument('<id>', 'as listed')
    .action(async (id: string) => {
      print(await revokeToken(settings(), id));
    });
}

function machineOptions(command: Command): Command {
  return command
    .addOption(new Option('--name <name>', "of this machine (default: the host's)"))
    .option('--role <roles>', 'gateway, storage, or both separated by a comma', 'storage,gateway')
    .requiredOption('--zone <zone>', 'failure domain: a room, a rack, a power supply')
    .requiredOption(
      '--advertise <address>',
      'host or host:port at which the other machines reach this one; gRPC is at this port (9100) and the next',
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('write a whole number above 0');
  return Number(text);
}
