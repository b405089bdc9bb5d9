import { status } from '@grpc/grpc-js';
import type { ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import type {
  AppendMirrorResponse,
  ControlMirrorServiceServer,
  MirrorSnapshot,
  ReadMirrorRequest,
} from '@pilvi/contracts/control/v1/mirror';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MirrorAnswer, SnapshotPart } from './mirror.ts';
import type { MirrorStorage } from './mirror-storage.ts';
import { commitFromWire, partFromWire, partToWire } from './wire-form.ts';

/** ControlMirrorService over a node's copy. `onFailure` hears of write errors: the process is to end (D5). */
export function createMirrorService(storage: MirrorStorage, onFailure: (error: unknown) => void): ControlMirrorServiceServer {
  const answer = <T>(work: Promise<T>, done: sendUnaryData<T>): void => {
    work.then(
      (response) => {
        done(null, response);
      },
      (error: unknown) => {
        onFailure(error);
        done({ code: status.UNAVAILABLE, details: 'the control mirror failed' });
      },
    );
  };
  const never = new AbortController().signal;
  return {
    describe: (_call, done) => {
      const work = storage.describe(never).then((held) => ({
        copyId: held.copyId,
        clusterId: held.clusterId,
        revision: BigInt(held.revision),
        contentTerm: BigInt(held.contentTerm),
        writerTerm: BigInt(held.writerTerm),
        highestSeenRevision: BigInt(held.highestSeenRevision),
      }));
      answer(work, done);
    },
    append: ({ request }, done) => {
      const { clusterId, writerTerm, commits } = request;
      const append = { clusterId, writerTerm: Number(writerTerm), commits: commits.map(commitFromWire) };
      answer(storage.append(append, never).then(answerToWire), done);
    },
    install: (call, done) => {
      // A caller that goes away is no failure of ours.
      storage.install(fromWire(call as AsyncIterable<MirrorSnapshot>), never).then(
        (installed) => {
          done(null, answerToWire(installed));
        },
        (error: unknown) => {
          if (!call.cancelled && !isBrokenStream(error)) onFailure(error);
          done({ code: status.UNAVAILABLE, details: 'the snapshot was not installed' });
        },
      );
    },
    read: (call: ServerWritableStream<ReadMirrorRequest, MirrorSnapshot>) => {
      pipeline(Readable.from(toWire(storage.read(call.request.clusterId, never))), call as unknown as NodeJS.WritableStream).catch(
        (error: unknown) => {
          call.destroy(error as Error);
        },
      );
    },
  };
}

function answerToWire(answer: MirrorAnswer): AppendMirrorResponse {
  return { accepted: answer.accepted, copyId: answer.copyId, revision: BigInt(answer.revision), writerTerm: BigInt(answer.writerTerm) };
}

async function* fromWire(parts: AsyncIterable<MirrorSnapshot>): AsyncGenerator<SnapshotPart> {
  for await (const part of parts) yield partFromWire(part);
}

async function* toWire(parts: AsyncIterable<SnapshotPart>): AsyncGenerator<MirrorSnapshot> {
  for await (const part of parts) yield partToWire(part);
}

/** The sender broke off, or sent half a snapshot: the disk is not to blame. */
function isBrokenStream(error: unknown): boolean {
  return !(error instanceof Error) || error.name !== 'ReplicationLogError';
}
