import type { Express } from 'express';
import type { RestoredDocument } from '@pilvi/admin-api';
import type { ControlStore } from '@pilvi/control-store';
import { S3Error } from '@pilvi/s3-protocol';
import type { ControlHealth } from '../control/control-health.ts';
import { adoptBucket } from '../control/restore/adopt-bucket.ts';
import { readRestored } from '../control/restore/restored-record.ts';
import { takeBackup } from '../control/take-backup.ts';
import { checkBucketName } from '../s3/bucket-name.ts';
import { withStore } from './with-store.ts';

interface Components {
  readonly store: () => { readonly control: ControlStore } | undefined;
  readonly controlHealth: ControlHealth;
  readonly region: string;
  readonly ownerId: string;
  readonly wallMs: () => number;
}

/** `pilvi control-store backup`, `restored` and `adopt`: `GET .../backup`, `GET .../restored`, `POST .../adopt?id=&name=` below `/_pilvi/control-store`. */
export function addBackupRoutes(app: Express, { store, controlHealth, region, ownerId, wallMs }: Components): void {
  app.get('/_pilvi/control-store/backup', async (_request, response) => {
    await withStore(store, response, async ({ control }) => {
      response.type('text/plain').send(await takeBackup(control, wallMs()));
    });
  });
  app.get('/_pilvi/control-store/restored', async (_request, response) => {
    const control = store()?.control;
    if (control === undefined) {
      response.json({ restored: undefined, waiting: controlHealth.reason() } satisfies RestoredDocument);
      return;
    }
    await withStore(store, response, async () => {
      response.json({ restored: await readRestored(control), waiting: '' } satisfies RestoredDocument);
    });
  });
  app.post('/_pilvi/control-store/adopt', async (request, response) => {
    await withStore(store, response, async ({ control }) => {
      const { id, name } = request.query;
      if (typeof id !== 'string' || typeof name !== 'string' || !isBucketName(name)) {
        response.status(400).json({ message: 'id and the name of a bucket are needed' });
        return;
      }
      const refusal = await adoptBucket(control, { id, name, ownerId, region, nowMs: wallMs() });
      if (refusal === undefined) response.json({});
      else response.status(409).json({ message: refusal });
    });
  });
}

function isBucketName(name: string): boolean {
  try {
    checkBucketName(name);
    return true;
  } catch (error) {
    if (error instanceof S3Error) return false;
    throw error;
  }
}
