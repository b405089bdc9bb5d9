import { createServer, isIP } from 'node:net';
import type { Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { InstanceState } from '@pilvi/contracts/compute/v1/instance';
import type { ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import { taskId } from '@pilvi/instance-driver';
import type { InstanceDriver } from '@pilvi/instance-driver';
import type { InstanceNetwork } from '@pilvi/instance-network';
import type { Logger, Supervisor } from '@pilvi/runtime';
import ssh2 from 'ssh2';
import type { Connection } from 'ssh2';
import { BUSYBOX } from '../access/command.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import { authenticate } from './authenticate.ts';
import type { KeyBook } from './authenticate.ts';
import { createHostKeys } from './host-keys.ts';
import { findLoginUser } from './login-users.ts';
import type { LoginUser } from './login-users.ts';
import { serveSession } from './session.ts';

interface Components {
  readonly driver: InstanceDriver;
  readonly network: Pick<InstanceNetwork, 'connect' | 'standIn'>;
  readonly store: InstanceStore;
  readonly observed: () => readonly ObservedInstance[];
  readonly hostKeyDirectory: string;
  readonly log: Logger;
  readonly supervisor: Supervisor;
}

interface Door {
  /** Of the run that it was made for: the next run has another network. */
  readonly runningSinceMs: bigint;
  readonly server: TcpServer;
}

const PORT = 22;
const ASK_BOUND_MS = 10_000;

/** SSH at port 22 of every instance that runs and has no server of its own there. */
export function createSshDoors(components: Components): { look(): void; close(): void } {
  const { network, observed, log, supervisor } = components;
  const doors = new Map<string, Door>();
  /** Those that are gone, and their keys with them. */
  let withoutKey: ReadonlySet<string> = new Set();
  const hostKeys = createHostKeys(components.hostKeyDirectory);
  const shut = (instanceId: string): void => {
    doors.get(instanceId)?.server.close();
    doors.delete(instanceId);
  };

  async function open({ instanceId, runningSinceMs }: ObservedInstance): Promise<void> {
    const ssh = new ssh2.Server({ hostKeys: [await hostKeys.of(instanceId)] }, (client) => serveClient(components, instanceId, client));
    const server = createServer((socket) => ssh.injectSocket(socket));
    server.on('error', (error) => log.debug({ err: error, instanceId }, 'an SSH door broke'));
    if (doors.get(instanceId)?.runningSinceMs !== runningSinceMs) {
      // The key may have been made after its instance was gone.
      if (withoutKey.has(instanceId)) await hostKeys.forget(instanceId);
      return;
    }
    doors.set(instanceId, { runningSinceMs, server });
    await network.standIn(instanceId, PORT, server);
  }

  return {
    look() {
      const instances = observed();
      const gone = instances.filter(({ state }) => state === InstanceState.TERMINATED);
      for (const instance of instances) {
        const { instanceId, state, runningSinceMs } = instance;
        const isOpen = doors.get(instanceId)?.runningSinceMs === runningSinceMs;
        if (state !== InstanceState.RUNNING) shut(instanceId);
        if (state === InstanceState.TERMINATED && !withoutKey.has(instanceId))
          supervisor.run('ssh-host-key', () => hostKeys.forget(instanceId));
        if (state !== InstanceState.RUNNING || isOpen) continue;
        shut(instanceId);
        // Noted before it is made, so that nobody else makes it.
        doors.set(instanceId, { runningSinceMs, server: createServer() });
        supervisor.run(`ssh ${instanceId}`, () =>
          open(instance).catch((error: unknown) => log.warn({ err: error, instanceId }, 'SSH cannot be offered at the instance')),
        );
      }
      withoutKey = new Set(gone.map(({ instanceId }) => instanceId));
    },
    close() {
      for (const instanceId of [...doors.keys()]) shut(instanceId);
    },
  };
}

function serveClient(components: Components, instanceId: string, client: Connection): void {
  const { driver, network } = components;
  const id = taskId(instanceId);
  const gone = new AbortController();
  const book = keyBook(components, instanceId);
  let user: LoginUser | undefined;
  client.on('error', () => undefined);
  client.on('close', () => gone.abort());
  client.on('authentication', (context) => {
    authenticate(book, context).then(
      (found) => (user = found ?? user),
      () => context.reject(['publickey']),
    );
  });
  client.on('session', (accept) => {
    if (user !== undefined) serveSession(accept(), user, (command) => driver.exec(id, command, gone.signal));
  });
  client.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const address = destIP === 'localhost' ? '127.0.0.1' : destIP;
    // Names are the instance's own affair, and nobody here resolves for it.
    if (user === undefined || isIP(address) !== 4) {
      reject();
      return;
    }
    const socket = network.connect(instanceId, destPort, address);
    socket.once('error', () => reject());
    socket.once('connect', () => {
      const channel = accept();
      socket.on('error', () => channel.destroy());
      channel.on('error', () => socket.destroy());
      channel.on('close', () => socket.destroy());
      channel.pipe(socket).pipe(channel);
    });
  });
}

/** Asked of the instance itself, so that no link in its files leads out of it. */
function keyBook({ driver, store }: Components, instanceId: string): KeyBook {
  const read = async (path: string, { uid, gid }: { uid: number; gid: number }): Promise<string> => {
    const argv = [BUSYBOX, 'head', '-c', '65536', path];
    const session = await driver.exec(taskId(instanceId), { argv, cwd: '/', user: { uid, gid } }, AbortSignal.timeout(ASK_BOUND_MS));
    session.stderr.resume();
    return text(session.stdout);
  };
  return {
    user: async (name) => findLoginUser(await read('/etc/passwd', { uid: 0, gid: 0 }), name),
    async keys(user) {
      const record = (await store.instances()).find(({ desired }) => desired.instanceId === instanceId);
      const pairs = user.isDefault ? (record?.desired.publicKeys ?? []).map(({ openssh }) => openssh) : [];
      const own = await read(`${user.home}/.ssh/authorized_keys`, user);
      return [...pairs, ...own.split('\n').filter((line) => line.trim() !== '')];
    },
  };
}
