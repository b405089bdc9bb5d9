import { appendFile, readFile } from 'node:fs/promises';

/** What a scenario showed: a line of the table. */
export interface ScenarioResult {
  readonly scenario: string;
  /** The longest time in which no client was served. */
  readonly readsInterruptedMs: number;
  readonly writesInterruptedMs: number;
  /** The longest that any one client waited, its retries included. */
  readonly longestReadMs: number;
  readonly longestWriteMs: number;
  /** Answers that were checked. */
  readonly operations: number;
  readonly losses: number;
  /** Requests without an answer, or with one of the 500s; their clients sent them again. */
  readonly failedRequests: number;
}

/** Appends to the file that PILVI_E2E_RESULTS names, one JSON line for each scenario; without the variable nothing is kept. */
export async function keepResult(result: ScenarioResult): Promise<void> {
  const file = process.env['PILVI_E2E_RESULTS'];
  if (file !== undefined && file !== '') await appendFile(file, `${JSON.stringify(result)}\n`);
}

export async function readResults(file: string): Promise<readonly ScenarioResult[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as ScenarioResult);
}
