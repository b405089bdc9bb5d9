import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { answerMetrics } from '@pilvi/metrics';
import type { ProcessMetrics } from '@pilvi/metrics';
import type { Logger } from '@pilvi/runtime';

interface Components {
  readonly metrics: ProcessMetrics;
  readonly log: Logger;
  /** `PILVI_METRICS_TOKEN`. */
  readonly token: string | undefined;
}

/** Metrics on the admin socket: whoever can open it is the owner. */
export function openMetrics({ metrics, log }: Omit<Components, 'token'>): RequestHandler {
  return (request, response) => answerMetrics(metrics, request, response, log);
}

/** Metrics on the public port: for who knows the token (RFC 6750), and for nobody when none is set. */
export function guardedMetrics(components: Components): RequestHandler {
  const open = openMetrics(components);
  const { token } = components;
  return (request, response, next) => {
    if (token === undefined) {
      response.status(403).type('text/plain').send('Metrics are closed here: set PILVI_METRICS_TOKEN for the gateway to open them.\n');
      return;
    }
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && isSame(given, token)) {
      void open(request, response, next);
      return;
    }
    const why = given === undefined ? 'invalid_request' : 'invalid_token';
    response
      .status(401)
      .set('www-authenticate', `Bearer realm="pilvi metrics", error="${why}"`)
      .type('text/plain')
      .send('Metrics need the header "Authorization: Bearer" with the gateway\'s PILVI_METRICS_TOKEN.\n');
  };
}

/** In a time that tells nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
