import type { DescribeMirrorResponse } from '@pilvi/contracts/control/v1/mirror';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import { chooseCopy, enoughAnswered } from './choose-copy.ts';
import type { Answer, OwnAnswer } from './choose-copy.ts';
import { ageOf, emptyCopy } from './copy.ts';
import type { Copy } from './copy.ts';
import { withDeadline } from './deadline.ts';
import type { ControlMirror, MirrorSet } from './mirror.ts';
import type { OwnCopy } from './own-copy.ts';
import { SnapshotReader } from './proto-form.ts';
import { decodeMirrors, MIRRORS_KEY } from './reserved-keys.ts';
import { nextTerm } from './writer-term.ts';

const CALL_DEADLINE_MS = 2_000;
const READ_DEADLINE_MS = 30_000;
/** Between two rounds of asking. */
const ROUND_MS = 100;

export interface RecoveryDeps {
  readonly own: OwnCopy;
  readonly mirrors: MirrorSet;
  readonly newCluster: { readonly id: string; readonly expectedMirrors: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Told why the store does not open yet, whenever that changes. */
  readonly onWaiting: (reason: string) => void;
}

/** The copy to go on from (E2), with a term above every one seen. Asks until it can be sure; rejects when the signal aborts. */
export async function recoverCopy(deps: RecoveryDeps, signal: AbortSignal): Promise<Copy> {
  let told = '';
  for (;;) {
    const outcome = await attempt(deps, signal);
    if (typeof outcome !== 'string') return outcome;
    if (outcome !== told) {
      deps.log.info({ reason: outcome }, 'control store: not open yet');
      deps.onWaiting(outcome);
      told = outcome;
    }
    await deps.clock.sleep(ROUND_MS, signal);
  }
}

/** A copy, or why there is none yet. */
async function attempt(deps: RecoveryDeps, signal: AbortSignal): Promise<Copy | string> {
  const { own, newCluster, random, log } = deps;
  const mirrors = deps.mirrors.current();
  const ownAnswer = describeOwn(own);
  const answers = await askAll(mirrors, (name, mirror) => describe(deps, name, mirror, signal));
  const term = nextTerm(Math.max(own.promisedTerm, ...answers.map((a) => a.promisedTerm)), random);
  const choice = chooseCopy(ownAnswer, answers, newCluster.expectedMirrors);
  if (choice.kind === 'wait') return choice.reason;
  if (choice.kind === 'create') return { ...emptyCopy(newCluster.id), contentTerm: term };
  if (choice.certain && own.found !== undefined) return { ...own.found, contentTerm: term };

  // A promise first, then the reading: else a former gateway could still have a commit counted behind our back.
  const holders = new Map(answers.filter((a) => a.clusterId !== '').flatMap((a) => [...mirrors].filter(([name]) => name === a.name)));
  const promised = await askAll(holders, async (name, mirror) => {
    const clusterId = answers.find((a) => a.name === name)?.clusterId ?? '';
    const request = { clusterId, writerTerm: BigInt(term), commits: [] };
    const answer = await withDeadline(deps.clock, CALL_DEADLINE_MS, signal, (s) => mirror.append(request, s));
    return answer.accepted ? describe(deps, name, mirror, signal) : Promise.reject(new Error('refused'));
  });
  const newest = chooseCopy(ownAnswer, promised, newCluster.expectedMirrors);
  if (newest.kind !== 'copy') return newest.kind === 'wait' ? newest.reason : 'the nodes stopped answering';
  const copy = newest.from === undefined ? own.found : await read(deps, holders.get(newest.from), signal);
  if (copy === undefined) return `the copy of ${String(newest.from)} could not be read`;
  const named = decodeMirrors(copy.state.get(MIRRORS_KEY)?.value);
  const missing = whyNotEnough(named, new Set(promised.map((a) => a.name)), {
    isOwnTorn: newest.from === undefined && ownAnswer.condition === 'torn',
    everybodyAnswered: ownAnswer.condition !== 'damaged' && answers.length >= newCluster.expectedMirrors,
  });
  if (missing !== undefined) return missing;
  log.warn({ own: own.condition, from: newest.from ?? 'own', revision: copy.state.revision }, 'control store: recovered');
  return { ...copy, contentTerm: term };
}

function whyNotEnough(
  named: readonly string[],
  promised: ReadonlySet<string>,
  alone: { isOwnTorn: boolean; everybodyAnswered: boolean },
): string | undefined {
  if (named.length > 0) {
    if (enoughAnswered(named, promised)) return undefined;
    return `the gateway's copy may lack something: of the nodes ${named.join(', ')} more must answer than ${[...promised].join(', ') || 'none'}`;
  }
  // No node had joined: commits counted on the gateway alone. A crash tears only what did not count.
  if (alone.isOwnTorn || alone.everybodyAnswered) return undefined;
  return "the gateway's copy is gone or damaged, and no node had joined the cluster yet";
}

function describeOwn(own: OwnCopy): OwnAnswer {
  const { found } = own;
  return { condition: own.condition.kind, clusterId: found?.clusterId, age: found === undefined ? { contentTerm: 0, revision: 0 } : ageOf(found) };
}

async function describe({ clock }: RecoveryDeps, name: string, mirror: ControlMirror, signal: AbortSignal): Promise<Answer> {
  const answer: DescribeMirrorResponse = await withDeadline(clock, CALL_DEADLINE_MS, signal, (s) => mirror.describe({ clusterId: '' }, s));
  return {
    name,
    clusterId: answer.clusterId,
    age: { contentTerm: Number(answer.contentTerm), revision: Number(answer.revision) },
    promisedTerm: Number(answer.writerTerm),
    highestSeenRevision: Number(answer.highestSeenRevision),
  };
}

/** Asks all at once; those that fail are left out. */
async function askAll<T>(mirrors: ReadonlyMap<string, ControlMirror>, ask: (name: string, mirror: ControlMirror) => Promise<T>): Promise<T[]> {
  const answers = await Promise.allSettled([...mirrors].map(([name, mirror]) => ask(name, mirror)));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

async function read({ clock }: RecoveryDeps, mirror: ControlMirror | undefined, signal: AbortSignal): Promise<Copy | undefined> {
  if (mirror === undefined) return undefined;
  return withDeadline(clock, READ_DEADLINE_MS, signal, async (s) => {
    const reader = new SnapshotReader();
    let copy: Copy | undefined;
    for await (const slice of mirror.read({ clusterId: '' }, s)) copy = reader.add(slice) ?? copy;
    return copy;
  }).catch(() => undefined);
}
