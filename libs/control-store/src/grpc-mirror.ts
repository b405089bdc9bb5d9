import { ControlMirrorServiceClient } from '@pilvi/contracts/control/v1/mirror';
import type { AppendMirrorResponse, DescribeMirrorResponse, MirrorSnapshot } from '@pilvi/contracts/control/v1/mirror';
import { callUnary } from '@pilvi/transport';
import type { RpcChannel } from '@pilvi/transport';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ControlMirror, MirrorAnswer, SnapshotPart } from './mirror.ts';
import { commitToWire, partFromWire, partToWire } from './wire-form.ts';

const INSTALL_DEADLINE_MS = 60_000;

/** A storage node's mirror over gRPC. `id` is the node's. Its calls throw TransportError. */
export function createGrpcMirror({ id, channel }: { id: string; channel: RpcChannel }): ControlMirror {
  const client = channel.client(ControlMirrorServiceClient);
  return {
    id,
    async describe(signal) {
      const response = await callUnary<DescribeMirrorResponse>(
        (metadata, options, done) => client.describe({ clusterId: '' }, metadata, options, done),
        { signal },
      );
      return {
        copyId: response.copyId,
        clusterId: response.clusterId,
        revision: Number(response.revision),
        contentTerm: Number(response.contentTerm),
        writerTerm: Number(response.writerTerm),
        highestSeenRevision: Number(response.highestSeenRevision),
      };
    },
    async append({ clusterId, writerTerm, commits }, signal) {
      const request = { clusterId, writerTerm: BigInt(writerTerm), commits: commits.map(commitToWire) };
      return answerFromWire(
        await callUnary<AppendMirrorResponse>((metadata, options, done) => client.append(request, metadata, options, done), { signal }),
      );
    },
    install: (parts, signal) => install(client, parts, signal),
    async *read(clusterId, signal) {
      const call = client.read({ clusterId });
      const cancel = (): void => {
        call.cancel();
      };
      signal.addEventListener('abort', cancel, { once: true });
      try {
        for await (const part of call as AsyncIterable<MirrorSnapshot>) yield partFromWire(part);
      } finally {
        signal.removeEventListener('abort', cancel);
        call.cancel();
      }
    },
  };
}

async function install(client: ControlMirrorServiceClient, parts: AsyncIterable<SnapshotPart>, signal: AbortSignal): Promise<MirrorAnswer> {
  const response = await callUnary<AppendMirrorResponse>(
    (metadata, options, done) => {
      const call = client.install(metadata, options, done);
      // A broken stream is told through the answer.
      pipeline(Readable.from(toWire(parts)), call as unknown as NodeJS.WritableStream).catch(() => undefined);
      return call;
    },
    { signal, deadlineMs: INSTALL_DEADLINE_MS },
  );
  return answerFromWire(response);
}

async function* toWire(parts: AsyncIterable<SnapshotPart>): AsyncGenerator<MirrorSnapshot> {
  for await (const part of parts) yield partToWire(part);
}

function answerFromWire(response: AppendMirrorResponse): MirrorAnswer {
  return {
    accepted: response.accepted,
    copyId: response.copyId,
    revision: Number(response.revision),
    writerTerm: Number(response.writerTerm),
  };
}
