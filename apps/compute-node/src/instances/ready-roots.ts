import type { RootDisks, StoredImage } from '@pilvi/instance-images';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { idRangeOf } from './id-ranges.ts';

/** Roots that are made before anyone asks for them, since making a file system and mounting it is half of a launch. None has ever been used. */
export interface ReadyRoots {
  /** Slots of user ids that the waiting ones have. */
  slots(): readonly number[];
  /** Its range of ids, when one of this image and size waits: from now on it is the taker's, to be renamed. */
  take(image: StoredImage, diskBytes: number): ReadyRoot | undefined;
  /** One like this was used: the next launch may want such a one. Made by and by. */
  replenish(image: StoredImage, diskBytes: number): void;
  /** Takes all of them away, and makes no more. */
  close(): Promise<void>;
}

export interface ReadyRoot {
  /** Its id among the disks. */
  readonly id: string;
  readonly slot: number;
}

interface Components {
  readonly disks: RootDisks;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly supervisor: Supervisor;
  readonly log: Logger;
  /** A slot that neither an instance nor a waiting root has. */
  readonly nextSlot: () => number;
}

interface Kind {
  readonly key: string;
  readonly image: StoredImage;
  readonly diskBytes: number;
}

/** Of one image and size. */
const WAITING_MAX = 2;
/** Images and sizes that were used lately. */
const KINDS_MAX = 3;
/** The instance that has just been launched boots first. */
const BY_AND_BY_MS = 300;
const PREFIX = 'ready-';
const BOUND_MS = 60_000;

/** Removes what an earlier process had ready: the owners of its files are not known any more. */
export async function openReadyRoots({ disks, clock, supervisor, log, nextSlot }: Components): Promise<ReadyRoots> {
  const waiting = new Map<string, ReadyRoot[]>();
  /** The one used last comes last. */
  const kinds = new Map<string, Kind>();
  /** Being made; its slot is taken. */
  let underWay: ReadyRoot | undefined;
  let work: Promise<void> | undefined;
  let made = 0;
  let isClosed = false;
  for (const id of await disks.list()) if (id.startsWith(PREFIX)) await disks.remove(id, bound());

  async function fill(): Promise<void> {
    for (let kind = scarce(); kind !== undefined && !isClosed; kind = scarce()) {
      await forgetOldest();
      const root = { id: `${PREFIX}${++made}`, slot: nextSlot() };
      underWay = root;
      try {
        await disks.create(root.id, kind.diskBytes, bound());
        await disks.mount(root.id, kind.image, idRangeOf(root.slot), bound());
        waiting.set(kind.key, [...(waiting.get(kind.key) ?? []), root]);
      } catch (error) {
        log.warn({ err: error }, 'no root can be made ahead');
        await disks.remove(root.id, bound());
        return;
      } finally {
        underWay = undefined;
      }
    }
  }

  function scarce(): Kind | undefined {
    return [...kinds.values()].toReversed().find(({ key }) => (waiting.get(key) ?? []).length < WAITING_MAX);
  }

  async function forgetOldest(): Promise<void> {
    const [oldest] = kinds.keys();
    if (kinds.size <= KINDS_MAX || oldest === undefined) return;
    kinds.delete(oldest);
    await discard(oldest);
  }

  async function discard(key: string): Promise<void> {
    const roots = waiting.get(key) ?? [];
    waiting.delete(key);
    for (const { id } of roots) await disks.remove(id, bound());
  }

  return {
    slots: () => [...[...waiting.values()].flat(), ...(underWay === undefined ? [] : [underWay])].map(({ slot }) => slot),
    take: (image, diskBytes) => waiting.get(keyOf(image, diskBytes))?.shift(),
    replenish(image, diskBytes) {
      const key = keyOf(image, diskBytes);
      kinds.delete(key);
      kinds.set(key, { key, image, diskBytes });
      if (work !== undefined || isClosed) return;
      const done = Promise.withResolvers<undefined>();
      work = done.promise;
      supervisor.run('ready roots', async (signal) => {
        try {
          await clock.sleep(BY_AND_BY_MS, signal);
          await fill();
        } finally {
          work = undefined;
          done.resolve(undefined);
        }
      });
    },
    async close() {
      isClosed = true;
      await work;
      for (const key of [...waiting.keys()]) await discard(key);
    },
  };
}

function keyOf({ digest }: StoredImage, diskBytes: number): string {
  return `${digest} ${diskBytes}`;
}

function bound(): AbortSignal {
  return AbortSignal.timeout(BOUND_MS);
}
