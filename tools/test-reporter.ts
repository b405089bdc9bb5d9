import type { TestEvent } from 'node:test/reporters';
import type { TestCounts } from './test-counts.ts';

/** A node:test reporter that writes only the final counts, as JSON: nothing has to be parsed out of text. */
// node:test takes a reporter as a default export.
export default async function* testReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  for await (const event of source) {
    // One summary per file, and a last one of the whole run, which names no file.
    if (event.type === 'test:summary' && event.data.file === undefined) {
      const { tests, passed, skipped, todo } = event.data.counts;
      counts = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo };
    }
  }
  yield `${JSON.stringify(counts)}\n`;
}
