import express from 'express';
import type { Express, Response } from 'express';
import { ControlStoreError } from '@pilvi/control-store';
import { EnrolmentError } from '@pilvi/enrolment';
import { createSemaphore } from '@pilvi/runtime';
import type { Logger } from '@pilvi/runtime';
import { enrol } from './enrol.ts';
import type { EnrolComponents } from './enrol.ts';
import { EnrolRefusal } from './refusals.ts';

/** Anybody may send one: this bounds what they can make us do. */
const MAX_BODY = '32kb';
const AT_A_TIME = 4;

/**
 * `POST /_pilvi/enroll`, on the public port: the one thing that somebody without a certificate of the cluster may ask. Why that is safe: libs/enrolment. `components` is
 * undefined until the control store is open.
 */
export function addEnrolRoute(app: Express, { log, components }: { log: Logger; components: () => EnrolComponents | undefined }): void {
  const slots = createSemaphore(AT_A_TIME);
  app.post('/_pilvi/enroll', express.text({ type: () => true, limit: MAX_BODY }), async (request, response) => {
    const opened = components();
    if (opened === undefined) {
      answerError(response, 503, 'unavailable', 'the control store is not open yet: try again');
      return;
    }
    const release = await slots.acquire();
    try {
      response.type('json').send(await enrol(opened, String(request.body)));
    } catch (error) {
      log.warn({ err: error, from: request.socket.remoteAddress }, 'enrolment refused');
      if (error instanceof EnrolRefusal) answerError(response, error.status, error.code, error.message);
      else if (error instanceof EnrolmentError) answerError(response, 400, error.code, error.message);
      else if (error instanceof ControlStoreError) answerError(response, 503, 'unavailable', 'the control store does not serve: try again');
      else throw error;
    } finally {
      release();
    }
  });
}

function answerError(response: Response, status: number, code: string, message: string): void {
  response.status(status).json({ code, message });
}
