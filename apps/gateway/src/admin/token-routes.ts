import type { Express, Response } from 'express';
import type { TokenListDocument, NewTokenDocument } from '@pilvi/admin-api';
import type { ControlStore } from '@pilvi/control-store';
import type { Clock } from '@pilvi/runtime';
import type { ClusterAuthority } from '@pilvi/transport';
import { createToken, listTokens, LONGEST_TTL_MS, revokeToken } from '../enrolment/join-tokens.ts';
import { withStore } from './with-store.ts';

interface Components {
  readonly store: () => { readonly control: ControlStore } | undefined;
  readonly authority: ClusterAuthority | undefined;
  readonly clock: Clock;
}

/** `POST /_pilvi/tokens?ttlMs=`, `GET /_pilvi/tokens`, `POST /_pilvi/tokens/ID/revoke`: `pilvi token`. */
export function addTokenRoutes(app: Express, { store, authority, clock }: Components): void {
  const now = () => clock.wallMs();
  app.post('/_pilvi/tokens', async (request, response) => {
    await withStore(store, response, async ({ control }) => {
      const ttlMs = Number(request.query['ttlMs']);
      if (!Number.isInteger(ttlMs) || ttlMs <= 0 || ttlMs > LONGEST_TTL_MS) {
        refuse(response, 400, 'a token lasts at most seven days');
        return;
      }
      if (authority === undefined) {
        refuse(
          response,
          409,
          'this gateway does not hold the key of an authority: a cluster of several machines is made with "npx pilvi init"',
        );
        return;
      }
      response.json((await createToken({ control, nowMs: now() }, { authority: authority.certificate, ttlMs })) satisfies NewTokenDocument);
    });
  });
  app.get('/_pilvi/tokens', async (_request, response) => {
    await withStore(store, response, async ({ control }) => {
      const tokens = (await listTokens(control)).map(({ id, stored }) => ({
        id,
        createdMs: stored.createdMs,
        expiresMs: stored.expiresMs,
        usedBy: stored.used?.machine ?? '',
      }));
      response.json({ tokens } satisfies TokenListDocument);
    });
  });
  app.post('/_pilvi/tokens/:id/revoke', async (request, response) => {
    await withStore(store, response, async ({ control }) => {
      if (await revokeToken(control, request.params.id)) response.json({});
      else refuse(response, 404, `there is no token ${request.params.id}`);
    });
  });
}

function refuse(response: Response, status: number, message: string): void {
  response.status(status).json({ message });
}
