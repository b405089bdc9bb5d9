import type { EtcdConfig, GatewayConfig } from '../config.ts';
import type { ControlHealth } from './control-health.ts';
import { readMoved } from './control-move.ts';
import type { Moved } from './control-move.ts';
import { createFreezableStore } from './freezable-store.ts';
import type { FreezableStore } from './freezable-store.ts';
import { readMovedFile, writeMovedFile } from './moved-file.ts';
import { openEmbedded } from './open-embedded.ts';
import type { EmbeddedComponents } from './open-embedded.ts';
import { openEtcd } from './open-etcd.ts';
import type { OpenedControl } from './opened-control.ts';
import { settleRestore } from './restore/prepare-restore.ts';

/** The control store that this gateway uses, and which engine that is. */
export interface ControlEngine {
  open(signal: AbortSignal): Promise<OpenedControl>;
  /** Of an embedded store: it can be moved. Undefined before it is open, and on etcd. */
  readonly freezable: FreezableStore | undefined;
  /** Where the control data lies; undefined: in this gateway. */
  readonly etcd: EtcdConfig | undefined;
}

/** Decides by the configuration, and by what a move left (control-move.ts). */
export function createControlEngine(
  given: Omit<EmbeddedComponents, 'onWaiting'> & { readonly controlHealth: ControlHealth },
  config: GatewayConfig,
): ControlEngine {
  const components: EmbeddedComponents = { ...given, onWaiting: given.controlHealth.waiting };
  const { dataDir, foundingNodes } = config;
  let freezable: FreezableStore | undefined;
  let etcd: EtcdConfig | undefined;

  function openIn(where: EtcdConfig, moved: Moved | undefined, signal: AbortSignal): Promise<OpenedControl> {
    etcd = where;
    return openEtcd(components, where, { dataDir, foundingNodes, moved }, signal);
  }

  async function openEngine(signal: AbortSignal): Promise<OpenedControl> {
    let moved = await readMovedFile(dataDir);
    const where = config.etcd ?? moved?.etcd;
    if (where !== undefined) return openIn(where, moved, signal);
    const embedded = await openEmbedded(components, config, signal);
    moved = await readMoved(embedded.control);
    if (moved === undefined) {
      freezable = createFreezableStore(embedded.control);
      return { ...embedded, control: freezable };
    }
    // A move was broken off after its mark counted: what is here never serves again (E2).
    await embedded[Symbol.asyncDispose]();
    await writeMovedFile(dataDir, moved);
    throw new Error('the control data was moved to etcd: this gateway starts again there');
  }

  return {
    get freezable() {
      return freezable;
    },
    get etcd() {
      return etcd;
    },
    async open(signal) {
      const opened = await openEngine(signal);
      await settleRestore(opened.control, dataDir);
      return opened;
    },
  };
}
