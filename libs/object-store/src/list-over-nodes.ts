import type { ClusterMap, PartitionId } from '@pilvi/cluster-map';
import type { ListEntry, PartitionEpoch, UploadEntry } from '@pilvi/contracts/index/v1/service';
import { backoffMs, compareUtf8 } from '@pilvi/runtime';
import { TransportError } from '@pilvi/transport';
import type { ListQuery, ListUploadsQuery } from './clients.ts';
import { ObjectStoreError } from './errors.ts';
import { mergePages } from './merge-pages.ts';
import type { Group, PagedListing, Run } from './merge-pages.ts';
import type { IndexAsk } from './node-sessions.ts';
import type { RoutedIndexComponents } from './routed-index-client.ts';

/** Keys spread evenly over nodes, so each is asked for its share and this much more: most pages need one round. */
const SHARE_FACTOR = 1.3;
const SHARE_ADDED = 16;

export function listObjectsOverNodes(
  components: RoutedIndexComponents,
  partitions: readonly PartitionId[],
  query: ListQuery,
  signal?: AbortSignal,
): Promise<{ entries: ListEntry[]; truncated: boolean }> {
  const { bucket: bucketId, prefix, delimiter, limit } = query;
  return mergePages<ListEntry, string>(
    {
      limit,
      start: query.startAfter,
      compare: (a, b) => compareUtf8(a.key, b.key),
      after: (entry) => entry.key,
      ask: createAsk(components, signal, (partitions, startAfter, share) => ({
        $case: 'list',
        value: { bucketId, partitions, prefix, delimiter, startAfter, limit: share },
      })),
    },
    partitions,
  );
}

interface UploadPosition {
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
}

export function listUploadsOverNodes(
  components: RoutedIndexComponents,
  partitions: readonly PartitionId[],
  query: ListUploadsQuery,
  signal?: AbortSignal,
): Promise<{ entries: UploadEntry[]; truncated: boolean }> {
  const { bucket: bucketId, prefix, delimiter, limit, keyMarker, uploadIdMarker } = query;
  return mergePages<UploadEntry, UploadPosition>(
    {
      limit,
      start: { keyMarker, uploadIdMarker },
      compare: (a, b) => compareUtf8(keyOf(a), keyOf(b)) || compareUtf8(a.upload?.uploadId ?? '', b.upload?.uploadId ?? ''),
      after: (entry) => ({ keyMarker: keyOf(entry), uploadIdMarker: entry.upload?.uploadId ?? '' }),
      ask: createAsk(components, signal, (partitions, position, share) => ({
        $case: 'listUploads',
        value: { bucketId, partitions, prefix, delimiter, ...position, limit: share },
      })),
    },
    partitions,
  );
}

function keyOf(entry: UploadEntry): string {
  return entry.upload?.key ?? entry.commonPrefix;
}

type Page<Entry> = { entries: Entry[]; truncated: boolean; refused: PartitionEpoch[] };

