// Stands in for @pilvi/replication in the storage nodes of a cluster that is to be broken on purpose.
import * as real from '@pilvi/replication';
import type { Core, CoreEvent, Effect, Rule } from '@pilvi/replication';

export * from '@pilvi/replication';

const { searchParams } = new URL(import.meta.url);
const leftOut = new Set((searchParams.get('without') ?? '').split(',').filter((rule) => rule !== '') as Rule[]);
/** SIGUSR2 cuts this node from its peers and from the map for so long, while clients' requests still reach it. */
const isolationMs = Number(searchParams.get('isolation-ms') ?? '0');

/** What crosses the cut waits, and goes on in its order afterwards, as on a network that comes back. */
const heldEvents: CoreEvent[] = [];
const heldEffects: Effect[] = [];
let isolatedUntilMs = -Infinity;
let durableToken = 0;

if (isolationMs > 0)
  process.on('SIGUSR2', () => {
    isolatedUntilMs = performance.now() + isolationMs;
  });

export function createCore(...[options, restored, nowMs]: Parameters<typeof real.createCore>): Core {
  return real.createCore({ ...options, leftOut }, restored, nowMs);
}

export function step(core: Core, event: CoreEvent, nowMs: number): Effect[] {
  if (event.kind === 'log-durable') durableToken = event.token;
  if (performance.now() < isolatedUntilMs) {
    if (!crosses(event)) return cut(real.step(core, event, nowMs));
    heldEvents.push(event);
    return [];
  }
  const late = heldEvents.splice(0).flatMap((heldEvent) => real.step(core, heldEvent, nowMs));
  return [...heldEffects.splice(0).map(released), ...late, ...real.step(core, event, nowMs)];
}

export function propose(...args: Parameters<typeof real.propose>): ReturnType<typeof real.propose> {
  const { seq, effects } = real.propose(...args);
  return { seq, effects: cut(effects) };
}

function crosses({ kind }: CoreEvent): boolean {
  return kind === 'received' || kind === 'map' || kind === 'advice' || kind === 'stream-opened' || kind === 'stream-closed';
}

function cut(effects: Effect[]): Effect[] {
  if (performance.now() >= isolatedUntilMs) return effects;
  const stays = (effect: Effect): boolean => effect.kind !== 'send' && effect.kind !== 'propose-config';
  heldEffects.push(...effects.filter((effect) => !stays(effect)));
  return effects.filter(stays);
}

/** What a held message promised is on disk meanwhile. */
function released(effect: Effect): Effect {
  return effect.kind === 'send' && effect.afterToken <= durableToken ? { ...effect, afterToken: 0 } : effect;
}
