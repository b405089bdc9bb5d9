import type { ControlStore, KeyValue } from '@pilvi/control-store';

/** Where each gateway of a cluster of several machines is reached: `/gateway-addresses/<name>`. */
const PREFIX = '/gateway-addresses/';
const FORMAT_VERSION = 1;

export function gatewayAddressKey(name: string): string {
  return PREFIX + name;
}

/** gRPC addresses of all gateways, which nodes are told whenever they change. */
export interface GatewayDirectory {
  current(): readonly string[];
  subscribe(listener: (addresses: readonly string[]) => void): () => void;
  /** Enters this gateway, and follows those that come and go, until the signal aborts; throws when the watch is lost, to be run again. */
  follow(control: ControlStore, signal: AbortSignal): Promise<void>;
}

/** `own`: how this gateway is entered; undefined where all gateways are configured. */
export function createGatewayDirectory(
  configured: readonly string[],
  own: { readonly name: string; readonly address: string } | undefined,
): GatewayDirectory {
  const entered = new Map<string, string>();
  const listeners = new Set<(addresses: readonly string[]) => void>();
  const current = (): readonly string[] => [...new Set([...configured, ...[...entered.values()].sort()])];
  const changed = (): void => {
    for (const listener of listeners) listener(current());
  };
  return {
    current,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async follow(control, signal) {
      if (own !== undefined) await enter(control, own);
      const { revision, entries } = await control.range(PREFIX, { signal });
      entered.clear();
      for (const entry of entries) entered.set(entry.key, decode(entry));
      changed();
      for await (const { events } of control.watch(PREFIX, revision + 1, signal)) {
        for (const event of events) {
          if (event.kind === 'delete') entered.delete(event.key);
          else entered.set(event.entry.key, decode(event.entry));
        }
        changed();
      }
    },
  };
}

async function enter(control: ControlStore, { name, address }: { name: string; address: string }): Promise<void> {
  const key = gatewayAddressKey(name);
  const value = Buffer.from(JSON.stringify({ formatVersion: FORMAT_VERSION, address }));
  const known = await control.get(key);
  if (known?.value.equals(value) !== true) await control.txn([], [{ kind: 'put', key, value }]);
}

function decode(entry: KeyValue): string {
  const { formatVersion, address } = JSON.parse(entry.value.toString('utf8')) as { formatVersion: number; address: string };
  if (formatVersion !== FORMAT_VERSION)
    throw new Error(`${entry.key} has format ${String(formatVersion)}, this version reads ${String(FORMAT_VERSION)}`);
  return address;
}
