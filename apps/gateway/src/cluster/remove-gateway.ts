import type { ControlStore } from '@pilvi/control-store';
import { MemberRefusal } from './change-member.ts';
import { gatewayAddressKey } from './gateway-directory.ts';
import { GATEWAY_PREFIX } from './keys.ts';

/** Whether it is the name of a gateway that entered itself (gateway-directory.ts). */
export async function isKnownGateway(control: ControlStore, name: string): Promise<boolean> {
  return (await control.get(gatewayAddressKey(name))) !== undefined;
}

/** Nodes are told to leave it. Throws MemberRefusal while it runs, for it would enter itself again. */
export async function removeGateway(control: ControlStore, name: string, own: string): Promise<void> {
  if (name === own) throw new MemberRefusal(`${name} is the gateway that is asked: ask another one`);
  if ((await control.get(GATEWAY_PREFIX + name)) !== undefined) throw new MemberRefusal(`${name} runs: stop it first`);
  await control.txn([], [{ kind: 'delete', key: gatewayAddressKey(name) }]);
}
