import { get } from 'node:http';

const ANSWER_MS = 5_000;

/** Whether whoever listens at this endpoint says, in time, that the cluster serves. */
export async function serves(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${endpoint}/_pilvi/health`, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    const late = setTimeout(() => request.destroy(new Error('no answer')), ANSWER_MS);
    request.once('error', () => resolve(false)).once('close', () => clearTimeout(late));
  });
}
