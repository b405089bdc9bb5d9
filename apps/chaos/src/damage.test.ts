import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from './cluster.ts';
import { DAMAGE_KINDS } from './damage-kinds.ts';
import { DAMAGE_ENVIRONMENT, damageScenario } from './damage-scenario.ts';
import type { DamageCase } from './damage-scenario.ts';

/** The short form; every kind of file is damaged by `main.ts damage`. */
test('damaged or deleted files are noticed and healed, and all that was stored is read meanwhile', { timeout: 480_000 }, async () => {
  const one = (name: string, how: DamageCase['how'], when: DamageCase['when'], process: string): DamageCase => {
    const kind = DAMAGE_KINDS.find((k) => k.name === name);
    assert.ok(kind !== undefined, name);
    return { kind, how, when, process };
  };
  const cases = [one('chunk directory', 'delete', 'running', 'storage-2'), one('gateway segment', 'flip', 'running', 'gateway-1')];
  await using cluster = await startCluster({ env: DAMAGE_ENVIRONMENT });
  for (const result of await damageScenario(cluster, cases, { objects: 8 })) {
    assert.deepEqual(result.wrong, [], result.kind);
    assert.notEqual(result.hit, undefined, result.kind);
    assert.notEqual(result.detected, '', result.kind);
  }
});
