import type { Command } from 'commander';
import type { Config } from './config.ts';
import { moveControlStore } from './control-store.ts';
import { backupControlStore } from './control-store-backup.ts';
import { adoptBucket, restoreControlStore, restoredControlStore } from './control-store-restore.ts';
import type { RestoreFlags } from './control-store-restore.ts';

interface Shell {
  readonly settings: (flags?: NodeJS.ProcessEnv) => Config;
  readonly print: (text: string) => void;
}

/** `pilvi control-store`: where the control data lies, and what to do against its loss. */
export function addControlStoreCommands(program: Command, { settings, print }: Shell): void {
  const store = program.command('control-store').description('the control data: the map of the cluster, its buckets, who joined');
  store
    .command('move')
    .description('move it from the gateway of the running cluster to etcd, while it serves (PILVI_ETCD_CA, _CERT, _KEY)')
    .argument('<target>', 'etcd://host:port,host:port')
    .action(async (target: string) => {
      print(await moveControlStore(settings({ PILVI_CONTROL_STORE: target })));
    });
  store
    .command('backup')
    .description('write it to a file, at one revision, while the cluster serves')
    .argument('<file>')
    .action(async (file: string) => {
      await backupControlStore(settings(), file, print);
    });
  store
    .command('restore')
    .description('put a backup in the place of control data that is lost; what the storage nodes know better counts')
    .argument('<file>')
    .option('--without <nodes...>', 'storage nodes that are lost for ever: nobody waits for them', [])
    .option('--accept-loss', 'although lost nodes alone may have acknowledged writes', false)
    .action(async (file: string, flags: RestoreFlags) => {
      await restoreControlStore(settings(), file, flags, print);
    });
  store
    .command('restored')
    .description('what the last restore came to')
    .action(async () => {
      print(await restoredControlStore(settings()));
    });
  store
    .command('adopt')
    .description('name a bucket again that was created after the backup which was restored')
    .argument('<id>')
    .argument('<name>')
    .action(async (id: string, name: string) => {
      print(await adoptBucket(settings(), id, name));
    });
}
