import { errorElement, type ErrorPlace } from './error-reply.ts';
import { toS3Error } from './error-table.ts';
import { type SlowResult, xmlReply } from './reply.ts';
import { sendReply, type Wire } from './send-reply.ts';
import { renderElement } from '@pilvi/xml';

/** Well below the read time-outs of clients (60 s in the AWS SDKs). */
const KEEP_ALIVE_MS = 10_000;

const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

export interface SlowOutcome {
  readonly bytes: number;
  /** What failed after 200 had been sent: S3 tells it in the body. */
  readonly lateError: unknown;
}

/**
 * Waits for work that may take long (a copy, the completion of an upload). After ten seconds the reply begins as a 200
 * with white space, as S3 does it, and the body then tells success or failure. Throws what fails before that.
 */
export async function sendSlowReply(wire: Wire, work: Promise<SlowResult>, place: ErrorPlace): Promise<SlowOutcome> {
  const { response, clock } = wire;
  let begun = false;
  const keepAlive = clock.interval(KEEP_ALIVE_MS, () => {
    if (response.destroyed) return;
    if (!begun) response.writeHead(200, [...wire.commonHeaders, 'Content-Type', 'application/xml']);
    response.write(begun ? ' ' : XML_DECLARATION);
    begun = true;
  });
  try {
    const { document, headers } = await work;
    if (!begun) return { bytes: await sendReply(wire, xmlReply(document, headers)), lateError: undefined };
    return end(wire, renderElement(document), undefined);
  } catch (error) {
    if (!begun) throw error;
    return end(wire, renderElement(errorElement(toS3Error(error), place)), error);
  } finally {
    keepAlive.cancel();
  }
}

function end(wire: Wire, text: string, lateError: unknown): SlowOutcome {
  wire.response.end(text);
  return { bytes: text.length, lateError };
}
