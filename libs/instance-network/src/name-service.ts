import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket as DatagramSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect, isIPv4 } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Clock } from '@pilvi/runtime';
import dnsPacket from 'dns-packet';
import { answerOwnName } from './names-of-instances.ts';
import type { OwnNames } from './names-of-instances.ts';

/** Questions to the world that are open at once; more are answered SERVFAIL, which makes a client ask again. */
const OPEN_QUESTIONS_LIMIT = 512;
/** Longer than this no resolver is waited for; clients ask again after 5 s. */
const UPSTREAM_TIMEOUT_MS = 4_000;
const TCP_IDLE_MS = 10_000;
const TCP_CONNECTIONS_LIMIT = 128;
const DNS_PORT = 53;

export interface NameServiceOptions {
  readonly clock: Clock;
  readonly ownNames: () => OwnNames;
  /** Where other names are asked for: "192.0.2.53", or with a port behind a colon. By default those of the host's /etc/resolv.conf. */
  readonly resolvers?: () => Promise<readonly string[]>;
}

/** Answers for our own names, and passes everything else on to the host's resolvers as it is. Over UDP and TCP. */
export function serveNames(
  udp: DatagramSocket,
  tcp: Server,
  { clock, ownNames, resolvers = hostResolvers }: NameServiceOptions,
): { close(): void } {
  let open = 0;
  const sockets = new Set<Socket>();

  async function answer(message: Buffer, ask: (message: Buffer, resolver: string) => Promise<Buffer>): Promise<Buffer | undefined> {
    const query = decode(message);
    const question = query?.questions?.[0];
    if (query === undefined || question === undefined || query.type !== 'query') return undefined;
    const own = answerOwnName(question, ownNames());
    if (own !== undefined) return reply(query, own.rcode, own.answers);
    if (open >= OPEN_QUESTIONS_LIMIT) return reply(query, 'SERVFAIL');
    open++;
    try {
      for (const resolver of await resolvers()) {
        const answered = await ask(message, resolver).catch(() => undefined);
        if (answered !== undefined) return answered;
      }
      return reply(query, 'SERVFAIL');
    } finally {
      open--;
    }
  }

  udp.on('message', (message: Buffer, client: RemoteInfo) => {
    void answer(message, (question, resolver) => askByUdp(question, resolver, clock))
      .catch(() => undefined)
      .then((answered) => {
        // The client may be gone with its namespace: then there is nobody to tell.
        if (answered !== undefined) udp.send(answered, client.port, client.address, () => {});
      });
  });
  tcp.on('connection', (socket: Socket) => {
    if (sockets.size >= TCP_CONNECTIONS_LIMIT) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    void answerOverTcp(socket, (message) => answer(message, askByTcp)).catch(() => socket.destroy());
    socket.resume();
  });
  return { close: () => sockets.forEach((socket) => socket.destroy()) };
}

/** One question after the other, each behind its length. */
async function answerOverTcp(socket: Socket, answer: (message: Buffer) => Promise<Buffer | undefined>): Promise<void> {
  for await (const message of lengthPrefixed(socket)) {
    const answered = await answer(message);
    if (answered === undefined) break;
    socket.write(withLength(answered));
  }
  socket.end();
}

async function* lengthPrefixed(socket: Socket): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      yield pending.subarray(2, end);
      pending = pending.subarray(end);
    }
  }
}

function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function askByUdp(message: Buffer, resolver: string, clock: Clock): Promise<Buffer> {
  const { host, port } = hostAndPort(resolver);
  const socket = createSocket('udp4');
  return new Promise<Buffer>((resolve, reject) => {
    const late = clock.after(UPSTREAM_TIMEOUT_MS, () => finish(() => reject(new Error(`${resolver} is silent`))));
    const finish = (settle: () => void): void => {
      late.cancel();
      socket.close();
      settle();
    };
    socket.once('error', (error) => finish(() => reject(error)));
    // Connected: the kernel takes answers from this resolver only.
    socket.connect(port, host, () => socket.send(message));
    socket.once('message', (answered) => finish(() => resolve(answered)));
  });
}

async function askByTcp(message: Buffer, resolver: string): Promise<Buffer> {
  const socket = connect({ ...hostAndPort(resolver), timeout: UPSTREAM_TIMEOUT_MS }, () => socket.write(withLength(message)));
  socket.on('timeout', () => socket.destroy(new Error(`${resolver} is silent`)));
  try {
    for await (const answered of lengthPrefixed(socket)) return answered;
    throw new Error(`${resolver} closed`);
  } finally {
    socket.destroy();
  }
}

function hostAndPort(resolver: string): { host: string; port: number } {
  const [host, port] = resolver.split(':') as [string, string?];
  return { host, port: Number(port ?? DNS_PORT) };
}

async function hostResolvers(): Promise<string[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address!).filter((address) => isIPv4(address));
}

function decode(message: Buffer): dnsPacket.DecodedPacket | undefined {
  try {
    return dnsPacket.decode(message);
  } catch {
    return undefined;
  }
}

const RESPONSE_CODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 };

function reply(query: dnsPacket.DecodedPacket, rcode: keyof typeof RESPONSE_CODES, answers: dnsPacket.Answer[] = []): Buffer {
  const flags =
    dnsPacket.RECURSION_AVAILABLE |
    (query.flag_rd ? dnsPacket.RECURSION_DESIRED : 0) |
    dnsPacket.AUTHORITATIVE_ANSWER |
    RESPONSE_CODES[rcode];
  return dnsPacket.encode({ type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [], answers });
}
