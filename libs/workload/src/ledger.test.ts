import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, Ledger } from './ledger.ts';

const [first, second, third] = ['first', 'second', 'third'].map((text) => digestOf(Buffer.from(text))) as [string, string, string];

test('what was acknowledged last is the only value that may be read', () => {
  const ledger = new Ledger();
  ledger.acknowledged('key', first);
  ledger.acknowledged('key', second);
  assert.equal(ledger.check('key', second), undefined);
  assert.match(ledger.check('key', first) ?? '', /acknowledged/, 'an older value');
  assert.match(ledger.check('key', null) ?? '', /read null/, 'a lost write');
  assert.match(ledger.check('key', third) ?? '', /acknowledged/, 'a changed byte');
});

test('a delete that was acknowledged stays', () => {
  const ledger = new Ledger();
  ledger.acknowledged('key', first);
  ledger.acknowledged('key', null);
  assert.equal(ledger.check('key', null), undefined);
  assert.match(ledger.check('key', first) ?? '', /acknowledged null/, 'it came back');
});

test('a write without an answer may or may not have happened, until a read has told', () => {
  const ledger = new Ledger();
  ledger.acknowledged('key', first);
  ledger.unknown('key', second);
  assert.equal(ledger.check('key', first), undefined);
  assert.equal(ledger.check('key', second), undefined);
  assert.match(ledger.check('key', first) ?? '', /acknowledged/, 'once seen, it does not go away');
});

test('what nobody wrote must not be there', () => {
  assert.match(new Ledger().check('key', first) ?? '', /never written/);
});
