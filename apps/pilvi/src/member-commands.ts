import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Config } from './config.ts';
import { drainNode, removeNode, setCopies, undrainNode } from './members.ts';
import { node } from './node.ts';
import type { NodeVerb } from './node.ts';

interface Shell {
  readonly settings: () => Config;
  readonly print: (text: string) => void;
}

const PROCESSES: Readonly<Record<NodeVerb, string>> = {
  stop: 'end a process on this machine; it stays down until it is started',
  start: 'start a stopped process on this machine',
  kill: 'kill -9 of a process on this machine; it is started again',
};

/** `pilvi node` and `pilvi cluster`: what the cluster consists of. */
export function addMemberCommands(program: Command, { settings, print }: Shell): void {
  const nodes = program
    .command('node')
    .description('nodes: try failures on this machine (stop, start, kill), and take them out of the cluster');
  for (const [verb, description] of Object.entries(PROCESSES) as [NodeVerb, string][])
    nodes
      .command(verb)
      .description(description)
      .argument('<name>', 'storage-1, gateway-1, ...')
      .action(async (name: string) => {
        print(await node(settings(), verb, name));
      });
  nodes
    .command('drain')
    .description('move all data of a node to others, while it serves on')
    .argument('<name>', 'as "npx pilvi status" tells it')
    .option('--no-wait', 'do not wait for the end')
    .action(async (name: string, flags: { wait: boolean }) => {
      await drainNode(settings(), name, flags, print);
    });
  nodes
    .command('undrain')
    .description('let a node that is drained take data again')
    .argument('<name>')
    .action(async (name: string) => {
      print(await undrainNode(settings(), name));
    });
  nodes
    .command('remove')
    .description('take a node that is drained or dead out of the cluster, or a gateway that is stopped')
    .argument('<name>')
    .option('--accept-loss', 'although other nodes cannot be reached either', false)
    .action(async (name: string, flags: { acceptLoss: boolean }) => {
      print(await removeNode(settings(), name, flags));
    });
  program
    .command('cluster')
    .description('settings of the cluster')
    .command('set')
    .description('change one, and wait until everything follows it')
    .addArgument(new Argument('<setting>').choices(['copies']))
    .argument('<value>', 'of everything; they can only be raised')
    .option('--no-wait', 'do not wait for the end')
    .action(async (_setting: string, copies: string, flags: { wait: boolean }) => {
      await setCopies(settings(), copies, flags, print);
    });
}
