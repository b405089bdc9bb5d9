import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { connect } from './connect.ts';
import { forward, parseForwarding } from './forward.ts';
import { logs } from './logs.ts';

interface Shell {
  readonly settings: () => Config;
  readonly print: (text: string) => void;
}

/** `pilvi connect`, `logs` and `forward`: ways into an instance. */
export function addInstanceCommands(program: Command, { settings, print }: Shell): void {
  program
    .command('connect')
    .description('a shell in an instance, or: pilvi connect i-... -- command')
    .argument('<instance>', 'i-...')
    .argument('[command...]', 'with its arguments; its exit code is passed on')
    .action(async (instanceId: string, command: readonly string[]) => {
      process.exitCode = await connect(settings(), instanceId, command);
    });
  program
    .command('logs')
    .description("what an instance's console shows")
    .argument('<instance>', 'i-...')
    .option('-f, --follow', 'go on until its run ends', false)
    .action(async (instanceId: string, flags: { follow: boolean }) => {
      await logs(settings(), instanceId, flags);
    });
  program
    .command('forward')
    .description('make a port of an instance one of this machine, on 127.0.0.1, until Ctrl-C')
    .argument('<instance>', 'i-...')
    .argument('<ports>', '8080:80')
    .action(async (instanceId: string, ports: string) => {
      const stopping = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM'] as const)
        process.once(name, () => {
          stopping.abort();
        });
      await forward(settings(), instanceId, parseForwarding(ports), { say: print, signal: stopping.signal });
    });
}
