import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incarnation } from '@pilvi/cluster-map';
import { createManualClock } from '@pilvi/runtime';
import { createFirstContacts } from './first-contact.ts';

const contact = (n: number) => ({ incarnation: incarnation(`n${String(n)}`), address: `unix:/n${String(n)}`, zone: 'z', clusterId: '' });
const never = new AbortController().signal;

test('gathering ends with the last one that is waited for', async () => {
  const contacts = createFirstContacts(createManualClock());
  contacts.note(contact(1));
  const gathered = contacts.gather(2, 1_000, never);
  contacts.note(contact(2));
  assert.equal((await gathered).length, 2);
  assert.equal((await contacts.gather(2, 1_000, never)).length, 2);
});

test('it ends with those that called when the time is over', async () => {
  const clock = createManualClock();
  const contacts = createFirstContacts(clock);
  const gathered = contacts.gather(2, 1_000, never);
  contacts.note(contact(1));
  await clock.advance(1_000);
  assert.equal((await gathered).length, 1);
});

test('it ends when it is stopped, also before it began', async () => {
  const contacts = createFirstContacts(createManualClock());
  const stop = new AbortController();
  const gathered = contacts.gather(1, 1_000, stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(gathered, /stopped/);
  await assert.rejects(contacts.gather(1, 1_000, stop.signal), /stopped/);
});
