import { join } from 'node:path';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { DesiredInstance, DesiredSecurityGroup, ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import type { AccessBegin, AccessOutput } from '@pilvi/contracts/compute/v1/access';
import { ComputeServiceService } from '@pilvi/contracts/compute/v1/service';
import type {
  ComputeGatewayMessage,
  ComputeHeartbeat,
  ComputeHello,
  ComputeNodeMessage,
  ComputeServiceServer,
  ConsoleAnswer,
} from '@pilvi/contracts/compute/v1/service';
import { silentLogger } from '@pilvi/runtime';
import { serve } from '@pilvi/transport';
import { enteredWay } from './entered-way.ts';
import type { AccessCall, EnteredWay } from './entered-way.ts';

/** The gateway's end of ComputeService, for tests: it tells a node what it is asked to, and waits for what the node says. */
export interface FakeGateway extends AsyncDisposable {
  readonly address: string;
  /** What a new session is told at its begin, and this one now. */
  want(desired: DesiredInstance): void;
  forget(instanceId: string): void;
  /** The next heartbeat, or one that has come, of which this is true. */
  heard(what: string, isIt: (heartbeat: ComputeHeartbeat) => boolean): Promise<ComputeHeartbeat>;
  /** The same, of one instance. */
  saw(instanceId: string, isIt: (observed: ObservedInstance) => boolean): Promise<ObservedInstance>;
  console(instanceId: string): Promise<string>;
  /** Resolves when no node has a session. */
  parted(): Promise<void>;
  /** A node that ended unasked will not say what is waited for: those who wait are told why, until one says something again. */
  lost(why: Error): void;
  /** Objects that ReadImage gives, by `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  /** Asks the node for a way into an instance. */
  enter(begin: AccessBegin): Promise<EnteredWay>;
  /** What the node said of itself last. */
  hello(): ComputeHello | undefined;
  tell(group: DesiredSecurityGroup): void;
}

type Session = ServerDuplexStream<ComputeNodeMessage, ComputeGatewayMessage>;

/** Machines that test are busy. */
const PATIENCE_MS = 180_000;
const PART_BYTES = 64 * 1024;

export async function startFakeGateway(directory: string): Promise<FakeGateway> {
  const sessions = new Set<Session>();
  const wanted = new Map<string, DesiredInstance>();
  const objects = new Map<string, Buffer>();
  const listeners = new Set<() => void>();
  const answers = new Map<bigint, (answer: ConsoleAnswer) => void>();
  let latest: ComputeHeartbeat | undefined;
  let whyLost: Error | undefined;
  let hello: ComputeHello | undefined;
  const groups = new Map<string, DesiredSecurityGroup>();
  let lastQuestion = 0n;
  const tellAll = (message: ComputeGatewayMessage): void => {
    for (const session of sessions) session.write(message);
  };
  const take = ({ body }: ComputeNodeMessage): void => {
    if (body?.$case === 'console') answers.get(body.value.requestId)?.(body.value);
    if (body?.$case === 'hello') hello = body.value;
    if (body?.$case !== 'heartbeat') return;
    latest = body.value;
    for (const listener of listeners) listener();
  };
  /** A node that is gone says nothing more of itself. */
  const part = (session: Session): void => {
    sessions.delete(session);
    latest = undefined;
    for (const listener of listeners) listener();
  };
  const entering = new Map<string, (call: AccessCall) => void>();
  const implementation: ComputeServiceServer = {
    access(call) {
      call.on('error', () => undefined);
      call.once('data', ({ body }: AccessOutput) => {
        if (body?.$case === 'token') entering.get(body.value)?.(call);
      });
    },
    session(call) {
      sessions.add(call);
      whyLost = undefined;
      call.on('data', take);
      for (const event of ['end', 'error', 'cancelled'] as const) call.on(event, () => part(call));
      call.on('end', () => call.end());
      call.write({ body: { $case: 'welcome', value: { clusterId: 'c-1', gateways: [] } } });
      for (const value of groups.values()) call.write({ body: { $case: 'securityGroup', value } });
      for (const value of wanted.values()) call.write({ body: { $case: 'instance', value } });
      call.write({ body: { $case: 'told', value: { revision: 1n } } });
    },
    readImage(call) {
      const { bucket = '', key = '' } = call.request.object ?? {};
      const bytes = objects.get(`${bucket}/${key}`);
      if (bytes === undefined) call.emit('error', Object.assign(new Error('no such object'), { code: 5 }));
      else {
        for (let at = 0; at < bytes.length; at += PART_BYTES) call.write({ data: bytes.subarray(at, at + PART_BYTES) });
        call.end();
      }
    },
  };
  const address = `unix:${join(directory, 'gateway.sock')}`;
  const server = await serve({
    address,
    security: { kind: 'unix' },
    services: [{ definition: ComputeServiceService, implementation }],
    log: silentLogger,
  });

  /** Waits until `find` finds something in what has been heard. */
  async function until<T>(what: string, find: () => T | undefined): Promise<T> {
    const found = Promise.withResolvers<T>();
    const look = (): void => {
      const value = find();
      if (value !== undefined) found.resolve(value);
      else if (whyLost !== undefined) found.reject(whyLost);
    };
    const late = setTimeout(() => {
      const said = JSON.stringify(latest?.instances, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
      found.reject(new Error(`never heard: ${what}; last: ${said}`));
    }, PATIENCE_MS);
    listeners.add(look);
    look();
    try {
      return await found.promise;
    } finally {
      clearTimeout(late);
      listeners.delete(look);
    }
  }

  const heard: FakeGateway['heard'] = (what, isIt) => until(what, () => (latest !== undefined && isIt(latest) ? latest : undefined));

  return {
    address,
    objects,
    async enter(begin) {
      await until('a node', () => (sessions.size > 0 ? true : undefined));
      const token = String(++lastQuestion);
      const called = Promise.withResolvers<AccessCall>();
      entering.set(token, called.resolve);
      tellAll({ body: { $case: 'access', value: { token } } });
      return enteredWay(await called.promise, begin);
    },
    heard,
    hello: () => hello,
    lost(why) {
      whyLost = why;
      for (const listener of listeners) listener();
    },
    tell(group) {
      groups.set(group.groupId, group);
      tellAll({ body: { $case: 'securityGroup', value: group } });
    },
    parted: async () => void (await until('the end of every session', () => (sessions.size === 0 ? true : undefined))),
    want(desired) {
      wanted.set(desired.instanceId, desired);
      tellAll({ body: { $case: 'instance', value: desired } });
    },
    forget(instanceId) {
      wanted.delete(instanceId);
      tellAll({ body: { $case: 'forget', value: { instanceId } } });
    },
    async saw(instanceId, isIt) {
      const of = ({ instances }: ComputeHeartbeat) => instances.find((observed) => observed.instanceId === instanceId);
      const heartbeat = await heard(`of ${instanceId}: ${isIt.toString()}`, (beat) => {
        const observed = of(beat);
        return observed !== undefined && isIt(observed);
      });
      return of(heartbeat)!;
    },
    async console(instanceId) {
      // A question that no node hears has no answer.
      await until('a node', () => (sessions.size > 0 ? true : undefined));
      const answer = Promise.withResolvers<ConsoleAnswer>();
      answers.set(++lastQuestion, answer.resolve);
      tellAll({ body: { $case: 'console', value: { requestId: lastQuestion, instanceId, maxBytes: 65_536 } } });
      return (await answer.promise).output.toString();
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.end();
      await server[Symbol.asyncDispose]();
    },
  };
}
