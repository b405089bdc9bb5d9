import type { Response } from 'express';
import { ControlStoreError } from '@pilvi/control-store';

/** Runs what needs the control store; while that is not open or does not serve, the answer is 503 with the reason. */
export async function withStore<S>(store: () => S | undefined, response: Response, work: (store: S) => Promise<void>): Promise<void> {
  const opened = store();
  if (opened === undefined) {
    response.status(503).json({ message: 'the control store is not open yet: try again' });
    return;
  }
  try {
    await work(opened);
  } catch (error) {
    if (!(error instanceof ControlStoreError)) throw error;
    response.status(503).json({ message: `the control store does not serve: ${error.message}` });
  }
}
