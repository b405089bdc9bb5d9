// A peer process for the tests: serves PeerService on the address given, or dials it, sends one message, and waits to be killed.
import { PeerServiceService } from '@pilvi/contracts/replication/v1/peer';
import type { PeerRequestFrame, PeerResponseFrame } from '@pilvi/contracts/replication/v1/peer';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { acceptPeerStream, dial, openPeerStream, serve } from '../index.ts';
import type { Security } from '../index.ts';

const [role, address = '', security = ''] = process.argv.slice(2);
const parsed = JSON.parse(security) as Security;
const handlers = { onMessages: () => undefined, onEnd: () => undefined };

if (role === 'serve') {
  const session = (call: ServerDuplexStream<PeerRequestFrame, PeerResponseFrame>): void => {
    acceptPeerStream<PeerResponseFrame, PeerRequestFrame, PeerResponseFrame, PeerRequestFrame>({
      call,
      pack: () => ({ responses: [] }),
      unpack: (frame) => [frame],
      ...handlers,
    });
  };
  const server = await serve({ address, security: parsed, services: [{ definition: PeerServiceService, implementation: { session } }] });
  process.stdout.write(`${server.address}\n`);
} else {
  const channel = dial({ address, security: parsed });
  openPeerStream<PeerRequestFrame, PeerResponseFrame, PeerRequestFrame, PeerResponseFrame>({
    channel,
    method: PeerServiceService.session,
    pack: () => ({ hello: undefined, requests: [] }),
    unpack: (frame) => [frame],
    ...handlers,
    onOpen: () => process.stdout.write('open\n'),
  });
}
setInterval(() => undefined, 60_000);
