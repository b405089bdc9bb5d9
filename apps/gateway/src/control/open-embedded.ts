import { join } from 'node:path';
import type { Incarnation } from '@pilvi/cluster-map';
import { createGrpcMirror, holdsControlData, openControlCopy, openEmbeddedControlStore, readRestoreRequest } from '@pilvi/control-store';
import type { ControlCopy, ControlMirror } from '@pilvi/control-store';
import type { Clock, Logger, Random, Supervisor } from '@pilvi/runtime';
import { dial } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { nameFirstMirrors, nameMirrors, runMirrorController } from '../cluster/control-mirrors.ts';
import type { FirstContacts } from '../cluster/first-contact.ts';
import type { MapKeeper } from '../cluster/map-keeper.ts';
import type { NodeReports } from '../cluster/node-reports.ts';
import type { OpenedControl } from './opened-control.ts';
import { prepareRestore } from './restore/prepare-restore.ts';
import type { PreparedRestore } from './restore/prepare-restore.ts';

/** How long a start waits for the nodes that may hold a newer copy of the control store (E2). */
const CONTACT_BOUND_MS = 1_500;
/** A cluster whose own copy is gone, or that is new, cannot begin without its nodes. */
const FIRST_START_BOUND_MS = 60_000;

export interface EmbeddedComponents {
  readonly maps: MapKeeper;
  readonly reports: NodeReports;
  readonly contacts: FirstContacts;
  readonly security: (address: string) => Security;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  /** Why the gateway cannot serve yet, for a person. */
  readonly onWaiting: (reason: string) => void;
  readonly fail: (error: unknown) => void;
}

/** The control store of the one gateway, with the newest copy there is (E2), and the nodes that mirror it (E1). */
export async function openEmbedded(
  components: EmbeddedComponents,
  config: { readonly dataDir: string; readonly expectedNodes: number; readonly foundingNodes: number },
  signal: AbortSignal,
): Promise<OpenedControl> {
  const { contacts, maps, clock, random, log, supervisor } = components;
  const mirrorAt = createMirrorPool(components.security);
  const directory = join(config.dataDir, 'control');
  const restored = await restoreIfAsked(components, directory, config.dataDir, signal);
  const isKnown = (): boolean => contacts.all.some((c) => c.clusterId !== '');
  const gather = async (): Promise<ControlMirror[]> => {
    await contacts.gather(config.expectedNodes, CONTACT_BOUND_MS, signal);
    if (!isKnown()) await contacts.gather(config.foundingNodes, FIRST_START_BOUND_MS, signal);
    return contacts.all.map((c) => mirrorAt(c.incarnation, c.address));
  };
  const [own, candidates] = await openBeside(directory, gather());
  const expectedCandidates = isKnown() ? config.expectedNodes : config.foundingNodes;
  const clusterId = restored?.clusterId ?? contacts.all.find((c) => c.clusterId !== '')?.clusterId;
  const control = await openEmbeddedControlStore({
    directory,
    own,
    restored,
    clock,
    random,
    log,
    candidates,
    expectedCandidates,
    // A lost node has no copy: prepareRestore has heard all others.
    mayBeNew: restored !== undefined,
    ...(clusterId === undefined ? {} : { clusterId }),
    onFatal: components.fail,
  });
  const name = (): void => {
    nameMirrors({ control, maps, contacts, mirrorAt });
  };
  const unsubscribe = [maps.subscribe(name), contacts.subscribe(name)];
  const close = async (): Promise<void> => {
    for (const end of unsubscribe) end();
    await control[Symbol.asyncDispose]();
  };
  try {
    name();
    await control.serving(signal);
    // A new cluster: whatever is written first is on its nodes too (E1).
    if (control.requiredMirrors.length === 0) await nameFirstMirrors({ control, contacts, clock }, signal);
  } catch (error) {
    await close();
    throw error;
  }
  supervisor.run('mirrors', (stop) => runMirrorController({ control, maps, reports: components.reports, clock, log }, stop), {
    onFailure: 'restart',
  });
  return { control, clusterId: control.clusterId, verifyOwnCopy: control.verify, [Symbol.asyncDispose]: close };
}

/** The own copy, which is read while the nodes call. */
async function openBeside<T>(directory: string, gathering: Promise<T>): Promise<[ControlCopy, T]> {
  const opening = openControlCopy({ directory });
  try {
    return await Promise.all([opening, gathering]);
  } catch (error) {
    await opening.then(
      (own) => own[Symbol.asyncDispose](),
      () => undefined,
    );
    throw error;
  }
}

/** Where the own copy is gone; whether the nodes' are too, the nodes say. */
async function restoreIfAsked(
  components: EmbeddedComponents,
  directory: string,
  dataDir: string,
  signal: AbortSignal,
): Promise<PreparedRestore | undefined> {
  if ((await readRestoreRequest(dataDir)) === undefined || (await holdsControlData(directory))) return undefined;
  return prepareRestore(components, { dataDir, isEmbedded: true }, signal);
}

/** The mirror of a node at an address; the same one for the same arguments. */
function createMirrorPool(security: (address: string) => Security): (id: Incarnation, address: string) => ControlMirror {
  const mirrors = new Map<string, ControlMirror>();
  return (id, address) => {
    const name = `${id} ${address}`;
    let mirror = mirrors.get(name);
    if (mirror === undefined)
      mirrors.set(name, (mirror = createGrpcMirror({ id, channel: dial({ address, security: security(address) }) })));
    return mirror;
  };
}
