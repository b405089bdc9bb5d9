import { fileURLToPath } from 'node:url';
import * as s3 from '@aws-sdk/client-s3';

export const DOCUMENT = fileURLToPath(new URL('../../../../docs/actions.md', import.meta.url));

const COMMAND = /^([A-Z]\w+)Command$/;

/** Every operation of S3, as the AWS SDK has it. */
export const S3_NAMES: readonly string[] = Object.keys(s3).flatMap((name) => COMMAND.exec(name)?.[1] ?? []);
