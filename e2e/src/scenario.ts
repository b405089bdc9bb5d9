import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '@pilvi/testcontainers';
import type { ClusterOptions } from '@pilvi/testcontainers';
import { startLoad } from '@pilvi/workload';
import type { ClientTarget, Load, LoadOptions, LoadReport } from '@pilvi/workload';
import { keepResult } from './results.ts';

/** Only what hangs is ended. */
const HUNG_MS = 900_000;
const WHOLE_MS = 420_000;
/** How many answers, reads as well as writes, show that a service goes on. */
const GOES_ON = 12;
const GOES_ON_MS = 300_000;
const LOOK_EVERY_MS = 50;

/** Whether `npm run e2e` was asked for the short selection. */
const SMOKE_ONLY = process.env['PILVI_E2E'] === 'smoke';

/** What a scenario works with. */
export interface Stage {
  readonly cluster: Cluster;
  /** Four clients that read, write, list and delete all the time. */
  readonly load: Load;
  /** Waits until clients were served again and again, from now on: reads and writes. */
  serviceGoesOn(): Promise<void>;
  /** The same for reads alone. */
  readsGoOn(): Promise<void>;
}

export interface ScenarioOptions {
  /** Runs in CI, too. */
  readonly smoke?: boolean;
  /** Through the load balancer, and no request may fail. */
  readonly noFailedRequest?: boolean;
  readonly load?: Partial<LoadOptions>;
}

export type Scenario = (name: string, options: ScenarioOptions, act: (stage: Stage) => Promise<void>) => void;

/** Scenarios that share a cluster, one after the other: each begins and ends with a whole one. */
export function scenariosOn(options: ClusterOptions): Scenario {
  let cluster: Cluster | undefined;
  let scenarios = 0;
  after(() => cluster?.stop(), { timeout: HUNG_MS });
  return (name, scenarioOptions, act) => {
    const isLeftOut = SMOKE_ONLY && scenarioOptions.smoke !== true;
    const bucket = `scenario-${String(++scenarios)}`;
    test(name, { timeout: HUNG_MS, skip: isLeftOut && 'not in the smoke selection' }, async (t) => {
      // The first that is not left out starts it.
      cluster ??= await Cluster.start({ startTimeoutMs: WHOLE_MS, ...options });
      await cluster.whole({ timeoutMs: WHOLE_MS });
      const report = await play(cluster, { bucket, ...scenarioOptions.load }, scenarioOptions, act);
      const result = {
        scenario: name,
        readsInterruptedMs: report.reads.longestGapMs,
        writesInterruptedMs: report.writes.longestGapMs,
        longestReadMs: report.reads.longestWaitMs,
        longestWriteMs: report.writes.longestWaitMs,
        operations: report.operations,
        losses: report.lost.length,
        failedRequests: report.failedRequests.length,
      };
      t.diagnostic(JSON.stringify(result));
      await keepResult(result);
      assert.deepEqual(report.lost, [], 'nothing acknowledged is lost or changed, and histories are linearizable');
      assert.deepEqual(report.unserved, [], 'a patient client is served');
      assert.deepEqual(report.undecided, [], 'every history could be judged');
      if (scenarioOptions.noFailedRequest === true) assert.deepEqual(report.failedRequests, [], 'no request failed');
    });
  };
}

async function play(
  cluster: Cluster,
  load: Partial<LoadOptions> & { readonly bucket: string },
  { noFailedRequest = false }: ScenarioOptions,
  act: (stage: Stage) => Promise<void>,
): Promise<LoadReport> {
  const { endpoint, endpoints, credentials } = cluster;
  const target: ClientTarget = noFailedRequest ? { endpoint, endpoints: [endpoint], credentials } : { endpoint, endpoints, credentials };
  await using running = await startLoad(target, { writers: 2, registers: 2, patienceMs: 300_000, ...load });
  const stage = stageOn(cluster, running);
  await stage.serviceGoesOn();
  await act(stage);
  await stage.serviceGoesOn();
  await running.stop();
  await cluster.whole({ timeoutMs: WHOLE_MS });
  return await running.finish();
}

function stageOn(cluster: Cluster, load: Load): Stage {
  const goesOn = async (counts: () => readonly number[]): Promise<void> => {
    const wanted = counts().map((count) => count + GOES_ON);
    const untilMs = performance.now() + GOES_ON_MS;
    while (counts().some((count, i) => count < wanted[i]!)) {
      assert.ok(performance.now() < untilMs, `the service goes on: ${String(counts())} of ${String(wanted)} answers`);
      await sleep(LOOK_EVERY_MS);
    }
  };
  return {
    cluster,
    load,
    serviceGoesOn: () => goesOn(() => Object.values(load.answered())),
    readsGoOn: () => goesOn(() => [load.answered().reads]),
  };
}
