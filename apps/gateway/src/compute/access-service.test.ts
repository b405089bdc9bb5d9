import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { AccessInput, AccessServiceClient } from '@pilvi/contracts/compute/v1/access';
import type { AccessOutput } from '@pilvi/contracts/compute/v1/access';
import { silentLogger } from '@pilvi/runtime';
import { dial, serve } from '@pilvi/transport';
import type { Ec2State } from '../ec2/state/ec2-state.ts';
import type { NodeAccess } from './access-exchange.ts';
import { createAccessService } from './access-service.ts';

const KNOWN = 'i-0123456789abcdef0';
const begin = (instanceId: string): AccessInput => AccessInput.fromPartial({ body: { $case: 'begin', value: { instanceId } } });
const input = (text: string): AccessInput => AccessInput.fromPartial({ body: { $case: 'data', value: Buffer.from(text) } });
const output = (body: AccessOutput['body']): AccessOutput => ({ body });

/** A node's end of a way in: it has heard what was written, and says what is pushed. */
class FakeNode extends Duplex {
  readonly heard: AccessInput[] = [];

  constructor() {
    super({ objectMode: true, read() {} });
  }

  override _write(message: AccessInput, _encoding: string, done: () => void): void {
    this.heard.push(message);
    this.emit('heard');
    done();
  }
}

/** The service as the command line calls it, with one instance; `node` undefined: its node is out of reach. */
async function openService({ node, isStarting = false }: { node?: FakeNode; isStarting?: boolean }) {
  const directory = await mkdtemp(join(tmpdir(), 'access-'));
  const address = `unix:${join(directory, 'a.sock')}`;
  const instances = { get: async (id: string) => (id === KNOWN ? { record: { nodeId: 'node' } } : undefined) };
  const service = createAccessService({
    state: () => (isStarting ? undefined : ({ instances } as unknown as Ec2State)),
    sessions: { access: async () => node as unknown as NodeAccess | undefined },
    log: silentLogger,
  });
  const server = await serve({ address, security: { kind: 'unix' }, services: [service] });
  const channel = dial({ address, security: { kind: 'unix' } });
  return {
    call: () => channel.client(AccessServiceClient).open(),
    async [Symbol.asyncDispose]() {
      await channel[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

/** What a call that begins so is refused with. */
async function refusal(service: Awaited<ReturnType<typeof openService>>, first: AccessInput): Promise<[number, string]> {
  const call = service.call();
  call.on('data', () => undefined);
  call.write(first);
  const [error] = (await once(call, 'error')) as [ServiceError];
  return [error.code, error.details];
}

test('both sides are joined, and the exit code ends the call', async () => {
  const node = new FakeNode();
  await using service = await openService({ node });
  const call = service.call();
  const said: AccessOutput[] = [];
  call.on('data', (message: AccessOutput) => said.push(message));
  call.write(begin(KNOWN));
  call.write(input('ls\n'));
  while (node.heard.length < 2) await once(node, 'heard');
  assert.deepEqual(node.heard, [begin(KNOWN), input('ls\n')]);
  node.push(output({ $case: 'data', value: Buffer.from('files') }));
  node.push(output({ $case: 'exitCode', value: 3 }));
  node.push(null);
  await once(call, 'end');
  assert.deepEqual(said, [output({ $case: 'data', value: Buffer.from('files') }), output({ $case: 'exitCode', value: 3 })]);
});

test('a node that goes away without an exit code is told', async () => {
  const node = new FakeNode();
  await using service = await openService({ node });
  const call = service.call();
  call.on('data', () => undefined);
  call.write(begin(KNOWN));
  await once(node, 'heard');
  node.push(null);
  const [error] = (await once(call, 'error')) as [ServiceError];
  assert.deepEqual([error.code, error.details], [status.UNAVAILABLE, 'the node has gone away']);
});

test('who hangs up takes the node along', async () => {
  const node = new FakeNode();
  await using service = await openService({ node });
  const call = service.call();
  call.on('error', () => undefined);
  call.write(begin(KNOWN));
  await once(node, 'heard');
  call.cancel();
  await once(node, 'finish');
});

test('what cannot be reached is refused, with the reason', async () => {
  await using service = await openService({});
  assert.deepEqual(await refusal(service, begin(KNOWN)), [status.UNAVAILABLE, `the node of ${KNOWN} is out of reach`]);
  assert.deepEqual(await refusal(service, begin('i-none')), [status.NOT_FOUND, 'there is no instance i-none']);
  assert.deepEqual(await refusal(service, input('x')), [status.INVALID_ARGUMENT, 'the first message says what is wanted']);
  await using starting = await openService({ isStarting: true });
  assert.deepEqual(await refusal(starting, begin(KNOWN)), [status.UNAVAILABLE, 'the gateway is starting']);
});
