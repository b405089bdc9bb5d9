import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testInstanceNetwork } from './compliance.ts';
import { createMemoryNetwork } from './memory-network.ts';
import { startGuest } from './testing/guest.ts';
import type { Guest } from './testing/guest.ts';
import { NO_NETWORK, openKernelNetwork, remainsOf } from './testing/kernel-network.ts';
import { sampleAttachment } from './testing/sample-network.ts';

const NODE_ID = 'compliance';

testInstanceNetwork('memory network', async () => {
  const network = createMemoryNetwork();
  return {
    network,
    passes: async ({ from, to, protocol: kind, port }) =>
      network.permits({ source: `10.201.0.${from}`, destination: `10.201.0.${to}`, packet: { kind, port } }),
    close: () => network.close(),
  };
});

if (NO_NETWORK !== false) test('kernel network', { skip: NO_NETWORK }, () => {});
else {
  testInstanceNetwork('kernel network', async (instances) => {
    const network = await openKernelNetwork({ nodeId: NODE_ID });
    const guests = new Map<number, Guest>();
    for (const number of instances) {
      const { namespacePath } = await network.attach(sampleAttachment(number, []));
      const guest = startGuest(namespacePath);
      guests.set(number, guest);
      for (const port of [80, 81, 82, 5432]) await guest.listen('tcp', port);
      await guest.listen('udp', 53);
    }
    return {
      network,
      passes: async ({ from, to, protocol, port }, expected) => {
        const guest = guests.get(from)!;
        if (!expected) return (await guest.attempt(protocol, `10.201.0.${to}`, port)) === 'open';
        return (await guest.reach(protocol, `10.201.0.${to}`, port)) !== '';
      },
      async close() {
        for (const guest of guests.values()) await guest[Symbol.asyncDispose]();
        await network.close();
        assert.deepEqual(await remainsOf(NODE_ID), []);
      },
    };
  });
}
