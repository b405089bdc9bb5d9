import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Operation } from '@pilvi/simulator';
import { createFailoverClients } from './client.ts';
import type { ClientTarget } from './client.ts';
import { interruptionOf } from './interruption.ts';
import type { Interruption, Served } from './interruption.ts';
import { judgeHistories } from './judge-histories.ts';
import { Ledger } from './ledger.ts';
import { patiently } from './patiently.ts';
import { readBack } from './read-back.ts';
import { runOperations } from './register-operations.ts';
import { emptyResult, runClient } from './run-client.ts';
import type { WorkloadResult } from './run-client.ts';

/** Longer than a gateway holds a request through a failover. */
const REQUEST_TIMEOUT_MS = 70_000;
/** Keys of the registers get fresh names so often: each history stays short enough to search. */
const ROUND_MS = 2_500;

export interface LoadOptions {
  readonly bucket: string;
  /** Clients with keys of their own, whose every answer is held against the ledger. They try again until they are served. */
  readonly writers: number;
  /** Clients that contend for a few keys; each request is sent once. */
  readonly registers: number;
  readonly sizes?: readonly number[];
  /** How long a writer tries again. */
  readonly patienceMs?: number;
}

export interface LoadReport {
  readonly reads: Interruption;
  readonly writes: Interruption;
  /** Operations of which the outcome was checked: answers held against the ledger, and the registers' histories. */
  readonly operations: number;
  readonly acknowledged: number;
  /** Acknowledged and not as it should be, or read and never written; and registers whose history no order explains. */
  readonly lost: readonly string[];
  /** What a patient client did not get served in all its patience. */
  readonly unserved: readonly string[];
  /** Single requests without an answer, or with one of the 500s. */
  readonly failedRequests: readonly string[];
  /** Registers whose history was too tangled to decide. */
  readonly undecided: readonly string[];
}

/** Clients that read, write and delete until it is stopped. */
export interface Load extends AsyncDisposable {
  readonly bucket: string;
  /** Operations that were answered so far. */
  answered(): { readonly reads: number; readonly writes: number };
  /** Ends the load, reads everything back that was acknowledged, and judges. */
  finish(): Promise<LoadReport>;
  /** Ends the load, at once: what is under way then has an unknown outcome. */
  stop(): Promise<void>;
}

export async function startLoad(target: ClientTarget, options: LoadOptions): Promise<Load> {
  const { bucket, writers, registers, sizes, patienceMs } = options;
  const failedRequests: string[] = [];
  const clients = createFailoverClients(target, writers + registers, {
    maxAttempts: 1,
    timeoutMs: REQUEST_TIMEOUT_MS,
    onFailure: (failure) => failedRequests.push(failure),
  });
  const ledger = new Ledger();
  const result = emptyResult();
  const history: Operation[] = [];
  const stopping = new AbortController();
  const [first] = clients;
  if (first === undefined) throw new RangeError('a load needs a client');
  await patiently(() => first.send(new CreateBucketCommand({ Bucket: bucket })), patienceMs);
  failedRequests.length = 0;
  const startedMs = performance.now();
  const round = (): number => Math.floor((performance.now() - startedMs) / ROUND_MS);
  const { signal } = stopping;
  const optional = { ...(sizes === undefined ? {} : { sizes }), ...(patienceMs === undefined ? {} : { patienceMs }) };
  const running = clients.map((client, id) =>
    id < writers
      ? runClient(client, { bucket, id, ledger, result, signal, ...optional })
      : runOperations(client, bucket, history, round, signal),
  );
  let endedMs: number | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    endedMs ??= performance.now();
    await Promise.all(running);
  };
  return {
    bucket,
    answered: () => ({ reads: servedOf(result, history, true).length, writes: servedOf(result, history, false).length }),
    stop,
    async finish() {
      await stop();
      const failed = [...failedRequests];
      const found = await readBack(first, bucket, ledger);
      const times = { startedMs, endedMs: endedMs ?? startedMs };
      return report({ ledger, result, history, found, failedRequests: failed, ...times });
    },
    async [Symbol.asyncDispose]() {
      await stop();
      for (const client of clients as readonly S3Client[]) client.destroy();
    },
  };
}

interface Outcome {
  readonly ledger: Ledger;
  readonly result: WorkloadResult;
  readonly history: readonly Operation[];
  readonly found: { readonly lost: readonly string[]; readonly unreadable: readonly string[] };
  readonly failedRequests: readonly string[];
  readonly startedMs: number;
  readonly endedMs: number;
}

function report({ ledger, result, history, found, failedRequests, startedMs, endedMs }: Outcome): LoadReport {
  const verdict = judgeHistories(history);
  const served = (isRead: boolean): Interruption => interruptionOf(servedOf(result, history, isRead), startedMs, endedMs);
  return {
    reads: served(true),
    writes: served(false),
    operations: result.operations + ledger.keys().length + verdict.operations,
    acknowledged: ledger.acknowledgements,
    lost: [...result.wrong, ...found.lost, ...verdict.violations.map((key) => `${key}: its history has no order`)],
    unserved: [...result.failedReads, ...found.unreadable, ...(result.failedWrites > 0 ? [`${String(result.failedWrites)} writes`] : [])],
    failedRequests,
    undecided: verdict.undecided,
  };
}

/** A conditional write that was refused was served, too. */
function servedOf(result: WorkloadResult, history: readonly Operation[], isRead: boolean): Served[] {
  return [
    ...result.timings
      .filter((timing) => (timing.operation === 'get') === isRead)
      .map(({ beganMs, tookMs }) => ({ beganMs, endedMs: beganMs + tookMs })),
    ...history
      .filter((op) => op.answer !== undefined && (op.type === 'get') === isRead)
      .map(({ invokedMs, returnedMs }) => ({ beganMs: invokedMs, endedMs: returnedMs })),
  ];
}