/** X1: one request per primary and position; whoever cannot be reached, or refuses, leaves its partitions to be asked again when the map is newer. */
function createAsk<Entry extends ListEntry | UploadEntry, Position>(
  components: RoutedIndexComponents,
  signal: AbortSignal | undefined,
  toAsk: (partitions: PartitionEpoch[], position: Position, limit: number) => IndexAsk,
): PagedListing<Entry, Position>['ask'] {
  const { clock, random, settings, watch } = components;
  const startMs = clock.monotonicMs();
  let failures = 0;
  return async (groups, limit) => {
    if (clock.monotonicMs() - startMs > settings.patienceMs)
      throw new ObjectStoreError('unavailable', 'not every partition could be listed in time');
    const seen = components.map.current();
    const { requests, unled } = byPrimary(components, groups);
    const share = Math.min(limit, Math.ceil((limit * SHARE_FACTOR) / Math.max(1, requests.length)) + SHARE_ADDED);
    const runs: Run<Entry>[] = [];
    const uncovered: Group<Position>[] = [...unled];
    await Promise.all(
      requests.map(async ({ address, partitions, position }) => {
        const page = await askNode<Entry>(components, address, toAsk(partitions, position, share), signal);
        const refused = new Set(page === undefined ? partitions.map((pair) => pair.partition) : page.refused.map((pair) => pair.partition));
        const covered = partitions.flatMap((pair) => (refused.has(pair.partition) ? [] : [pair.partition as PartitionId]));
        const left = partitions.flatMap((pair) => (refused.has(pair.partition) ? [pair.partition as PartitionId] : []));
        if (page !== undefined && covered.length > 0) runs.push({ partitions: covered, entries: page.entries, more: page.truncated });
        if (left.length > 0) uncovered.push({ partitions: left, position });
      }),
    );
    failures = uncovered.length === 0 ? 0 : failures + 1;
    const policy = { firstMs: settings.retryFirstMs, capMs: settings.retryCapMs, factor: 1.5 };
    if (failures > 0) await watch.wait((map) => map !== seen, backoffMs(policy, failures, random), signal);
    return { runs, uncovered };
  };
}

interface NodeRequest<Position> {
  readonly address: string;
  readonly partitions: PartitionEpoch[];
  readonly position: Position;
}

/** One request for all that a node leads and that is covered up to one position. */
function byPrimary<Position>(
  { map, watch }: RoutedIndexComponents,
  groups: readonly Group<Position>[],
): { requests: NodeRequest<Position>[]; unled: Group<Position>[] } {
  const members = map.current()?.members;
  const requests = new Map<string, NodeRequest<Position>>();
  const unled: Group<Position>[] = [];
  for (const { partitions, position } of groups) {
    const leaderless: PartitionId[] = [];
    for (const partition of partitions) {
      const config = watch.configOf(partition);
      const address = config === undefined ? undefined : members?.get(config.primary)?.address;
      if (config === undefined || address === undefined) {
        leaderless.push(partition);
        continue;
      }
      const id = JSON.stringify([address, position]);
      let request = requests.get(id);
      if (request === undefined) requests.set(id, (request = { address, partitions: [], position }));
      request.partitions.push({ partition, epoch: BigInt(config.epoch) });
    }
    if (leaderless.length > 0) unled.push({ partitions: leaderless, position });
  }
  return { requests: [...requests.values()], unled };
}

/** Undefined when the node did not answer: nothing is covered. */
async function askNode<Entry>(
  { sessions, settings, watch }: RoutedIndexComponents,
  address: string,
  ask: IndexAsk,
  signal?: AbortSignal,
): Promise<Page<Entry> | undefined> {
  const asked = ask.$case === 'list' || ask.$case === 'listUploads' ? ask.value.partitions : [];
  const moved = Promise.withResolvers<undefined>();
  const forget = watch.when(
    (current) =>
      asked.some(
        (pair) =>
          (current.partitions[pair.partition]?.epoch ?? 0) > Number(pair.epoch) && addressOfPrimary(current, pair.partition) !== address,
      ),
    () => moved.resolve(undefined),
  );
  try {
    const call = sessions.to(address).call(ask, { signal, deadlineMs: settings.attemptMs });
    call.catch(() => undefined); // when it was left
    const answer = await Promise.race([call, moved.promise]);
    return answer?.$case === 'list' || answer?.$case === 'listUploads' ? (answer.value as unknown as Page<Entry>) : undefined;
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (!(error instanceof TransportError)) throw error;
    if (error.code === 'closed') throw new ObjectStoreError('unavailable', 'this process is stopping', { cause: error });
    return undefined;
  } finally {
    forget();
  }
}

function addressOfPrimary(map: ClusterMap, partition: number): string | undefined {
  const primary = map.partitions[partition]?.primary;
  return primary === undefined ? undefined : map.members.get(primary)?.address;
}
