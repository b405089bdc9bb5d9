import type { LoadProgress } from './load.ts';

/** A line on standard error: in place on a terminal, one line every ten seconds elsewhere. */
export function showProgress({ phase, requests, errors, elapsedMs, share }: LoadProgress): void {
  const seconds = elapsedMs / 1000;
  const line = `${phase} ${Math.min(100, Math.round(share * 100))} %  ${requests} requests  ${Math.round(requests / seconds)}/s${errors > 0 ? `  ${errors} ERRORS` : ''}`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001b[K${share >= 1 ? '\n' : ''}`);
  else if (Math.round(seconds) % 10 === 0) process.stderr.write(`${line}\n`);
}
