import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import type { IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import type { ExecuteRequest, IndexResponse } from '@pilvi/contracts/index/v1/service';
import { encodeEntry, evaluate, isMutation, ObjectIndexError, rangesToRead, read, recordedAnswer } from '@pilvi/object-index';
import type { RowView } from '@pilvi/object-index';
import type { Clock } from '@pilvi/runtime';
import { RowStoreError } from '@pilvi/row-store';
import type { RowStore } from '@pilvi/row-store';
import type { SpaceGuard } from '../space-guard.ts';
import { decideAlone, Unsettled } from './decide-alone.ts';
import type { PartitionGates } from './partition-gates.ts';
import { TERM_PATIENCE_MS, TermEnded } from './partition-host.ts';
import type { PartitionHost } from './partition-host.ts';

/** Gateways retry for at most this long; an older attempt could meet an answer already forgotten (W3). */
const MAX_AGE_MS = 60_000;
/** A read or a negative answer waits this long for leases that are just being taken, before it is refused. */
const LEASE_PATIENCE_MS = 300;
/** How far back the answer to a first attempt can lie: a minute of retries (W3), and clocks that differ. */
const FIRST_ATTEMPT_MINUTES = 3;

export interface IndexComponents {
  readonly host: PartitionHost;
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly space: SpaceGuard;
  readonly gates: PartitionGates;
  /** A stored row does not pass its checksum. */
  readonly onDamage: (detail: string) => void;
  /** Mutations under way by request id, so that a second attempt joins the first (W3). */
  readonly underWay: Map<string, Promise<Answer>>;
  /** An entry that this node proposed has committed. */
  readonly onCommitted: (tookMs: number) => void;
}

interface Answer {
  readonly result: IndexResult;
  readonly recorded: boolean;
}

export type IndexReply = NonNullable<IndexResponse['body']>;

/** Runs one command at the partition's primary. Never throws for what the world does: the refusal is the answer. */
export async function execute(components: IndexComponents, request: ExecuteRequest): Promise<IndexReply> {
  const { host, clock } = components;
  const partition = partitionId(request.partition);
  const command = request.command;
  if (command === undefined) return refuse(host, partition, RefusalCode.UNSPECIFIED, 'no command');
  const cameMs = clock.monotonicMs();
  if ((host.serving(partition) ?? (await host.servingSoon(partition, TERM_PATIENCE_MS))) === undefined)
    return refuse(host, partition, RefusalCode.NOT_PRIMARY, 'not serving this partition');
  try {
    if (!isMutation(command)) return await executeRead(components, partition, command);
    if (components.space.low && takesSpace(command))
      return refuse(host, partition, RefusalCode.NO_SPACE, 'the free-space reserve is reached');
    const attempt = { request, command, untilMs: cameMs + MAX_AGE_MS - request.ageMs };
    const answer = await executeMutation(components, partition, attempt);
    return answer === undefined
      ? refuse(host, partition, RefusalCode.UNAVAILABLE, 'no lease')
      : { $case: 'execute', value: { result: answer.result, recorded: answer.recorded } };
  } catch (error) {
    if (error instanceof TooOld) return refuse(host, partition, RefusalCode.TOO_OLD, 'the attempt is over a minute old');
    if (error instanceof Unsettled) return refuse(host, partition, RefusalCode.BUSY, error.message);
    if (error instanceof TermEnded) return refuse(host, partition, RefusalCode.OUTCOME_UNKNOWN, 'the term ended');
    if (error instanceof ObjectIndexError || (error instanceof RowStoreError && error.code === 'damaged')) {
      components.onDamage(error.message);
      return refuse(host, partition, RefusalCode.UNAVAILABLE, 'damaged here');
    }
    throw error;
  }
}

async function executeRead(components: IndexComponents, partition: PartitionId, command: IndexCommand): Promise<IndexReply> {
  const { host, rows } = components;
  const ranges = rangesToRead(partition, command);
  const view = ranges.length === 0 ? rows.committed : await rows.readAhead(rows.committed, ranges);
  const result = read({ view, partition }, command);
  // I4: the lease is checked after the read and before the reply.
  if (!(await leased(components, partition))) return refuse(host, partition, RefusalCode.UNAVAILABLE, 'no lease');
  return { $case: 'execute', value: { result, recorded: true } };
}

interface Attempt {
  readonly request: ExecuteRequest;
  readonly command: IndexCommand;
  /** On the monotonic clock: later it is too old to be decided (W3). */
  readonly untilMs: number;
}

/** An attempt that is too old. Nothing was decided. */
class TooOld extends Error {
  override readonly name = 'TooOld';
}

/** The answer, or undefined when a negative one could not be lease-checked. */
async function executeMutation(components: IndexComponents, partition: PartitionId, attempt: Attempt): Promise<Answer | undefined> {
  const { rows, gates } = components;
  for (let gate = gates.shut(partition); gate !== undefined; gate = gates.shut(partition)) await gate;
  const ranges = rangesToRead(partition, attempt.command);
  if (ranges.length === 0) return settle(components, partition, decide(components, partition, attempt, rows.pending));
  const decided = await decideAlone(components, partition, async () =>
    decide(components, partition, attempt, await rows.readAhead(rows.pending, ranges)),
  );
  return settle(components, partition, decided);
}

/** What evaluation came to: an entry under way, or an answer that changes nothing. */
type Decided =
  | { readonly kind: 'known'; readonly result: IndexResult }
  | { readonly kind: 'proposed'; readonly answer: Promise<Answer> }
  | { readonly kind: 'unrecorded'; readonly result: IndexResult };

/** Evaluates and proposes at one instant (W1). */
function decide(components: IndexComponents, partition: PartitionId, { request, command, untilMs }: Attempt, view: RowView): Decided {
  const { host, rows, clock, underWay } = components;
  // W3: looked at here, for it may have waited for others.
  if (clock.monotonicMs() > untilMs) throw new TooOld();
  const nowMs = clock.wallMs();
  const id = request.requestId.toString('latin1');
  // W3: a second attempt joins the first, or finds its recorded answer. A late first attempt may arrive after a second one was executed elsewhere,
  // so the record is always looked up; a first attempt is young.
  const first = underWay.get(id);
  if (first !== undefined) return { kind: 'proposed', answer: first };
  const known = recordedAnswer(rows.pending, partition, request.requestId, nowMs, request.attempt > 1 ? undefined : FIRST_ATTEMPT_MINUTES);
  if (known !== undefined) return { kind: 'known', result: known };
  const evaluation = evaluate({ view, partition, nowMs, placement: host.placement(partition) }, command);
  // W3: only the answer to a request's sole attempt may go unrecorded.
  if (evaluation.changes.length === 0 && request.attempt <= 1) return { kind: 'unrecorded', result: evaluation.result };
  const entry = encodeEntry({ partition, requestId: request.requestId, nowMs, evaluation });
  const seq = host.propose(partition, entry.body);
  if (seq === undefined) throw new TermEnded();
  rows.stage(partition, seq, entry);
  const proposedMs = clock.monotonicMs();
  const answer = host
    .committed(partition, seq)
    .then((): Answer => {
      components.onCommitted(clock.monotonicMs() - proposedMs);
      return { result: evaluation.result, recorded: true };
    })
    .finally(() => underWay.delete(id));
  underWay.set(id, answer);
  return { kind: 'proposed', answer };
}

async function settle(components: IndexComponents, partition: PartitionId, decided: Decided): Promise<Answer | undefined> {
  switch (decided.kind) {
    case 'proposed':
      return decided.answer;
    case 'known':
      return (await leased(components, partition)) ? { result: decided.result, recorded: true } : undefined;
    case 'unrecorded':
      return unrecorded(components, partition, decided.result);
  }
}

/** I4: a negative answer waits until what it depends on has committed, and is lease-checked like a read. */
async function unrecorded(components: IndexComponents, partition: PartitionId, result: IndexResult): Promise<Answer | undefined> {
  const { host } = components;
  await host.settled(partition);
  return (await leased(components, partition)) ? { result, recorded: false } : undefined;
}

/** Whether every lease is valid; waits a little for the first beacon of a new term. */
async function leased({ host, clock }: IndexComponents, partition: PartitionId): Promise<boolean> {
  if (host.leaseValid(partition)) return true;
  const epoch = host.serving(partition);
  const untilMs = clock.monotonicMs() + LEASE_PATIENCE_MS;
  while (epoch !== undefined && clock.monotonicMs() < untilMs) {
    await clock.sleep(10);
    if (host.serving(partition) !== epoch) return false;
    if (host.leaseValid(partition)) return true;
  }
  return false;
}

/** W4: deletes and collection may use the reserve. */
function takesSpace(command: IndexCommand): boolean {
  switch (command.op?.$case) {
    case 'openIntent':
    case 'putObject':
    case 'putPart':
    case 'createUpload':
    case 'putObjectTags':
      return true;
    default:
      return false;
  }
}

export function refuse(host: PartitionHost, partition: PartitionId, code: RefusalCode, detail: string): IndexReply {
  return { $case: 'refusal', value: { code, epoch: BigInt(host.knownEpoch(partition)), detail } };
}
