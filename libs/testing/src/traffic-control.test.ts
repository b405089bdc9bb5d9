import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trafficControlScript } from './traffic-control.ts';

test('each slow path has a class of its own, and only its addresses go there', () => {
  const script = trafficControlScript('10.0.0.9', [
    { addresses: ['10.0.0.1'], quality: { bytesPerSecond: 1_000_000 } },
    { addresses: ['10.0.0.2', '10.0.0.3'], quality: { delayMs: 50, jitterMs: 5 } },
  ]);
  assert.match(script, /parent 1: classid 1:10 htb rate 8000000bit/);
  assert.match(script, /match ip dst 10\.0\.0\.1\/32 flowid 1:10$/m);
  assert.match(script, /parent 1:11 handle 11: netem limit 100000 delay 50ms 5ms$/m);
  assert.match(script, /match ip dst 10\.0\.0\.3\/32 flowid 1:11$/m);
  assert.doesNotMatch(script, /parent 1:10 handle/);
});

test('without a slow path what was there is taken away', () => {
  const script = trafficControlScript('10.0.0.9', []);
  assert.match(script, /qdisc del/);
  assert.doesNotMatch(script, /qdisc add/);
});
