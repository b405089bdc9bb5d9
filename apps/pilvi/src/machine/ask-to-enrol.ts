import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';

const ANSWER_MS = 15_000;
const TRIES = 5;
const BETWEEN_MS = 1_000;

/**
 * Sends a request to a gateway's public port, over HTTP or HTTPS, whichever it speaks; the same one again when no answer comes. Whose certificate an HTTPS port shows does not
 * matter: who answers is proved by the answer itself. Throws CommandError `refused` with the gateway's reason, or `not-running`.
 */
export async function askToEnrol(gateway: string, body: string): Promise<string> {
  let last: unknown;
  for (let i = 0; i < TRIES; i++) {
    if (i > 0) await sleep(BETWEEN_MS);
    for (const scheme of ['http', 'https'] as const) {
      try {
        const { status, answer } = await post(`${scheme}://${gateway}/_pilvi/enroll`, body);
        if (status === 200) return answer;
        const refusal = reasonIn(answer);
        // Anything else does not come from a gateway that understood us: HTTP spoken to an HTTPS port, or another server.
        last = new CommandError('refused', refusal ?? `${gateway} answers ${String(status)}: is it a gateway of Pilvi?`);
        if (refusal !== undefined && status !== 503) throw last;
        if (refusal !== undefined) break;
      } catch (error) {
        if (error === last) throw error;
        last ??= error;
      }
    }
  }
  if (last instanceof CommandError) throw last;
  throw new CommandError('not-running', `no gateway answers at ${gateway}: ${(last as Error).message}`, { cause: last });
}

async function post(url: string, body: string): Promise<{ readonly status: number; readonly answer: string }> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const options = { method: 'POST', rejectUnauthorized: false, agent: false as const, signal: AbortSignal.timeout(ANSWER_MS) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { ...options, headers: { 'content-type': 'application/json' } }, resolve)
      .once('error', reject)
      .end(body);
  });
  return { status: response.statusCode ?? 0, answer: await text(response) };
}

function reasonIn(answer: string): string | undefined {
  try {
    const { code, message } = JSON.parse(answer) as { code?: unknown; message?: unknown };
    return typeof code === 'string' && typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
