import { readFile } from 'node:fs/promises';

const TELLING = /damag|gone|missing|healed|set aside|lost|behind|repair|begins anew|filled again|taken from|not found|corrupt/i;

/** The first line since then that speaks of damage. */
export async function detectedIn(logFile: string, from: number): Promise<string> {
  const lines = (await readFile(logFile)).subarray(from).toString().split('\n');
  for (const line of lines) {
    const text = messageOf(line);
    if (TELLING.test(text)) return text.slice(0, 160);
  }
  return '';
}

function messageOf(line: string): string {
  try {
    const { level, msg, err, reason, detail, code } = JSON.parse(line) as Record<string, unknown>;
    if (level === 'debug') return '';
    const cause = (err as { message?: string } | undefined)?.message;
    return [msg, cause, reason, detail, code].filter((part) => typeof part === 'string').join(': ');
  } catch {
    return line;
  }
}
