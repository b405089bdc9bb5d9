import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTour, shapeOf, withOutputs } from './read-tour.ts';

const TEXT =
  '# A tour\n\n## One\n\n```sh\nls\n```\n\n```text\nold\n```\n\nWords.\n\n```sh\ntrue\n```\n\n## Two\n\n```sh\ndate\n```\n\n```text\nthen\n```\n';

test('blocks of commands, what is shown below them, and where they stand', () => {
  assert.deepEqual(readTour(TEXT), [
    { section: 'One', commands: 'ls\n', shown: 'old\n' },
    { section: 'One', commands: 'true\n', shown: undefined },
    { section: 'Two', commands: 'date\n', shown: 'then\n' },
  ]);
});

test('only what is shown is replaced', () => {
  const changed = withOutputs(
    TEXT,
    new Map([
      ['ls\n', 'new\n'],
      ['date\n', 'now\n'],
    ]),
  );
  assert.equal(changed, TEXT.replace('old', 'new').replace('then', 'now'));
});

test('ids and numbers may differ, words may not', () => {
  assert.equal(shapeOf('piece   chunk 0123abcd9  2.9 MiB\n'), shapeOf('piece chunk ffff0000aa 300 KiB\n'));
  assert.equal(shapeOf('50 %\rdone: 3\n'), shapeOf('done: 4\n'));
  assert.notEqual(shapeOf('storage-2 sound\n'), shapeOf('storage-2 DAMAGED\n'));
});
