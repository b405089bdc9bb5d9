import type { AccessBegin } from '@pilvi/contracts/compute/v1/access';
import { InstanceState } from '@pilvi/contracts/compute/v1/instance';
import { taskId } from '@pilvi/instance-driver';
import type { InstanceDriver } from '@pilvi/instance-driver';
import type { InstanceNetwork } from '@pilvi/instance-network';
import type { InstanceKeeper } from '../instances/instance-keeper.ts';
import { openCommand } from './command.ts';
import { openConnection } from './connection.ts';
import { openConsole } from './console.ts';
import { NoWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

const CONSOLE_BYTES = 64 * 1024;
const PORT_MAX = 65_535;

interface Components {
  readonly driver: InstanceDriver;
  readonly network: Pick<InstanceNetwork, 'connect'>;
  readonly keeper: Pick<InstanceKeeper, 'console' | 'observed'>;
}

/** Opens what was asked for. Throws NoWayIn, in words for people. */
export async function openWayIn(components: Components, { instanceId, what }: AccessBegin, signal: AbortSignal): Promise<WayIn> {
  const { driver, network, keeper } = components;
  const state = keeper.observed().find((observed) => observed.instanceId === instanceId)?.state;
  if (state === undefined || state === InstanceState.TERMINATED) throw new NoWayIn(`this node does not know ${instanceId}`);
  const id = taskId(instanceId);
  const isRunning = state === InstanceState.RUNNING;
  const mustRun = (): void => {
    if (!isRunning) throw new NoWayIn(`${instanceId} does not run`);
  };
  switch (what?.$case) {
    case 'command':
      mustRun();
      return openCommand(driver, id, what.value, signal);
    case 'console':
      if (isRunning && what.value.follow) return openConsole(driver.followConsole(id, signal));
      return openConsole(wholeConsole(keeper, instanceId));
    case 'connection': {
      mustRun();
      const { port } = what.value;
      if (port < 1 || port > PORT_MAX) throw new NoWayIn(`${port} is no port`);
      return openConnection(network.connect(instanceId, port), port);
    }
    case undefined:
      throw new NoWayIn('nothing was asked for');
  }
}

async function* wholeConsole(keeper: Components['keeper'], instanceId: string): AsyncIterable<Buffer> {
  const console = await keeper.console(instanceId, CONSOLE_BYTES);
  if (console !== undefined) yield console.output;
}
